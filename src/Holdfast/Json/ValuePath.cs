namespace Holdfast;

/// <summary>How errors name a value: <c>variables/topic</c> or <c>messages[3]</c>. It becomes a text only where there is an error.</summary>
/// <param name="Parent">What holds the value; the whole name where there is neither a key nor an index.</param>
/// <param name="Key">The key of the value.</param>
/// <param name="Index">The place of the value in a list.</param>
internal readonly record struct ValuePath(string Parent, string? Key = null, int? Index = null)
{
    public static implicit operator ValuePath(string path) => new(path);

    public override string ToString() => Key is not null ? $"{Parent}/{Key}" : Index is { } index ? $"{Parent}[{index}]" : Parent;
}

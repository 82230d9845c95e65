namespace Holdfast;

/// <summary>A visible message and where it is stored.</summary>
/// <param name="Range">Which range of the visible history it is in; <see cref="Uncommitted"/> when it is not committed yet.</param>
/// <param name="Version">The version whose commit added it; for an uncommitted one, which of the uncommitted changes.</param>
/// <param name="Index">Its place among the messages of that commit.</param>
/// <param name="Message">The message.</param>
internal readonly record struct LocatedMessage(int Range, long Version, int Index, StoredMessage Message)
{
    public const int Uncommitted = -1;

    /// <summary>Whether the message comes before another one of the same range.</summary>
    public bool IsBefore(LocatedMessage other) => Version < other.Version || (Version == other.Version && Index < other.Index);
}

namespace Holdfast;

/// <summary>A section of a thread's state: key → JSON text, in the order in which the keys were first set.</summary>
internal sealed class Section : OrderedDictionary<string, ReadOnlyMemory<byte>>
{
    public Section()
        : base(StringComparer.Ordinal)
    {
    }
}

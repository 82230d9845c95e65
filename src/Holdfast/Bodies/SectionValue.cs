namespace Holdfast;

/// <summary>The value of a key: a JSON text, and elements that were appended to it since. Immutable, though values share the list of their elements.</summary>
internal readonly struct SectionValue
{
    private readonly List<ReadOnlyMemory<byte>>? _elements;
    private readonly int _count;

    public SectionValue(ReadOnlyMemory<byte> text)
        : this(text, null, 0, text.Length)
    {
    }

    private SectionValue(ReadOnlyMemory<byte> text, List<ReadOnlyMemory<byte>>? elements, int count, long bytes)
        => (Text, _elements, _count, Bytes) = (text, elements, count, bytes);

    /// <summary>The JSON text; without what was appended.</summary>
    public ReadOnlyMemory<byte> Text { get; }

    /// <summary>How many bytes the whole text has.</summary>
    public long Bytes { get; }

    public bool IsInPieces => _count > 0;

    /// <summary>The value with elements appended.</summary>
    /// <exception cref="FormatException">The value is not an array.</exception>
    public SectionValue With(IReadOnlyList<ReadOnlyMemory<byte>> added)
    {
        if (!JsonArrays.IsArray(Text))
        {
            throw new FormatException("Elements are appended to a value that is not an array.");
        }

        var elements = _elements ?? [];
        if (elements.Count > _count)
        {
            // A later value than this one had them, and was given up.
            elements = elements[.._count];
        }

        elements.AddRange(added);
        return new(Text, elements, elements.Count, Bytes + added.Sum(element => (long)element.Length + 1));
    }

    /// <summary>The value in one piece.</summary>
    public SectionValue Whole() => new(JsonArrays.Join(Text, _elements!.GetRange(0, _count)));
}

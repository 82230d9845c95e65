using System.Text;
using System.Text.Unicode;
using Holdfast.DynamoDb.Rows;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Bodies;

/// <summary>A body as an entry has it: in the item itself, or as chunks that were uploaded before.</summary>
/// <param name="Size">How many bytes the body has.</param>
/// <param name="Inline">The body, if it stands in the item.</param>
/// <param name="Chunks">Where it stands otherwise.</param>
internal sealed record StoredBody(int Size, AttributeValue? Inline, ChunkRange? Chunks)
{
    /// <summary>The attributes of the entry; those whose value is null are not there.</summary>
    public IReadOnlyDictionary<string, AttributeValue?> Attributes => new Dictionary<string, AttributeValue?>
    {
        [Attr.Size] = Values.Of(Size),
        [Attr.Body] = Inline,
        [Attr.Upload] = Values.OfText(Chunks?.Upload),
        [Attr.Chunk] = Chunks is null ? null : Values.Of(Chunks.First),
        [Attr.Chunks] = Chunks is null ? null : Values.Of(Chunks.Count),
    };

    /// <summary>A body that stands in the item: JSON as the text that it is.</summary>
    public static StoredBody InItem(ReadOnlyMemory<byte> body)
        => new(body.Length, BodyKind.IsPlain(body.Span) && Utf8.IsValid(body.Span) ? new(Encoding.UTF8.GetString(body.Span)) : Values.Of(body), null);

    /// <summary>The body in an item; null if it has none.</summary>
    public static ReadOnlyMemory<byte>? Read(Item item)
        => item.TryGetValue(Attr.Body, out var value) && value.S is { } text ? Encoding.UTF8.GetBytes(text) : item.Bytes(Attr.Body);
}

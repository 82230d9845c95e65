using Holdfast.DynamoDb.Rows;

namespace Holdfast.DynamoDb.Bodies;

/// <summary>Chunks of an upload that together are one body.</summary>
/// <param name="Upload">The upload.</param>
/// <param name="First">The index of the first chunk.</param>
/// <param name="Count">How many chunks there are.</param>
internal sealed record ChunkRange(string Upload, int First, int Count)
{
    public IEnumerable<int> Indexes => Enumerable.Range(First, Count);

    /// <summary>The keys of the chunks. Each has a partition of its own, so that a large body is not held up by what one partition takes.</summary>
    public IEnumerable<Item> ItemKeys => Indexes.Select(index => KeyOf(Upload, index));

    public static Item KeyOf(string upload, int index) => Keys.Item(Keys.ChunkOf(upload, index), Keys.Chunk);

    public static ChunkRange? Read(Item item)
        => item.Text(Attr.Upload) is { } upload && item.Number(Attr.Chunk) is { } first && item.Number(Attr.Chunks) is { } count
            ? new(upload, (int)first, (int)count)
            : null;
}

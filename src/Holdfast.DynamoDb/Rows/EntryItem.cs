using Holdfast.DynamoDb.Bodies;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Rows;

/// <summary>An entry as it is stored. The body of <paramref name="Entry"/> is empty when it stands in chunks of its own.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Chain">The chain hash after the entry, by which a reader knows that entries belong together.</param>
/// <param name="Chunks">Where the body stands, if not in the item.</param>
internal sealed record EntryItem(LogEntry Entry, Digest Chain, ChunkRange? Chunks)
{
    public static Item Write(LogEntry entry, Place place, Digest chain, StoredBody body)
    {
        var item = place.Entry(entry.Version);
        item.Add(Attr.Commit, Values.Of(entry.CommitId.ToByteArray()));
        item.Add(Attr.At, Values.Of(entry.At));
        item.Add(Attr.Messages, Values.Of(entry.MessageCount));
        item.Add(Attr.Hash, Values.Of(entry.BodyHash));
        item.Add(Attr.Chain, Values.Of(chain));
        if (entry.IsKeyframe)
        {
            item.Add(Attr.Keyframe, Values.Of(true));
        }

        if (entry.RewrittenHash is { } rewritten)
        {
            item.Add(Attr.Rewritten, Values.Of(rewritten));
        }

        item.AddAll(body.Attributes);
        return item;
    }

    /// <param name="item">The item.</param>
    /// <param name="key">The thread that was asked for.</param>
    /// <param name="place">Where its entries stand.</param>
    /// <param name="expected">The version that was expected; 0 if that is not known.</param>
    /// <exception cref="CorruptStateException">The item cannot be an entry of the thread.</exception>
    public static EntryItem Read(Item item, ThreadKey key, Place place, long expected = 0)
    {
        if (item.Text(Attr.Partition) != place.Partition)
        {
            throw new CorruptStateException(key, expected, "an entry of it was asked for, and the item that was found is of another thread.");
        }

        var version = place.VersionOf(item.Text(Attr.Sort) ?? "")
            ?? throw new CorruptStateException(key, expected, $"an entry of it was asked for, and the item that was found has a sort key that no entry of it has ('{place.Entries}' and ten digits were expected).");
        var reader = new ItemReader(item, key, version);
        var commit = reader.Bytes(Attr.Commit);
        if (commit.Length != 16)
        {
            throw new CorruptStateException(key, version, $"a commit id of 16 bytes was expected and {commit.Length} bytes were found.");
        }

        var chunks = ChunkRange.Read(item);
        var entry = new LogEntry
        {
            Key = key,
            Version = version,
            CommitId = CommitId.FromBytes(commit.Span),
            At = reader.Instant(Attr.At),
            MessageCount = (int)reader.Number(Attr.Messages, 0, int.MaxValue),
            IsKeyframe = reader.Flag(Attr.Keyframe),
            BodyHash = reader.Digest(Attr.Hash),
            RewrittenHash = reader.DigestOrNull(Attr.Rewritten),
            Body = chunks is null ? StoredBody.Read(item) ?? throw reader.Corrupt(Attr.Body) : default,
        };
        return new(entry, reader.Digest(Attr.Chain), chunks);
    }
}

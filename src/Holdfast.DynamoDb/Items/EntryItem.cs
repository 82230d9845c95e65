using Holdfast.DynamoDb.Bodies;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Items;

/// <summary>An entry as it is stored. The body of <paramref name="Entry"/> is empty when it stands in chunks of its own.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Chain">The chain hash after the entry, by which a reader knows that entries belong together.</param>
/// <param name="Chunks">Where the body stands, if not in the item.</param>
internal sealed record EntryItem(LogEntry Entry, Digest Chain, ChunkRange? Chunks)
{
    public static Item Write(LogEntry entry, Digest chain, StoredBody body)
    {
        var item = Keys.Item(Keys.Thread(entry.Key), Keys.Entry(entry.Version));
        item.Add(Attr.Commit, Values.Of(entry.CommitId.ToByteArray()));
        item.Add(Attr.At, Instants.Write(entry.At));
        item.Add(Attr.Messages, Values.Of(entry.MessageCount));
        item.Add(Attr.Hash, Values.Of(entry.BodyHash));
        item.Add(Attr.Chain, Values.Of(chain));
        if (entry.IsKeyframe)
        {
            item.Add(Attr.Keyframe, Values.Of(true));
        }

        if (entry.IsRewritten)
        {
            item.Add(Attr.Rewritten, Values.Of(true));
        }

        foreach (var (name, value) in body.Attributes)
        {
            if (value is not null)
            {
                item.Add(name, value);
            }
        }

        return item;
    }

    /// <exception cref="CorruptStateException">The item cannot be an entry of the thread.</exception>
    public static EntryItem Read(Item item, ThreadKey key)
    {
        if (item.Text(Attr.Partition) != Keys.Thread(key))
        {
            throw new CorruptStateException(key, 0, "an entry of it was asked for, and the item that was found is of another thread.");
        }

        var version = Keys.VersionOf(item.Text(Attr.Sort) ?? "")
            ?? throw new CorruptStateException(key, 0, $"an entry of it was asked for, and the item that was found has a sort key that no entry has ('{Keys.FirstEntry}' and ten digits were expected).");
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
            IsRewritten = reader.Flag(Attr.Rewritten),
            BodyHash = reader.Digest(Attr.Hash),
            Body = chunks is null ? StoredBody.Read(item) ?? throw reader.Corrupt(Attr.Body) : default,
        };
        return new(entry, reader.Digest(Attr.Chain), chunks);
    }
}

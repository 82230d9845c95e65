using Holdfast.DynamoDb.Rows;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Bodies;

/// <summary>
/// A note of chunks that no entry refers to: because it does not yet, or no longer. Notes are written before chunks and in one transaction with whatever makes
/// chunks needed or needless, so that a crash at any point leaves either a whole entry or a note by which the chunks are found and removed.
/// </summary>
/// <param name="Name">What the note is of.</param>
/// <param name="Chunks">The chunks.</param>
/// <param name="IsOpen">Whether they may yet be referred to; otherwise they are to be removed.</param>
/// <param name="At">When the note was written.</param>
/// <param name="Thread">The thread that the chunks are for; null if nothing can refer to them any more.</param>
/// <param name="Life">The life of that thread.</param>
/// <param name="Version">The entry that they are for; null if they are the new bodies of a rewrite.</param>
internal sealed record WorkItem(string Name, ChunkRange Chunks, bool IsOpen, DateTimeOffset At, ThreadKey? Thread, CommitId Life, long? Version)
{
    private const string Open = "open";
    private const string Discard = "discard";

    public Item Key => KeyOf(Name);

    /// <summary>Where the entries stand that may refer to the chunks; null if none can.</summary>
    public Place? Place => Thread is { } thread ? Rows.Place.Of(thread, Life) : null;

    public bool IsRewrite => Thread is not null && Version is null;

    public static Item KeyOf(string name) => Keys.Item(Keys.WorkOn(name), Keys.Work);

    /// <summary>The note that the chunks of a body are to be removed, once nothing refers to them.</summary>
    public static WorkItem ToDiscard(ChunkRange chunks, DateTimeOffset at) => new($"{chunks.Upload}:{chunks.First}", chunks, IsOpen: false, at, null, default, null);

    /// <summary>That the note is there and its chunks may be referred to.</summary>
    public static string IsOpenCondition(Expression expression) => expression.Is(Attr.State, Open);

    public static KeyValuePair<string, AttributeValue?>[] Closed => [new(Attr.State, new(Discard))];

    public Item Write()
    {
        var item = Key;
        item.Add(Attr.Shard, new(Keys.WorkShard));
        item.Add(Attr.State, new(IsOpen ? Open : Discard));
        item.Add(Attr.At, Values.Of(At));
        item.Add(Attr.Upload, new(Chunks.Upload));
        item.Add(Attr.Chunk, Values.Of(Chunks.First));
        item.Add(Attr.Chunks, Values.Of(Chunks.Count));
        if (Thread is { } thread)
        {
            item.Add(Attr.Thread, new(Keys.Thread(thread)));
            item.Add(Attr.Life, new(Rows.Place.TextOf(Life)));
        }

        if (Version is { } version)
        {
            item.Add(Attr.Version, Values.Of(version));
        }

        return item;
    }

    public static WorkItem Read(Item item)
    {
        var (thread, life) = ReadThread(item);
        return new(
            item[Attr.Partition].S[Keys.WorkOn("").Length..],
            ChunkRange.Read(item) ?? throw new FormatException("A note of chunks names no chunks."),
            item.Text(Attr.State) == Open,
            DateTimeOffset.FromUnixTimeMilliseconds(item.Number(Attr.At) ?? 0),
            thread,
            life,
            item.Number(Attr.Version));
    }

    private static (ThreadKey? Thread, CommitId Life) ReadThread(Item item)
    {
        if (item.Text(Attr.Thread) is not { } thread)
        {
            return default;
        }

        return Keys.TryParseThread(thread, out var key) && Rows.Place.ParseLife(item.Text(Attr.Life)) is { } life
            ? (key, life)
            : throw new FormatException("A note of chunks names a thread or a life that can be none.");
    }
}

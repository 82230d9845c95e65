using Holdfast.DynamoDb.Items;
using Holdfast.DynamoDb.Requests;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Reading;

/// <summary>Reads the end of a thread as one consistent picture.</summary>
/// <remarks>
/// One query from the end of the partition meets the head and then the newest entries. A query is no snapshot, so what it gives is proved: every entry has the chain hash that
/// follows from the one before, and the last one that of the head. What does not fit together was read while the thread was rewritten, or erased and begun anew, and is read again.
/// </remarks>
internal sealed class TailReader(Table table, EntryPages pages, Sender sender)
{
    private const int Guess = 32;
    private const int LargestPage = 1_000;
    private const int Attempts = 6;

    public async ValueTask<ThreadTail?> ReadAsync(ThreadKey key, int minimumEntries, CancellationToken cancellationToken)
    {
        HeadItem? before = null;
        for (var attempt = 1; ; attempt++)
        {
            var (head, entries, problem) = await TakeAsync(key, minimumEntries, cancellationToken).ConfigureAwait(false);
            if (head is null)
            {
                return null;
            }

            if (problem is null)
            {
                return new(head.Head, entries);
            }

            if (attempt >= Attempts && head.IsSameStateAs(before))
            {
                throw problem;
            }

            before = head;
            await sender.PauseAsync(attempt, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<(HeadItem? Head, IReadOnlyList<LogEntry> Entries, CorruptStateException? Problem)> TakeAsync(
        ThreadKey key, int minimumEntries, CancellationToken cancellationToken)
    {
        var wanted = Math.Clamp(minimumEntries, Guess, LargestPage);
        var end = await pages.ReadEndAsync(key, wanted, cancellationToken).ConfigureAwait(false);
        if (end is not [var first, ..] || first[Attr.Sort].S != Keys.Head || HeadItem.Read(first, key) is not { IsErased: false } head)
        {
            return default;
        }

        var to = head.Head.Version;
        var from = Math.Max(Math.Min(Math.Max(head.Head.KeyframeVersion, 1), to - minimumEntries + 1), head.First);

        // The new bodies of a rewrite are removed only after they have taken their places, so they are read before the entries.
        var replaced = await pages.ReadStagedAsync(head, from, to, cancellationToken).ConfigureAwait(false);
        var items = head.Rewriting is null
            ? end.Skip(1).Select(item => EntryItem.Read(item, key)).Where(item => item.Entry.Version >= from && item.Entry.Version <= to).ToList()
            : [];
        while (items.Count < to - from + 1)
        {
            var last = items.Count == 0 ? to : items[^1].Entry.Version - 1;
            var limit = (int)Math.Min(last - from + 1, LargestPage);
            var more = limit > 0 ? await pages.ReadAsync(key, from, last, ReadDirection.Backward, limit, cancellationToken).ConfigureAwait(false) : [];
            if (more.Count == 0)
            {
                break;
            }

            items.AddRange(more);
        }

        items.Reverse();
        if (Disorder(head, items, from) is { } disorder)
        {
            return (head, [], disorder);
        }

        var entries = await pages.FillAsync(items, replaced, cancellationToken).ConfigureAwait(false);
        if (Array.IndexOf(entries, null) is >= 0 and var missing)
        {
            return (head, [], new(key, from + missing, "a part of its body is missing."));
        }

        // Where one body was rewritten others may have been, after they were read.
        if (Array.Exists(entries, entry => entry!.IsRewritten) && !IsSameRewrite(head, await table.GetHeadAsync(key, cancellationToken).ConfigureAwait(false)))
        {
            return (head, [], new(key, 0, "it is being rewritten without end."));
        }

        return (head, entries!, null);
    }

    private static CorruptStateException? Disorder(HeadItem head, List<EntryItem> items, long from)
    {
        var key = head.Head.Key;
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i].Entry.Version != from + i)
            {
                return new(key, from + i, "it was expected to be there and is missing.");
            }

            if (i > 0 && items[i].Chain != ChainHash.Next(items[i - 1].Chain, items[i].Entry))
            {
                return new(key, from + i, "its chain hash does not follow from the entry before it.");
            }
        }

        if (items.Count != head.Head.Version - from + 1)
        {
            return new(key, from + items.Count, "it was expected to be there and is missing.");
        }

        return items[^1].Chain == head.Head.ChainHash ? null : new(key, head.Head.Version, "its chain hash is not that of the head.");
    }

    private static bool IsSameRewrite(HeadItem one, HeadItem? other)
        => (one.Life, one.First, one.Rewriting, one.Rewrite) == (other?.Life, other?.First, other?.Rewriting, other?.Rewrite);
}

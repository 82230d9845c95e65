using Holdfast.DynamoDb.Bodies;
using Holdfast.DynamoDb.Connecting;
using Holdfast.DynamoDb.Rows;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Reading;

/// <summary>Reads the end of a thread as one consistent picture.</summary>
/// <remarks>
/// One query from the end of the partition meets the head and then the newest entries; what it does not hold, because it is more than a query tells (1 MB), is read in further
/// pieces. Queries are no snapshot, so what they give is proved: every entry has the chain hash that follows from the one before, and the last one that of the head. What does
/// not fit together was read while the thread was rewritten, or erased and begun again, and is read again.
/// </remarks>
internal sealed class TailReader(Table table, EntryPages pages, Sender sender)
{
    private const int Guess = 32;
    private const int LargestPage = 1_000;
    private const int Attempts = 6;

    public async ValueTask<ThreadTail?> ReadAsync(TailRequest request, CancellationToken cancellationToken)
    {
        HeadItem? before = null;
        for (var attempt = 1; ; attempt++)
        {
            var (head, entries, problem) = await TakeAsync(request, cancellationToken).ConfigureAwait(false);
            if (head is null || (request.Life is { } life && life != head.Head.Life))
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

    private async Task<(HeadItem? Head, IReadOnlyList<LogEntry> Entries, CorruptStateException? Problem)> TakeAsync(TailRequest request, CancellationToken cancellationToken)
    {
        var key = request.Key;
        var (head, end) = await ReadEndAsync(request, cancellationToken).ConfigureAwait(false);
        if (head is null || (request.Life is { } life && life != head.Head.Life))
        {
            return (head, [], null);
        }

        var (from, to) = (TailWindow.Start(head.Head, request), head.Head.Version);

        // The new bodies of a rewrite are removed only after they have taken their places, so they are read before the entries.
        var replaced = await pages.ReadStagedAsync(head, from, to, cancellationToken).ConfigureAwait(false);
        var items = head.Rewriting is null ? Newest(head, end, from) : [];
        while (items.Count < to - from + 1)
        {
            var last = items.Count == 0 ? to : items[^1].Entry.Version - 1;
            var limit = (int)Math.Min(last - from + 1, LargestPage);
            var more = limit > 0 ? await pages.ReadAsync(head, from, last, ReadDirection.Backward, limit, cancellationToken).ConfigureAwait(false) : [];
            if (more.Count == 0)
            {
                break;
            }

            items.AddRange(more.Select(item => EntryItem.Read(item, key, head.Place)));
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
        if (Array.Exists(entries, entry => entry!.RewrittenHash is not null)
            && !head.IsSameRewriteAs(await table.GetHeadAsync(key, cancellationToken).ConfigureAwait(false)))
        {
            return (head, [], new(key, 0, "it is being rewritten without end."));
        }

        return (head, entries!, null);
    }

    /// <summary>Reads the head, and what the same query tells of the entries before it.</summary>
    private async Task<(HeadItem? Head, List<Item> Entries)> ReadEndAsync(TailRequest request, CancellationToken cancellationToken)
    {
        var key = request.Key;
        if (key.Space == ThreadSpace.Trunks)
        {
            // Its entries stand where the thread was.
            return (await table.GetHeadAsync(key, cancellationToken).ConfigureAwait(false), []);
        }

        var end = await pages.ReadEndAsync(key, request.Since, Math.Clamp(request.MinimumEntries, Guess, LargestPage), cancellationToken).ConfigureAwait(false);
        return end is [var first, .. var entries] && first.Text(Attr.Sort) == Keys.Head ? (HeadItem.Read(first, key), entries) : (null, []);
    }

    /// <summary>Those of the items that are the newest entries of the life of the head. Other lives leave trunks, and what an erase has yet to remove; an older one may stand before them.</summary>
    private static List<EntryItem> Newest(HeadItem head, List<Item> items, long from)
    {
        var place = head.Place;
        return
        [
            .. items
                .Where(item => item.Text(Attr.Sort) is not { } sort || Place.LifeIn(sort) is not { } life || life == place.Life)
                .Select(item => EntryItem.Read(item, head.Head.Key, place))
                .Where(item => item.Entry.Version >= from && item.Entry.Version <= head.Head.Version),
        ];
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

        return items.Count == 0 || items[^1].Chain == head.Head.ChainHash ? null : new(key, head.Head.Version, "its chain hash is not that of the head.");
    }
}

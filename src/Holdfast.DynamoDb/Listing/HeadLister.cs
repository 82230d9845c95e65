using Holdfast.DynamoDb.Connecting;
using Holdfast.DynamoDb.Rows;
using Holdfast.Logs;
using Microsoft.Extensions.Logging;

namespace Holdfast.DynamoDb.Listing;

/// <summary>Lists threads: an index finds them, and their heads, read with strong consistency, say whether they are what was asked for.</summary>
/// <remarks>
/// An index lags behind the table a little. So a listing may miss a thread that was written a moment ago, but what it has is true: no thread that is gone, no head that is old.
/// </remarks>
internal sealed class HeadLister(Table table, ILogger logger, string store)
{
    private const int LargestBatch = 400;

    public ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken)
    {
        var filter = query.Filter;
        filter.Validate();
        var after = HeadCursor.Parse(query);
        if (query.DueBefore is not null)
        {
            return new(PageAsync(query, IndexScan.ByDue(query, after), DueKeyOf, TimeKey.ThreadIn, after is { } last ? TimeKey.WriteDue(last.At, last.Key) : null, cancellationToken));
        }

        if (filter.Order == ThreadOrder.Id)
        {
            return new(PageAsync(query, IndexScan.ById(query, after), head => Keys.Thread(head.Key), key => key, after is { } at ? Keys.Thread(at.Key) : null, cancellationToken));
        }

        return query.Tenant is null
            ? new(PageOfAllTenantsAsync(query, after, cancellationToken))
            : new(PageAsync(query, IndexScan.ByUpdate(query, after), RecentKeyOf, TimeKey.ThreadIn, after is { } position ? TimeKey.Write(position.At, position.Key) : null, cancellationToken));
    }

    private static string RecentKeyOf(ThreadHead head) => TimeKey.Write(head.UpdatedAt, head.Key);

    // A thread that is no longer due sorts first; it is not one of those asked for.
    private static string DueKeyOf(ThreadHead head) => head.DueAt is { } due ? TimeKey.WriteDue(due, head.Key) : "";

    private async Task<HeadPage> PageAsync(
        HeadQuery query, IndexScan scan, Func<ThreadHead, string> keyOf, Func<string, string> threadIn, string? after, CancellationToken cancellationToken)
    {
        var size = query.Filter.PageSize;
        var found = new List<(string Key, ThreadHead Head)>();
        var met = new HashSet<string>(StringComparer.Ordinal);
        var leftOut = new List<AgentStateException>();
        var merge = await ShardMerge.BeginAsync(scan, table, PortionOf(query), cancellationToken).ConfigureAwait(false);
        await using (merge.ConfigureAwait(false))
        {
            while (found.Count <= size
                && await merge.TakeAsync(Math.Min(size + 1 - found.Count, LargestBatch)).ConfigureAwait(false) is { Count: > 0 } keys)
            {
                var heads = await ReadHeadsAsync(query, keys.ConvertAll(key => threadIn(key)), leftOut, cancellationToken).ConfigureAwait(false);
                foreach (var key in keys)
                {
                    // A thread that was updated since the index knew of it has moved to the front: it belongs to this page or to one before, never to one after. One that
                    // is due later than the index knew is met at its new place.
                    if (heads.TryGetValue(threadIn(key), out var head)
                        && keyOf(head) is var now
                        && Utf8Order.Instance.Compare(now, key) <= 0
                        && (after is null || Utf8Order.Instance.Compare(now, after) > 0)
                        && query.Matches(head)
                        && met.Add(threadIn(key)))
                    {
                        found.Add((now, head));
                    }
                }
            }
        }

        return Page([.. found.OrderBy(item => item.Key, Utf8Order.Instance).Select(item => item.Head)], query) with { LeftOut = leftOut };
    }

    /// <summary>The threads of all tenants by their updates are in no index: the heads of all that the filters let through are read, and the newest kept.</summary>
    private async Task<HeadPage> PageOfAllTenantsAsync(HeadQuery query, HeadCursor? after, CancellationToken cancellationToken)
    {
        var size = query.Filter.PageSize;
        var position = after is { } at ? TimeKey.Write(at.At, at.Key) : null;
        var leftOut = new List<AgentStateException>();
        var newest = new SortedDictionary<string, ThreadHead>(Utf8Order.Instance);
        var merge = await ShardMerge.BeginAsync(IndexScan.ById(query, null), table, null, cancellationToken).ConfigureAwait(false);
        await using (merge.ConfigureAwait(false))
        {
            while (await merge.TakeAsync(LargestBatch).ConfigureAwait(false) is { Count: > 0 } keys)
            {
                foreach (var head in (await ReadHeadsAsync(query, keys, leftOut, cancellationToken).ConfigureAwait(false)).Values.Where(query.Matches))
                {
                    var key = RecentKeyOf(head);
                    if (position is null || Utf8Order.Instance.Compare(key, position) > 0)
                    {
                        newest[key] = head;
                    }
                }

                foreach (var surplus in newest.Keys.Skip(size + 1).ToList())
                {
                    newest.Remove(surplus);
                }
            }
        }

        return Page([.. newest.Values], query) with { LeftOut = leftOut };
    }

    private static HeadPage Page(List<ThreadHead> heads, HeadQuery query)
    {
        var size = query.Filter.PageSize;
        if (heads.Count <= size)
        {
            return new(heads, null);
        }

        heads.RemoveRange(size, heads.Count - size);
        return new(heads, HeadCursor.After(heads[^1], query).ToContinuation(query));
    }

    /// <summary>Reads the heads of threads that an index has found, but for those that are gone or cannot be read.</summary>
    /// <exception cref="CorruptStateException">The answer has a head that was not asked for.</exception>
    private async Task<Dictionary<string, ThreadHead>> ReadHeadsAsync(
        HeadQuery query, IEnumerable<string> partitions, List<AgentStateException> leftOut, CancellationToken cancellationToken)
    {
        var keys = new Dictionary<string, ThreadKey>(StringComparer.Ordinal);
        foreach (var partition in partitions)
        {
            if (!Keys.TryParseThread(partition, out var key))
            {
                var name = string.Concat(partition.Where(c => !char.IsControl(c)));
                DynamoDbLogMessages.HeadLeftOut(logger, name, store);
                leftOut.Add(new CorruptStateException($"An index of {store} has the name '{name}', which no thread can have."));
            }
            else if (query.Filter.IdPrefix is not { } prefix || key.Id.Value.StartsWith(prefix, StringComparison.Ordinal))
            {
                keys[partition] = key;
            }
        }

        var items = await table.GetManyAsync("read heads", [.. keys.Keys.Select(partition => Keys.Item(partition, Keys.Head))], cancellationToken).ConfigureAwait(false);
        var heads = new Dictionary<string, ThreadHead>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            if (item.Text(Attr.Partition) is not { } partition || !keys.TryGetValue(partition, out var key) || item.Text(Attr.Sort) != Keys.Head)
            {
                throw new CorruptStateException($"{store} answered a listing with an item that was not asked for, so that it cannot be relied upon.");
            }

            if (TryRead(item, key, leftOut) is { } head)
            {
                heads[partition] = head.Head;
            }
        }

        return heads;
    }

    private HeadItem? TryRead(Item item, ThreadKey key, List<AgentStateException> leftOut)
    {
        try
        {
            return HeadItem.Read(item, key);
        }
        catch (Exception e) when (e is CorruptStateException or UnknownFormatException)
        {
            DynamoDbLogMessages.HeadLeftOut(logger, key.ToString(), store);
            leftOut.Add((AgentStateException)e);
            return null;
        }
    }

    /// <summary>How many keys to ask each shard for at first: about what the page takes, unless filters leave out an unknown part.</summary>
    private static int? PortionOf(HeadQuery query)
        => query.Filter is { Agent: null, Status: null, Metadata.Count: 0, IdPrefix: null, Deleted: not DeletedFilter.Only } filter
            && query is { Terms.Count: 0, DueBefore: null }
            && query.Expired != ExpiredFilter.Only
            && (filter.UserId is null || filter.Order == ThreadOrder.RecentlyUpdated)
            ? ((filter.PageSize + 1) / (Keys.Shards / 2)) + 4
            : null;
}

using Holdfast.DynamoDb.Items;
using Holdfast.DynamoDb.Requests;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Listing;

/// <summary>Lists threads: an index finds them, and their heads, read with strong consistency, say whether they are what was asked for.</summary>
/// <remarks>
/// An index lags behind the table a little. So a listing may miss a thread that was written a moment ago, but what it has is true: no thread that is gone, no head that is old.
/// </remarks>
internal sealed class HeadLister(Table table)
{
    private const int LargestBatch = 400;

    public ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken)
    {
        var filter = query.Filter;
        filter.Validate();
        var after = HeadCursor.Parse(query);
        if (filter.Order == ThreadOrder.Id)
        {
            return new(PageAsync(query, IndexScan.ById(query, after), head => Keys.Thread(head.Key), key => key, after is { } at ? Keys.Thread(at.Key) : null, cancellationToken));
        }

        return query.Tenant is null
            ? new(PageOfAllTenantsAsync(query, after, cancellationToken))
            : new(PageAsync(query, IndexScan.ByUpdate(query, after), RecentKeyOf, RecentKey.ThreadIn, after is { } position ? RecentKey.Write(position) : null, cancellationToken));
    }

    private static string RecentKeyOf(ThreadHead head) => RecentKey.Write(HeadCursor.After(head));

    private async Task<HeadPage> PageAsync(
        HeadQuery query, IndexScan scan, Func<ThreadHead, string> keyOf, Func<string, string> threadIn, string? after, CancellationToken cancellationToken)
    {
        var size = query.Filter.PageSize;
        var found = new List<(string Key, ThreadHead Head)>();
        var met = new HashSet<string>(StringComparer.Ordinal);
        var merge = await ShardMerge.BeginAsync(scan, table, PortionOf(query), cancellationToken).ConfigureAwait(false);
        await using (merge.ConfigureAwait(false))
        {
            while (found.Count <= size
                && await merge.TakeAsync(Math.Min(size + 1 - found.Count, LargestBatch)).ConfigureAwait(false) is { Count: > 0 } keys)
            {
                var heads = await ReadHeadsAsync(keys.ConvertAll(key => threadIn(key)).Distinct(StringComparer.Ordinal), cancellationToken).ConfigureAwait(false);
                foreach (var key in keys)
                {
                    // A thread that was updated since the index knew of it has moved to the front: it belongs to this page or to one before, never to one after.
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

        return Page([.. found.OrderBy(item => item.Key, Utf8Order.Instance).Select(item => item.Head)], query);
    }

    /// <summary>The threads of all tenants by their updates are in no index: the heads of all that the filters let through are read, and the newest kept.</summary>
    private async Task<HeadPage> PageOfAllTenantsAsync(HeadQuery query, HeadCursor? after, CancellationToken cancellationToken)
    {
        var size = query.Filter.PageSize;
        var position = after is { } at ? RecentKey.Write(at) : null;
        var newest = new SortedDictionary<string, ThreadHead>(Utf8Order.Instance);
        var merge = await ShardMerge.BeginAsync(IndexScan.ById(query, null), table, null, cancellationToken).ConfigureAwait(false);
        await using (merge.ConfigureAwait(false))
        {
            while (await merge.TakeAsync(LargestBatch).ConfigureAwait(false) is { Count: > 0 } keys)
            {
                foreach (var head in (await ReadHeadsAsync(keys, cancellationToken).ConfigureAwait(false)).Values.Where(query.Matches))
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

        return Page([.. newest.Values], query);
    }

    private static HeadPage Page(List<ThreadHead> heads, HeadQuery query)
    {
        var size = query.Filter.PageSize;
        if (heads.Count <= size)
        {
            return new(heads, null);
        }

        heads.RemoveRange(size, heads.Count - size);
        return new(heads, HeadCursor.After(heads[^1]).ToContinuation(query));
    }

    private async Task<Dictionary<string, ThreadHead>> ReadHeadsAsync(IEnumerable<string> partitions, CancellationToken cancellationToken)
    {
        var items = await table.GetManyAsync("read heads", [.. partitions.Select(partition => Keys.Item(partition, Keys.Head))], cancellationToken).ConfigureAwait(false);
        return items.Select(HeadItem.Read).Where(item => !item.IsErased).ToDictionary(item => Keys.Thread(item.Head.Key), item => item.Head, StringComparer.Ordinal);
    }

    /// <summary>How many keys to ask each shard for at first: about what the page takes, unless filters leave out an unknown part.</summary>
    private static int? PortionOf(HeadQuery query)
        => query.Filter is { Agent: null, Status: null, Metadata.Count: 0, Deleted: not DeletedFilter.Only } filter
            && query.Expired != ExpiredFilter.Only
            && (filter.UserId is null || filter.Order == ThreadOrder.RecentlyUpdated)
            ? ((filter.PageSize + 1) / (Keys.Shards / 2)) + 4
            : null;
}

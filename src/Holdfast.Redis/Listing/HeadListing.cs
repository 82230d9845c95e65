using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Reading;
using Holdfast.Redis.Values;

namespace Holdfast.Redis.Listing;

/// <summary>Lists threads: the index names candidates, their heads decide, and what they disagree about is set right in the index.</summary>
internal sealed class HeadListing(RedisConnection connection, RedisKeys keys, HeadReader heads, ThreadIndex index)
{
    private const int SmallestBatch = 16;
    private const int LargestBatch = 512;

    public async ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken)
    {
        query.Filter.Validate();
        var after = HeadCursor.Parse(query);
        using var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        var conditions = new IndexConditions(query);
        var scan = Open(call, query.Tenant, conditions, after);
        var page = new PageInMaking(query);
        while (true)
        {
            var candidates = await scan.NextAsync(Math.Clamp(page.Missing, SmallestBatch, LargestBatch), cancellationToken).ConfigureAwait(false);
            var stored = await heads.ReadManyAsync(call, [.. candidates.Select(candidate => candidate.Key)], cancellationToken).ConfigureAwait(false);
            var repairs = new List<Task>();
            foreach (var (candidate, head) in candidates.Zip(stored))
            {
                if (!page.Offer(candidate, head?.Head))
                {
                    repairs.Add(RepairAsync(call, candidate, head, conditions));
                }
            }

            await Task.WhenAll(repairs).ConfigureAwait(false);
            page.Reach(scan.IsDone ? null : candidates[^1]);
            if (scan.IsDone || page.Missing <= 0)
            {
                return page.Finish();
            }
        }
    }

    private IIndexScan Open(RedisCall call, string? tenant, IndexConditions conditions, HeadCursor? after)
    {
        if (tenant is not null)
        {
            return new TenantScan(call, keys, conditions, tenant, Start(tenant));
        }

        return conditions.IsById
            ? new TenantsInOrder(new(call, keys, after?.Key.Tenant), found => new(call, keys, conditions, found, Start(found)))
            : new TenantsMerged(new(call, keys, null), found => new(call, keys, conditions, found, Start(found)));

        ScanPosition Start(string tenant) => after switch
        {
            null => ScanPosition.Start,
            { } cursor when !conditions.IsById || cursor.Key.Tenant == tenant => ScanPosition.Of(cursor, tenant),
            _ => ScanPosition.Start,
        };
    }

    private Task RepairAsync(RedisCall call, Candidate candidate, StoredHead? stored, IndexConditions conditions)
        => stored is null
            ? index.ForgetSeenAsync(call, candidate.Key, candidate.Stamp, conditions.Needed)
            : index.PutAsync(call, IndexEntry.Of(stored.Head), stored.Born, candidate.Stamp, candidate.Score);
}

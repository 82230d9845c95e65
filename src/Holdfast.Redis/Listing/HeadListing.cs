using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Maintenance;
using Holdfast.Redis.Reading;
using Holdfast.Redis.Rows;

namespace Holdfast.Redis.Listing;

/// <summary>Lists threads: the index names candidates, their heads decide, and what they disagree about is set right in the index.</summary>
internal sealed class HeadListing(RedisConnection connection, RedisKeys keys, HeadReader heads, ThreadIndex index, LogWarnings warnings)
{
    private const int SmallestBatch = 16;
    private const int LargestBatch = 512;

    public async ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken)
    {
        query.Filter.Validate();
        var after = HeadCursor.Parse(query);
        using var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        var conditions = new IndexConditions(query);
        var scan = Open(call, query, conditions, after);
        var (page, leftOut) = (new PageInMaking(query), new List<AgentStateException>());
        while (true)
        {
            var candidates = await scan.NextAsync(Math.Clamp(page.Missing, SmallestBatch, LargestBatch), cancellationToken).ConfigureAwait(false);
            var stored = await heads.ReadManyAsync(call, [.. candidates.Select(candidate => candidate.Key)], cancellationToken).ConfigureAwait(false);
            var repairs = new List<Task>();
            foreach (var (candidate, found) in candidates.Zip(stored))
            {
                if (found.Problem is { } problem)
                {
                    // It stays in the index, for when it can be read again.
                    warnings.TellOfDamage(candidate.Key, problem);
                    leftOut.Add(problem);
                }
                else if (!page.Offer(candidate, found.Head))
                {
                    repairs.Add(RepairAsync(call, candidate, found.Head, conditions));
                }
            }

            await Task.WhenAll(repairs).ConfigureAwait(false);
            page.Reach(scan.IsDone ? null : candidates[^1]);
            if (scan.IsDone || page.Missing <= 0)
            {
                return page.Finish() with { LeftOut = leftOut };
            }
        }
    }

    private IIndexScan Open(RedisCall call, HeadQuery query, IndexConditions conditions, HeadCursor? after)
    {
        if (query.Tenant is { } tenant)
        {
            return Scan(tenant);
        }

        return conditions.Order == ScanOrder.Id
            ? new TenantsInOrder(new(call, keys, query.Space, after?.Key.Tenant), Scan)
            : new TenantsMerged(new(call, keys, query.Space, null), conditions.Order, Scan);

        TenantScan Scan(string found) => new(call, keys, index, conditions, found, Start(found));

        ScanPosition Start(string tenant) => after switch
        {
            null => ScanPosition.Start,
            { } cursor when conditions.Order != ScanOrder.Id || cursor.Key.Tenant == tenant => ScanPosition.Of(cursor, conditions.Order, tenant),
            _ => ScanPosition.Start,
        };
    }

    private Task RepairAsync(RedisCall call, Candidate candidate, ThreadHead? head, IndexConditions conditions)
        => head is null
            ? index.ForgetSeenAsync(call, IndexScope.Of(candidate.Key), candidate.Key.Id.Value, candidate.Stamp, conditions.Needed)
            : index.PutAsync(call, IndexEntry.Of(head), candidate.Stamp, conditions.Order == ScanOrder.Due ? "" : candidate.Score);
}

using System.Runtime.CompilerServices;
using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Listing;
using Holdfast.Redis.Reading;
using Holdfast.Redis.Rows;
using StackExchange.Redis;

namespace Holdfast.Redis.Maintenance;

/// <summary>Makes the index agree with the threads.</summary>
internal sealed class IndexRepairer(RedisConnection connection, RedisKeys keys, HeadReader heads, ThreadIndex index, LogWarnings warnings)
{
    private const int BatchSize = 256;

    public async Task<IndexRepairReport> RepairAsync(CancellationToken cancellationToken)
    {
        using var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        warnings.Clear();
        await call.RemoveOtherKindsAsync([.. ThreadSpaceNames.All.Select(keys.Tenants)]).ConfigureAwait(false);
        var threads = await AddAsync(call, cancellationToken).ConfigureAwait(false);
        var removed = 0L;
        foreach (var space in ThreadSpaceNames.All)
        {
            removed += await CheckAsync(call, space, cancellationToken).ConfigureAwait(false);
        }

        return new(threads, removed);
    }

    /// <summary>Writes every thread to the index.</summary>
    private async Task<long> AddAsync(RedisCall call, CancellationToken cancellationToken)
    {
        var (count, scopes) = (0L, new HashSet<IndexScope>());
        await foreach (var found in ScanAsync(call, cancellationToken).ConfigureAwait(false))
        {
            var batch = found.Distinct().ToList();
            foreach (var scope in batch.Select(IndexScope.Of).Distinct().Where(scopes.Add))
            {
                await call.RemoveOtherKindsAsync(keys.WholeIndex(scope)).ConfigureAwait(false);
                await index.RegisterAsync(call, scope).ConfigureAwait(false);
            }

            var stored = new List<ThreadHead>();
            foreach (var (key, head) in batch.Zip(await heads.ReadManyAsync(call, batch, cancellationToken).ConfigureAwait(false)))
            {
                if (head.Problem is { } problem)
                {
                    warnings.TellOfDamage(key, problem);
                }
                else if (head.Head is { } thread)
                {
                    stored.Add(thread);
                }
            }

            await Task.WhenAll(stored.Select(thread => index.PutAsync(call, IndexEntry.Of(thread), "", "", heals: true))).ConfigureAwait(false);
            count += stored.Count;
        }

        return count;
    }

    /// <summary>Looks up every thread that the index of a space names.</summary>
    private async Task<long> CheckAsync(RedisCall call, ThreadSpace space, CancellationToken cancellationToken)
    {
        var removed = 0L;
        var tenants = new TenantList(call, keys, space, null);
        var everything = new IndexConditions(new()
        {
            Space = space,
            AsOf = default,
            Expired = ExpiredFilter.Include,
            Filter = new() { Order = ThreadOrder.Id, Deleted = DeletedFilter.Include },
        });
        while (!tenants.IsDone)
        {
            foreach (var scope in (await tenants.NextAsync(cancellationToken).ConfigureAwait(false)).Select(tenant => new IndexScope(space, tenant)))
            {
                await call.RemoveOtherKindsAsync(keys.WholeIndex(scope)).ConfigureAwait(false);
                var scan = new TenantScan(call, keys, index, everything, scope.Tenant, ScanPosition.Start);
                while (!scan.IsDone)
                {
                    var candidates = await scan.NextAsync(BatchSize, cancellationToken).ConfigureAwait(false);
                    removed += await CheckAsync(call, candidates, cancellationToken).ConfigureAwait(false);
                }

                await index.UnregisterIfEmptyAsync(call, scope).ConfigureAwait(false);
            }
        }

        return removed;
    }

    private async Task<long> CheckAsync(RedisCall call, IReadOnlyList<Candidate> candidates, CancellationToken cancellationToken)
    {
        var stored = await heads.ReadManyAsync(call, [.. candidates.Select(candidate => candidate.Key)], cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(candidates.Zip(stored, CheckAsync)).ConfigureAwait(false);
        return stored.Count(found => found.IsMissing);

        Task CheckAsync(Candidate candidate, HeadFound found)
            => found.Head is { } thread ? index.PutAsync(call, IndexEntry.Of(thread), candidate.Stamp, candidate.Score, heals: true)
                : found.IsMissing ? index.ForgetSeenAsync(call, IndexScope.Of(candidate.Key), candidate.Key.Id.Value, candidate.Stamp, [])
                : Task.CompletedTask;
    }

    /// <summary>Finds the heads of all threads on all masters by SCAN, which keeps no server from its other clients.</summary>
    private async IAsyncEnumerable<List<ThreadKey>> ScanAsync(RedisCall call, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var server in await RedisServers.MastersAsync(connection, call.Multiplexer, cancellationToken).ConfigureAwait(false))
        {
            var names = server.KeysAsync(connection.Number, keys.HeadPattern, BatchSize, flags: CommandFlags.DemandMaster).GetAsyncEnumerator(cancellationToken);
            await using var _ = names.ConfigureAwait(false);
            var batch = new List<ThreadKey>();
            while (await NextAsync(names).ConfigureAwait(false) is { } name)
            {
                if (keys.ReadHead(name) is { } key)
                {
                    batch.Add(key);
                }

                if (batch.Count == BatchSize)
                {
                    yield return batch;
                    batch = [];
                }
            }

            yield return batch;
        }

        async ValueTask<string?> NextAsync(IAsyncEnumerator<RedisKey> names)
        {
            try
            {
                return await names.MoveNextAsync().ConfigureAwait(false) ? (string?)names.Current ?? "" : null;
            }
            catch (Exception e) when (RedisErrors.AreOf(e) && !cancellationToken.IsCancellationRequested)
            {
                throw RedisErrors.Translate(e, "scan", connection.Where, Access.Read);
            }
        }
    }
}

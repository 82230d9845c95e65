using System.Runtime.CompilerServices;
using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Listing;
using Holdfast.Redis.Reading;
using Holdfast.Redis.Values;
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
        await call.RemoveOtherKindsAsync([keys.Tenants]).ConfigureAwait(false);
        var threads = await AddAsync(call, cancellationToken).ConfigureAwait(false);
        var removed = await CheckAsync(call, cancellationToken).ConfigureAwait(false);
        return new(threads, removed);
    }

    /// <summary>Writes every thread to the index.</summary>
    private async Task<long> AddAsync(RedisCall call, CancellationToken cancellationToken)
    {
        var (count, tenants) = (0L, new HashSet<string>(StringComparer.Ordinal));
        await foreach (var found in ScanAsync(call, cancellationToken).ConfigureAwait(false))
        {
            var batch = found.Distinct().ToList();
            foreach (var tenant in batch.Select(key => key.Tenant).Distinct(StringComparer.Ordinal).Where(tenants.Add))
            {
                await call.RemoveOtherKindsAsync(keys.WholeIndex(tenant)).ConfigureAwait(false);
                await index.RegisterAsync(call, tenant).ConfigureAwait(false);
            }

            var stored = new List<StoredHead>();
            foreach (var (key, head) in batch.Zip(await heads.ReadManyAsync(call, batch, cancellationToken).ConfigureAwait(false)))
            {
                if (head.Damage is { } damage)
                {
                    warnings.TellOfDamage(key, damage);
                }
                else if (head.Stored is { } thread)
                {
                    stored.Add(thread);
                }
            }

            await Task.WhenAll(stored.Select(thread => index.PutAsync(call, IndexEntry.Of(thread.Head), thread.Born, "", "", heals: true))).ConfigureAwait(false);
            count += stored.Count;
        }

        return count;
    }

    /// <summary>Looks up every thread that the index names.</summary>
    private async Task<long> CheckAsync(RedisCall call, CancellationToken cancellationToken)
    {
        var removed = 0L;
        var tenants = new TenantList(call, keys, null);
        var everything = new IndexConditions(new() { AsOf = default, Expired = ExpiredFilter.Include, Filter = new() { Order = ThreadOrder.Id, Deleted = DeletedFilter.Include } });
        while (!tenants.IsDone)
        {
            foreach (var tenant in await tenants.NextAsync(cancellationToken).ConfigureAwait(false))
            {
                await call.RemoveOtherKindsAsync(keys.WholeIndex(tenant)).ConfigureAwait(false);
                var scan = new TenantScan(call, keys, index, everything, tenant, ScanPosition.Start);
                while (!scan.IsDone)
                {
                    var candidates = await scan.NextAsync(BatchSize, cancellationToken).ConfigureAwait(false);
                    removed += await CheckAsync(call, candidates, cancellationToken).ConfigureAwait(false);
                }

                await index.UnregisterIfEmptyAsync(call, tenant).ConfigureAwait(false);
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
            => found.Stored is { } thread ? index.PutAsync(call, IndexEntry.Of(thread.Head), thread.Born, candidate.Stamp, candidate.Score, heals: true)
                : found.IsMissing ? index.ForgetSeenAsync(call, candidate.Key.Tenant, candidate.Key.Id.Value, candidate.Stamp, [])
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

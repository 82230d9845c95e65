using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Listing;
using Holdfast.Redis.Reading;
using StackExchange.Redis;

namespace Holdfast.Redis.Maintenance;

/// <summary>Makes the index agree with the threads.</summary>
internal sealed class IndexRepairer(RedisConnection connection, RedisKeys keys, HeadReader heads, ThreadIndex index)
{
    private const int BatchSize = 256;

    public async Task<IndexRepairReport> RepairAsync(CancellationToken cancellationToken)
    {
        using var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false);
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
                await index.RegisterAsync(call, tenant).ConfigureAwait(false);
            }

            var stored = (await heads.ReadManyAsync(call, batch, cancellationToken).ConfigureAwait(false)).OfType<Values.StoredHead>().ToList();
            await Task.WhenAll(stored.Select(thread => index.PutAsync(call, IndexEntry.Of(thread.Head), thread.Born, "", ""))).ConfigureAwait(false);
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
                var scan = new TenantScan(call, keys, everything, tenant, ScanPosition.Start);
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
        await Task.WhenAll(candidates.Zip(stored, (candidate, head) => head is null
            ? index.ForgetSeenAsync(call, candidate.Key, candidate.Stamp, [])
            : index.PutAsync(call, IndexEntry.Of(head.Head), head.Born, candidate.Stamp, candidate.Score))).ConfigureAwait(false);
        return stored.Count(head => head is null);
    }

    /// <summary>Finds the heads of all threads on all masters by SCAN, which keeps no server from its other clients.</summary>
    private async IAsyncEnumerable<List<ThreadKey>> ScanAsync(RedisCall call, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var server in await RedisServers.MastersAsync(connection, call.Multiplexer, cancellationToken).ConfigureAwait(false))
        {
            // The client enumerates without async: a thread of its own waits for it.
            var batches = Channel.CreateBounded<List<ThreadKey>>(2);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var scanning = Task.Factory.StartNew(() => Scan(server, batches.Writer, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            try
            {
                await foreach (var batch in batches.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                {
                    yield return batch;
                }
            }
            finally
            {
                await stop.CancelAsync().ConfigureAwait(false);
                await scanning.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Scan(IServer server, ChannelWriter<List<ThreadKey>> batches, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var some in server.Keys(connection.Number, keys.HeadPattern, BatchSize, CommandFlags.DemandMaster).Chunk(BatchSize))
            {
                var found = some.Select(name => keys.ReadHead((string)name!)).OfType<ThreadKey>().ToList();
                batches.WriteAsync(found, cancellationToken).AsTask().GetAwaiter().GetResult();
            }

            batches.Complete();
        }
        catch (Exception e)
        {
            batches.TryComplete(RedisErrors.AreOf(e) ? RedisErrors.Translate(e, "scan", connection.Where, Access.Read) : e);
        }
    }
}

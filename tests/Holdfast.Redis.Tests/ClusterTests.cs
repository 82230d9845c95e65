using System.Globalization;
using Holdfast.Logs;
using Holdfast.Servers;
using Holdfast.Testing;
using StackExchange.Redis;

namespace Holdfast.Redis.Tests;

/// <summary>What only a cluster does.</summary>
public sealed class ClusterTests : RedisLogTest
{
    [Fact]
    public async Task Thread_WithBracesInItsName_HasBothKeysInOneSlot()
    {
        var raw = await OpenRawAsync(ServerKind.Cluster);
        foreach (var id in (string[])["a", "{a}", "}", "a}b{c}", "%7D"])
        {
            var key = ThreadKey.Of("te{nant}", id);
            raw.Multiplexer.HashSlot(Keys.Head(key)).ShouldBe(raw.Multiplexer.HashSlot(Keys.Log(key)));
        }
    }

    [Fact]
    public async Task Threads_AreSpreadOverAllMasters()
    {
        var log = await OpenAsync(ServerKind.Cluster);
        for (var i = 0; i < 60; i++)
        {
            await Thread($"{i}").AppendAsync(log, cancellationToken: Cancellation);
        }

        var raw = await OpenRawAsync(ServerKind.Cluster);
        foreach (var master in (await SharedServers.Cluster).Masters)
        {
            raw.Multiplexer.GetServer(master.Address).Keys(0, Keys.HeadPattern).ShouldNotBeEmpty();
        }
    }

    [Fact]
    public async Task Slot_ThatMovesToAnotherMasterUnderLoad_IsFollowed()
    {
        await using var cluster = await RedisCluster.StartAsync();
        await using var log = new RedisCommitLog(new() { Configuration = cluster.Addresses });
        var raw = (await OpenRawAsync(cluster.Addresses)).Multiplexer;
        var key = ThreadKey.Of("moving");
        var slot = raw.HashSlot(new Holdfast.Redis.Keys.RedisKeys("holdfast:").Head(key));
        var index = raw.HashSlot(new Holdfast.Redis.Keys.RedisKeys("holdfast:").Index(new(ThreadSpace.Threads, "")));
        using var stop = new CancellationTokenSource();
        var writer = new RetryingWriter(log, key);
        var running = Task.Run(() => writer.RunAsync(() => { }, stop.Token), Cancellation);
        await UntilAsync(() => Task.FromResult(writer.Attempts.Failed > 0 || running.IsFaulted || Version(log, key) >= 10));

        foreach (var moved in (int[])[slot, index])
        {
            for (var round = 0; round < 3; round++)
            {
                await MoveAsync(cluster, raw, moved);
                var reached = Version(log, key);
                await UntilAsync(() => Task.FromResult(running.IsFaulted || Version(log, key) >= reached + 10));
            }
        }

        await stop.CancelAsync();
        await running;
        await HistoryChecker.CheckAsync(log, writer.Acknowledged, Cancellation);
        (await ListAsync(log, new() { UserId = "ann" })).ShouldBe(["moving"]);
    }

    [Fact]
    public async Task Slot_OfAnIndexThatMovesKeyByKeyUnderLoad_EndsAtOneMaster()
    {
        await using var cluster = await RedisCluster.StartAsync();
        await using var log = new RedisCommitLog(new() { Configuration = cluster.Addresses });
        var raw = (await OpenRawAsync(cluster.Addresses)).Multiplexer;
        var slot = raw.HashSlot(new Holdfast.Redis.Keys.RedisKeys("holdfast:").Index(new(ThreadSpace.Threads, "")));
        using var stop = new CancellationTokenSource();
        var attempts = 0;
        var writers = Enumerable.Range(0, 3).Select(i => Task.Run(() => WriteAndEraseAsync(log, $"{i}", () => Interlocked.Increment(ref attempts), stop.Token), Cancellation)).ToList();
        await UntilAsync(() => Task.FromResult(writers.Exists(writer => writer.IsFaulted) || Volatile.Read(ref attempts) > 60));

        var (from, to) = await MoveAsync(cluster, raw, slot, async () =>
        {
            // Between any two keys every writer tries to write to the index several times.
            var reached = Volatile.Read(ref attempts) + 20;
            await UntilAsync(() => Task.FromResult(writers.Exists(writer => writer.IsFaulted) || Volatile.Read(ref attempts) > reached));
        });

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        var name = slot.ToString(CultureInfo.InvariantCulture);
        (await from.SendAsync("CLUSTER", "COUNTKEYSINSLOT", name)).ShouldBe(":0");
        (await to.SendAsync("CLUSTER", "COUNTKEYSINSLOT", name)).ShouldNotBe(":0");
        (await ListAsync(log, new() { UserId = "ann" })).ShouldBe(["0", "1", "2"], ignoreOrder: true);
        (await ListAsync(log, new() { Order = ThreadOrder.Id })).ShouldBe(["0", "1", "2"]);
    }

    /// <summary>Writes and erases a thread that changes all that an index has, again and again, and leaves it there.</summary>
    private static async Task WriteAndEraseAsync(RedisCommitLog log, string id, Action tried, CancellationToken stop)
    {
        while (true)
        {
            var thread = Thread(id);
            await RepeatAsync(() => log.EraseAsync(thread.Key, null, CancellationToken.None).AsTask());
            for (var i = 0; i < 6; i++)
            {
                var request = thread.Next(new()
                {
                    Head = head => head with
                    {
                        UserId = "ann",
                        Agent = i % 2 == 0 ? "A" : null,
                        Status = (ThreadStatus)(i % 3),
                        ExpiresAt = i % 2 == 0 ? null : new(2190, 1, 1, 0, 0, 0, TimeSpan.Zero),
                    },
                });
                await RepeatAsync(() => log.AppendAsync(request).AsTask());
                thread.Accept(request);
            }

            await RepeatAsync(() => log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default, Filter = new() { UserId = "ann" } }).AsTask());
            if (stop.IsCancellationRequested)
            {
                return;
            }
        }

        async Task RepeatAsync<T>(Func<Task<T>> call)
        {
            while (true)
            {
                tried();
                try
                {
                    await call();
                    return;
                }
                catch (StoreUnavailableException)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, CancellationToken.None);
                }
            }
        }
    }

    private static long Version(RedisCommitLog log, ThreadKey key)
    {
        try
        {
            return log.GetHeadAsync(key, Cancellation).AsTask().GetAwaiter().GetResult()?.Version ?? 0;
        }
        catch (StoreUnavailableException)
        {
            return 0;
        }
    }

    /// <summary>Moves a slot with all its keys to the next master: at once, or one by one if something is to happen between them.</summary>
    private static async Task<(RedisServer From, RedisServer To)> MoveAsync(RedisCluster cluster, IConnectionMultiplexer raw, int slot, Func<Task>? between = null)
    {
        var name = slot.ToString(CultureInfo.InvariantCulture);
        var ids = new List<string>();
        foreach (var master in cluster.Masters)
        {
            ids.Add((await master.SendAsync("CLUSTER", "MYID")).Split("\r\n")[1]);
        }

        var nodes = await cluster.Masters[0].SendAsync("CLUSTER", "NODES");
        var owner = OwnerOf(nodes, slot, ids);
        var (from, to) = (cluster.Masters[owner], cluster.Masters[(owner + 1) % 3]);
        await to.SendAsync("CLUSTER", "SETSLOT", name, "IMPORTING", ids[owner]);
        await from.SendAsync("CLUSTER", "SETSLOT", name, "MIGRATING", ids[(owner + 1) % 3]);
        while (KeysIn(await from.SendAsync("CLUSTER", "GETKEYSINSLOT", name, between is null ? "100" : "1")) is { Count: > 0 } keys)
        {
            await (between?.Invoke() ?? Task.CompletedTask);
            var answer = await from.SendAsync(["MIGRATE", "127.0.0.1", to.Port.ToString(CultureInfo.InvariantCulture), "", "0", "300000", "KEYS", .. keys]);
            answer.ShouldStartWith("+");
        }

        await (between?.Invoke() ?? Task.CompletedTask);

        foreach (var master in (RedisServer[])[to, from, .. cluster.Masters.Except([to, from])])
        {
            (await master.SendAsync("CLUSTER", "SETSLOT", name, "NODE", ids[(owner + 1) % 3])).ShouldBe("+OK");
        }

        return (from, to);
    }

    // Lines end with the slots: 0-5460 or 7 or [7->-...].
    private static int OwnerOf(string nodes, int slot, List<string> ids)
        => ids.IndexOf(nodes.Split('\n').Select(line => line.Trim().Split(' ')).Single(fields => fields.Skip(8).Any(range => Contains(range, slot)))[0]);

    private static bool Contains(string range, int slot) => range.Split('-') switch
    {
        [var single] when int.TryParse(single, CultureInfo.InvariantCulture, out var only) => only == slot,
        [var first, var last] when int.TryParse(first, CultureInfo.InvariantCulture, out var low) && int.TryParse(last, CultureInfo.InvariantCulture, out var high) => low <= slot && slot <= high,
        _ => false,
    };

    private static List<string> KeysIn(string answer) => [.. answer.Split("\r\n").Skip(1).Where((_, i) => i % 2 == 1)];
}

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
        var index = raw.HashSlot(new Holdfast.Redis.Keys.RedisKeys("holdfast:").Index(""));
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

    /// <summary>Moves a slot with all its keys to the next master.</summary>
    private static async Task MoveAsync(RedisCluster cluster, IConnectionMultiplexer raw, int slot)
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
        while (KeysIn(await from.SendAsync("CLUSTER", "GETKEYSINSLOT", name, "100")) is { Count: > 0 } keys)
        {
            var answer = await from.SendAsync(["MIGRATE", "127.0.0.1", to.Port.ToString(CultureInfo.InvariantCulture), "", "0", "5000", "KEYS", .. keys]);
            answer.ShouldStartWith("+");
        }

        foreach (var master in (RedisServer[])[to, from, .. cluster.Masters.Except([to, from])])
        {
            (await master.SendAsync("CLUSTER", "SETSLOT", name, "NODE", ids[(owner + 1) % 3])).ShouldBe("+OK");
        }
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

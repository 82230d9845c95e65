using Holdfast.Logs;
using Holdfast.Servers;
using Holdfast.Testing;

namespace Holdfast.Redis.Tests;

/// <summary>Servers and connections that are cut while writers are at work.</summary>
public sealed class CrashTests
{
    private const int Writers = 12;
    private const int Rounds = 6;

    [Fact]
    public async Task Kill_OfTheServerUnderLoad_LosesAndDoublesNothing()
    {
        await using var server = await RedisServer.StartAsync();
        await using var log = new RedisCommitLog(new() { Configuration = server.Address });

        await DisturbAsync(log, async () =>
        {
            await server.KillAsync();
            await server.StartAsync();
        });
    }

    [Fact]
    public async Task Kill_OfAMasterUnderLoad_LosesAndDoublesNothing()
    {
        await using var cluster = await RedisCluster.StartAsync();
        await using var log = new RedisCommitLog(new() { Configuration = cluster.Addresses });
        var next = 0;

        await DisturbAsync(log, async () =>
        {
            var master = cluster.Masters[next++ % cluster.Masters.Count];
            await master.KillAsync();
            await master.StartAsync();
        });
    }

    [Fact]
    public async Task Cut_OfAllConnectionsUnderLoad_LosesAndDoublesNothing()
    {
        await using var server = await RedisServer.StartAsync();
        await using var log = new RedisCommitLog(new() { Configuration = server.Address });

        await DisturbAsync(log, () => server.SendAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"));
    }

    [Theory]
    [EachServer]
    public async Task Flush_OfTheScriptsUnderLoad_DisturbsNobody(ServerKind kind)
    {
        await using var cluster = kind == ServerKind.Cluster ? await RedisCluster.StartAsync() : null;
        await using var single = kind == ServerKind.SingleServer ? await RedisServer.StartAsync() : null;
        IReadOnlyList<RedisServer> servers = cluster?.Masters ?? [single!];
        await using var log = new RedisCommitLog(new() { Configuration = cluster?.Addresses ?? single!.Address, CommandTimeout = SharedServers.Patience });

        var failed = await DisturbAsync(log, () => Task.WhenAll(servers.Select(server => server.SendAsync("SCRIPT", "FLUSH"))));

        failed.ShouldBe(0);
    }

    /// <summary>Lets writers work, disturbs them several times, and checks what stands afterwards. Returns how many attempts failed.</summary>
    private static async Task<int> DisturbAsync(RedisCommitLog log, Func<Task> disturb)
    {
        using var stop = new CancellationTokenSource();
        using var progress = new SemaphoreSlim(0);
        var writers = Enumerable.Range(0, Writers).Select(i => new RetryingWriter(log, ThreadKey.Of($"thread-{i}"))).ToList();
        var running = writers.ConvertAll(writer => Task.Run(() => writer.RunAsync(() => progress.Release(), stop.Token)));
        for (var round = 0; round < Rounds; round++)
        {
            await WaitAsync(progress, running, Writers * 20);
            await disturb();
        }

        await WaitAsync(progress, running, Writers * 20);
        await stop.CancelAsync();
        await Task.WhenAll(running);

        var report = await HistoryChecker.CheckAsync(log, writers.SelectMany(writer => writer.Acknowledged), TestContext.Current.CancellationToken);
        report.Unacknowledged.ShouldBe(0, "every commit was repeated until it was settled");
        var listed = await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default, Filter = new() { UserId = "ann", Order = ThreadOrder.Id } }, TestContext.Current.CancellationToken);
        listed.Heads.Select(head => head.Key.Id.Value).ShouldBe(Enumerable.Range(0, Writers).Select(i => $"thread-{i}"), ignoreOrder: true);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{report}; {writers.Sum(writer => writer.Attempts.Failed)} attempts failed, {writers.Sum(writer => writer.Attempts.Unknown)} with an unknown outcome");
        return writers.Sum(writer => writer.Attempts.Failed);
    }

    /// <summary>Waits until some commits stand; a writer that ends with an error ends the wait.</summary>
    private static async Task WaitAsync(SemaphoreSlim progress, List<Task> running, int commits)
    {
        for (var i = 0; i < commits; i++)
        {
            if (!await progress.WaitAsync(Patience.Limit, TestContext.Current.CancellationToken))
            {
                throw new TimeoutException($"No commit was acknowledged for {Patience.Limit}.");
            }

            if (running.Find(task => task.IsFaulted) is { } failed)
            {
                await failed;
            }
        }
    }
}

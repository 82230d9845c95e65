using Holdfast.Servers;
using Holdfast.Testing;

namespace Holdfast.Redis.Tests;

/// <summary>The master becomes a replica, and the replica the master, while a log is connected to both.</summary>
public sealed class FailoverTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Roles_ThatAreSwapped_AreNoticedByTheNextWrite(bool isUsersOwn)
    {
        await using var one = await RedisServer.StartAsync();
        await using var two = await RedisServer.StartAsync();
        await FollowAsync(two, one);

        // The client looks at roles by itself once in this time, too late for anyone who waits.
        var configuration = $"{one.Address},{two.Address},configCheckSeconds=86400";
        await using var connection = isUsersOwn ? await SharedServers.ConnectAsync(configuration) : null;
        await using var log = new RedisCommitLog(connection is null ? new() { Configuration = configuration, CommandTimeout = SharedServers.Patience } : new() { Connection = connection, CommandTimeout = SharedServers.Patience });
        var writer = new RetryingWriter(log, ThreadKey.Of("a"));
        await writer.AppendAsync();
        foreach (var (from, to) in ((RedisServer, RedisServer)[])[(one, two), (two, one)])
        {
            // What has not reached the replica is lost by such a change, which is not what this is about.
            await WaitForOffsetAsync(to, from);
            (await to.SendAsync("REPLICAOF", "NO", "ONE")).ShouldStartWith("+OK");
            await FollowAsync(from, to);

            await writer.AppendAsync().WaitAsync(SharedServers.Patience, TimeProvider.System, Cancellation);

            writer.Attempts.Unknown.ShouldBe(0, "a replica refuses for certain");
            await HistoryChecker.CheckAsync(log, writer.Acknowledged, Cancellation);
        }
    }

    [Fact]
    public async Task Server_ThatStaysAReplica_IsAskedForItsRoleOnceASecondAtMost()
    {
        await using var master = await RedisServer.StartAsync();
        await using var server = await RedisServer.StartAsync();
        await using var log = new RedisCommitLog(new() { Configuration = server.Address, CommandTimeout = SharedServers.Patience });
        await new ThreadWriter(ThreadKey.Of("a")).AppendAsync(log, cancellationToken: Cancellation);
        await FollowAsync(server, master);
        await server.SendAsync("CONFIG", "RESETSTAT");
        var started = TimeProvider.System.GetTimestamp();

        for (var i = 0; i < 50; i++)
        {
            var error = await Should.ThrowAsync<StoreUnavailableException>(async () => await new ThreadWriter(ThreadKey.Of("b")).AppendAsync(log, cancellationToken: Cancellation));
            error.OutcomeUnknown.ShouldBeFalse(error.ToString());
        }

        var looks = (int)TimeProvider.System.GetElapsedTime(started).TotalSeconds + 1;
        var stats = (await server.SendAsync("INFO", "commandstats")).Split("\r\n");
        var infos = stats.Where(line => line.StartsWith("cmdstat_info:", StringComparison.Ordinal)).Select(line => int.Parse(line.Split('=', ',')[1], null)).SingleOrDefault();
        infos.ShouldBeLessThanOrEqualTo(looks * 4 + 1, "each look asks a few times");
    }

    private static async Task FollowAsync(RedisServer replica, RedisServer master)
    {
        (await replica.SendAsync("REPLICAOF", "127.0.0.1", $"{master.Port}")).ShouldStartWith("+OK");
        await WaitForOffsetAsync(replica, master);
    }

    private static async Task WaitForOffsetAsync(RedisServer replica, RedisServer master)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var (follower, leader) = (await ReplicationAsync(replica), await ReplicationAsync(master));
            if (follower.GetValueOrDefault("master_link_status") == "up" && follower["slave_repl_offset"] == leader["master_repl_offset"])
            {
                return;
            }

            TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(SharedServers.Patience, "the replica does not follow");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
        }
    }

    private static async Task<Dictionary<string, string>> ReplicationAsync(RedisServer server)
        => (await server.SendAsync("INFO", "replication")).Split("\r\n").Select(line => line.Split(':', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
}

using System.Globalization;
using Holdfast.Logs;
using Holdfast.Servers;

namespace Holdfast.Redis.Tests;

/// <summary>What calls ask of the server.</summary>
public sealed class CostTests : IAsyncLifetime
{
    private RedisServer? _server;
    private RedisCommitLog? _log;

    private RedisServer Server => _server!;

    private RedisCommitLog Log => _log!;

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServer.StartAsync();
        _log = new(new() { Configuration = _server.Address });
    }

    public async ValueTask DisposeAsync()
    {
        await Log.DisposeAsync();
        await Server.DisposeAsync();
    }

    [Fact]
    public async Task Commit_ToAThread_IsOneCallOfACachedScript()
    {
        var thread = new Testing.ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendAsync(Log, new() { Head = head => head with { UserId = "ann", ExpiresAt = new(2190, 1, 1, 0, 0, 0, TimeSpan.Zero) } });

        var calls = await CallsAsync(() => thread.AppendManyAsync(Log, 10));

        calls.ShouldContainKeyAndValue("evalsha", 10);
        calls.ShouldContainKeyAndValue("xadd", 10);
        calls.ShouldContainKeyAndValue("zadd", 10);
        calls.ShouldNotContainKey("eval");
        calls.Keys.ShouldNotContain(name => name.StartsWith("get", StringComparison.Ordinal) || name.StartsWith("xrange", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Commit_ThatChangesNoMoreOfTheHead_WritesLittleBesideItsBody()
    {
        const int LargestRest = 400;
        var thread = new Testing.ThreadWriter(ThreadKey.Of("a"));
        var draft = new Testing.EntryDraft { Body = new byte[1300], Head = head => head with { UserId = "ann", Agent = new('a', 200) } };
        await thread.AppendAsync(Log, draft);
        var before = await AppendOnlyBytesAsync();

        for (var i = 0; i < 10; i++)
        {
            await thread.AppendAsync(Log, draft);
        }

        (await AppendOnlyBytesAsync() - before).ShouldBeInRange(10 * 1300, 10 * (1300 + LargestRest));
    }

    [Fact]
    public async Task Commit_InTheMillisecondOfTheOneBefore_LeavesTheIndexAsItIs()
    {
        var thread = new Testing.ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendAsync(Log);

        var calls = await CallsAsync(() => thread.AppendAsync(Log, new() { At = thread.Head!.UpdatedAt }));

        calls.ShouldContainKeyAndValue("xadd", 1);
        calls.ShouldNotContainKey("zadd");
        (await Log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default })).Heads.ShouldHaveSingleItem().Version.ShouldBe(2);
    }

    [Fact]
    public async Task Commit_InACluster_IsOneCallForTheThreadAndOneForTheIndex()
    {
        await using var cluster = await RedisCluster.StartAsync();
        await using var log = new RedisCommitLog(new() { Configuration = cluster.Addresses });
        var thread = new Testing.ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendManyAsync(log, 2);

        var calls = await CallsAsync(cluster.Masters, () => thread.AppendManyAsync(log, 10));

        calls.ShouldContainKeyAndValue("evalsha", 20);
        calls.ShouldContainKeyAndValue("xadd", 10);
        calls.ShouldContainKeyAndValue("zadd", 10);
        calls.ShouldNotContainKey("eval");
    }

    [Fact]
    public async Task Commit_InAClusterThatChangesWhatTheIndexKnows_TellsItBeforeAndCleansItAfterwards()
    {
        await using var cluster = await RedisCluster.StartAsync();
        var thread = new Testing.ThreadWriter(ThreadKey.Of("a"));
        await using (var log = new RedisCommitLog(new() { Configuration = cluster.Addresses }))
        {
            await new Testing.ThreadWriter(ThreadKey.Of("first")).AppendAsync(log);
            await thread.AppendManyAsync(log, 2);
            (await CallsAsync(cluster.Masters, () => new Testing.ThreadWriter(ThreadKey.Of("b")).AppendAsync(log))).ShouldContainKeyAndValue("evalsha", 2);
            await thread.AppendAsync(log, new() { Head = head => head with { Status = ThreadStatus.Thinking } });
        }

        var calls = await CallsAsync(cluster.Masters, async () =>
        {
            await using var log = new RedisCommitLog(new() { Configuration = cluster.Addresses });
            await thread.AppendAsync(log, new() { Head = head => head with { Status = ThreadStatus.Idle } });
        });

        // The first two are sent together, and the last one is not waited for.
        calls.ShouldContainKeyAndValue("evalsha", 4);
        calls.ShouldContainKeyAndValue("xadd", 1);
        calls.ShouldContainKeyAndValue("zrem", 3);
    }

    [Fact]
    public async Task Scripts_ThatTheServerHasLost_AreSentOnceAgain()
    {
        var thread = new Testing.ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendManyAsync(Log, 2);
        await Server.SendAsync("SCRIPT", "FLUSH");

        var calls = await CallsAsync(() => thread.AppendManyAsync(Log, 10));

        calls.ShouldContainKeyAndValue("eval", 1);
        calls.ShouldContainKeyAndValue("xadd", 10);
    }

    [Fact]
    public async Task ReadTail_OfAThread_IsOneCall()
    {
        var thread = new Testing.ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendManyAsync(Log, 30, keyframes: [20]);
        await Log.ReadTailAsync(thread.Key);

        (await CallsAsync(async () => await Log.ReadTailAsync(thread.Key, 25))).ShouldContainKeyAndValue("evalsha", 1);
    }

    [Fact]
    public async Task List_OfAPage_ReadsTheIndexOnceAndTheHeadsOfThatPageOnly()
    {
        for (var i = 0; i < 200; i++)
        {
            await new Testing.ThreadWriter(ThreadKey.Of($"{i}")).AppendAsync(Log);
        }

        await Log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default });

        var calls = await CallsAsync(async () => await Log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default, Filter = new() { PageSize = 20 } }));

        calls.ShouldContainKeyAndValue("evalsha", 1);
        calls.ShouldContainKeyAndValue("hgetall", 21);
        calls.ShouldNotContainKey("xrange");
    }

    [Theory]
    [InlineData(ThreadOrder.Id)]
    [InlineData(ThreadOrder.RecentlyUpdated)]
    public async Task List_OfAPrefix_ReadsTheHeadsOfThoseThreadsOnly(ThreadOrder order)
    {
        for (var i = 0; i < 200; i++)
        {
            await new Testing.ThreadWriter(ThreadKey.Of($"user-{i % 50}/chat-{i}")).AppendAsync(Log);
        }

        var query = new HeadQuery { Space = ThreadSpace.Threads, AsOf = default, Filter = new() { IdPrefix = "user-42/", Order = order } };
        (await Log.ListAsync(query)).Heads.Count.ShouldBe(4);

        var calls = await CallsAsync(async () => await Log.ListAsync(query));

        calls.ShouldContainKeyAndValue("evalsha", 1);
        calls.ShouldContainKeyAndValue("hgetall", 4);
        calls["zscore"].ShouldBeLessThan(20);
    }

    private async Task<long> AppendOnlyBytesAsync()
    {
        const string Name = "aof_current_size:";
        var answer = await Server.SendAsync("INFO", "persistence");
        return long.Parse(answer.Split("\r\n").Single(line => line.StartsWith(Name, StringComparison.Ordinal))[Name.Length..], CultureInfo.InvariantCulture);
    }

    private Task<Dictionary<string, int>> CallsAsync(Func<Task> action) => CallsAsync([Server], action);

    private static async Task<Dictionary<string, int>> CallsAsync(IReadOnlyList<RedisServer> servers, Func<Task> action)
    {
        await Task.WhenAll(servers.Select(server => server.SendAsync("CONFIG", "RESETSTAT")));
        await action();
        // Such as cmdstat_evalsha:calls=10,usec=125,…
        return (await Task.WhenAll(servers.Select(server => server.SendAsync("INFO", "commandstats"))))
            .SelectMany(answer => answer.Split("\r\n"))
            .Select(line => line.Split("cmdstat_")[^1].Split(':', '=', ','))
            .Where(parts => parts is [_, "calls", ..])
            .GroupBy(parts => parts[0], parts => int.Parse(parts[2], CultureInfo.InvariantCulture), StringComparer.Ordinal)
            .ToDictionary(calls => calls.Key, calls => calls.Sum(), StringComparer.Ordinal);
    }
}

using System.Globalization;
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

        await Log.ListAsync(new() { AsOf = default });

        var calls = await CallsAsync(async () => await Log.ListAsync(new() { AsOf = default, Filter = new() { PageSize = 20 } }));

        calls.ShouldContainKeyAndValue("evalsha", 1);
        calls.ShouldContainKeyAndValue("hmget", 21);
        calls.ShouldNotContainKey("xrange");
    }

    private async Task<Dictionary<string, int>> CallsAsync(Func<Task> action)
    {
        await Server.SendAsync("CONFIG", "RESETSTAT");
        await action();
        // Such as cmdstat_evalsha:calls=10,usec=125,…
        return (await Server.SendAsync("INFO", "commandstats")).Split("\r\n")
            .Select(line => line.Split("cmdstat_")[^1].Split(':', '=', ','))
            .Where(parts => parts is [_, "calls", ..])
            .ToDictionary(parts => parts[0], parts => int.Parse(parts[2], CultureInfo.InvariantCulture), StringComparer.Ordinal);
    }
}

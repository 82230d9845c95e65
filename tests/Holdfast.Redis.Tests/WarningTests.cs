using Holdfast.Redis.Connecting;
using Holdfast.Redis.Maintenance;
using Holdfast.Servers;
using Holdfast.Testing;
using StackExchange.Redis;

namespace Holdfast.Redis.Tests;

/// <summary>Settings of servers under which commits can be lost are told of.</summary>
public sealed class WarningTests
{
    [Fact]
    public async Task Warnings_OfADurableServer_AreNone() => (await WarningsAsync(["--maxmemory", "1gb", "--maxmemory-policy", "noeviction"])).ShouldBeEmpty();

    [Theory]
    [InlineData("appendonly yes", "--appendonly", "no")]
    [InlineData("appendfsync everysec", "--appendfsync", "everysec")]
    [InlineData("appendfsync no", "--appendfsync", "no")]
    [InlineData("maxmemory-policy allkeys-lru", "--maxmemory", "1gb", "--maxmemory-policy", "allkeys-lru")]
    [InlineData("maxmemory-policy volatile-ttl", "--maxmemory", "1gb", "--maxmemory-policy", "volatile-ttl")]
    [InlineData("bytes of 'maxmemory'", "--maxmemory", "1mb")]
    public async Task Warnings_OfAServerThatCanLoseCommits_NameTheSetting(string expected, params string[] settings)
        => (await WarningsAsync(settings)).ShouldHaveSingleItem().ShouldContain(expected);

    [Fact]
    public async Task Warnings_OverAConnectionThatIsNotForAdministration_AreKnownOrSaidNotToBe()
    {
        await using var server = await RedisServer.StartAsync();
        using var connection = await SharedServers.ConnectAsync(server.Address);
        await using var log = new RedisCommitLog(new() { Connection = connection });

        // Version 2 of the client lets such a connection ask for them, version 3 does not.
        var warnings = await log.GetWarningsAsync(TestContext.Current.CancellationToken);
        (warnings is [] || warnings.Single().Contains("allowAdmin=true", StringComparison.Ordinal)).ShouldBeTrue();
        await connection.CloseAsync(allowCommandsToComplete: false);
    }

    [Theory]
    [InlineData(-3, 1)]
    [InlineData(3, 1)]
    [InlineData(0, 0)]
    public async Task Warnings_OfAServerWhoseClockDiffers_NameBothClocks(int days, int expected)
    {
        await using var server = await RedisServer.StartAsync();
        await using var connection = new RedisConnection(new RedisLogOptions { Configuration = server.Address }.Validated());
        var here = TimeProvider.System.GetUtcNow().AddDays(days);

        var warnings = (await new ServerInspection(connection, new FakeTimeProvider(here)).InspectAsync(TestContext.Current.CancellationToken)).Select(finding => finding.ToString()).ToList();

        warnings.Count.ShouldBe(expected);
        warnings.ShouldAllBe(warning => warning.Contains($"{here:u}", StringComparison.Ordinal) && warning.StartsWith(server.Address, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Warnings_OfACluster_TellOfEachMaster()
    {
        await using var cluster = await RedisCluster.StartAsync();
        await using var log = new RedisCommitLog(new() { Configuration = cluster.Addresses });
        (await log.GetWarningsAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
        foreach (var master in cluster.Masters)
        {
            await master.SendAsync("CONFIG", "SET", "appendonly", "no");
        }

        var warnings = await log.GetWarningsAsync(TestContext.Current.CancellationToken);

        warnings.Count.ShouldBe(3);
        cluster.Masters.ShouldAllBe(master => warnings.Any(warning => warning.StartsWith(master.Address, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Advice_IsAboutHowTheServerIsSetUp()
    {
        await using var server = await RedisServer.StartAsync("--appendonly", "no", "--maxmemory", "1gb", "--maxmemory-policy", "allkeys-lru");
        await using var log = new RedisCommitLog(new() { Configuration = server.Address });

        (await log.GetAdviceAsync(TestContext.Current.CancellationToken)).Select(advice => (advice.Code, advice.Action)).ShouldBe(
            [(AdviceCodes.RedisAppendOnly, "Set 'appendonly yes'."), (AdviceCodes.RedisEviction, "Set 'maxmemory-policy noeviction'.")]);
        await server.SendAsync("CONFIG", "SET", "maxmemory-policy", "noeviction");
        await server.SendAsync("CONFIG", "SET", "appendonly", "yes");
        await server.SendAsync("CONFIG", "SET", "appendfsync", "everysec");
        (await log.GetAdviceAsync(TestContext.Current.CancellationToken)).ShouldHaveSingleItem().Code.ShouldBe(AdviceCodes.RedisFsync);
    }

    private static async Task<IReadOnlyList<string>> WarningsAsync(IReadOnlyList<string> settings)
    {
        await using var server = await RedisServer.StartAsync(settings);
        await using var log = new RedisCommitLog(new() { Configuration = server.Address });
        return await log.GetWarningsAsync(TestContext.Current.CancellationToken);
    }
}

using Holdfast.Logs;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Holdfast.Redis.Tests;

public sealed class HostingTests : RedisLogTest
{
    [Fact]
    public async Task UseRedis_StoresIntoTheServer()
    {
        var address = await SharedServers.ConfigurationAsync(ServerKind.SingleServer);
        await using (var services = new ServiceCollection()
            .AddHoldfast(holdfast => holdfast.UseRedis(address, options => options.KeyPrefix = Prefix)).BuildServiceProvider())
        {
            await Thread("a").AppendAsync(services.GetRequiredService<ICommitLog>(), cancellationToken: Cancellation);
        }

        var log = await OpenAsync(ServerKind.SingleServer);
        (await log.GetHeadAsync(ThreadKey.Of("a"), Cancellation))!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task UseRedis_OverAConnectionAmongTheServices_LeavesItOpen()
    {
        var connection = (await OpenRawAsync(ServerKind.SingleServer)).Multiplexer;
        await using (var services = new ServiceCollection()
            .AddSingleton<IConnectionMultiplexer>(connection)
            .AddHoldfast("named", holdfast => holdfast.UseRedis(
                found => found.GetRequiredService<IConnectionMultiplexer>(),
                options => (options.KeyPrefix, options.Database) = (Prefix, 2)))
            .BuildServiceProvider())
        {
            var log = services.GetRequiredKeyedService<ICommitLog>("named");
            await Thread("a").AppendAsync(log, cancellationToken: Cancellation);
            log.Description.ShouldContain("database 2");
            await log.DisposeAsync();
            (await connection.GetDatabase(2).KeyExistsAsync(Keys.Head(ThreadKey.Of("a")))).ShouldBeTrue();
            (await connection.GetDatabase(0).KeyExistsAsync(Keys.Head(ThreadKey.Of("a")))).ShouldBeFalse();
        }
    }

    [Fact]
    public async Task UseRedis_WithoutAServer_FailsWhenTheStoreIsMade()
    {
        await using var services = new ServiceCollection().AddHoldfast(holdfast => holdfast.UseRedis(_ => { })).BuildServiceProvider();

        Should.Throw<StateConfigurationException>(() => services.GetRequiredService<AgentStateStore>()).Message.ShouldContain(nameof(RedisLogOptions.Configuration));
    }
}

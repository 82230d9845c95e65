using Holdfast.Logs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
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
    public async Task UseRedis_TellsTheLoggerOfTheHostWhatItFindsDamaged()
    {
        var (address, told) = (await SharedServers.ConfigurationAsync(ServerKind.SingleServer), new Told());
        await using var services = new ServiceCollection()
            .AddSingleton<ILogger<RedisCommitLog>>(told)
            .AddHoldfast(holdfast => holdfast.UseRedis(address, options => options.KeyPrefix = Prefix)).BuildServiceProvider();
        var (log, raw) = (services.GetRequiredService<ICommitLog>(), await OpenRawAsync(ServerKind.SingleServer));
        await Thread("damaged").AppendAsync(log, cancellationToken: Cancellation);
        await raw.HashSetAsync(Keys.Head(ThreadKey.Of("damaged")), "j", "{");
        await ListAsync(log);
        await ListAsync(log);
        told.Messages.ShouldHaveSingleItem().ShouldContain("damaged", customMessage: "once, however often it is met");

        await raw.KeyDeleteAsync(Keys.Updated(Default));
        await raw.StringSetAsync(Keys.Updated(Default), "somebody else's");
        await Thread("b").AppendAsync(log, cancellationToken: Cancellation);
        told.Messages[^1].ShouldContain("RepairIndexAsync");
    }

    [Fact]
    public async Task UseRedis_WithoutAServer_FailsWhenTheStoreIsMade()
    {
        await using var services = new ServiceCollection().AddHoldfast(holdfast => holdfast.UseRedis(_ => { })).BuildServiceProvider();

        Should.Throw<StateConfigurationException>(() => services.GetRequiredService<AgentStateStore>()).Message.ShouldContain(nameof(RedisLogOptions.Configuration));
    }

    private sealed class Told : ILogger<RedisCommitLog>
    {
        public List<string> Messages { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => Messages.Add(formatter(state, exception));
    }
}

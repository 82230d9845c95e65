using System.Collections.Concurrent;
using Holdfast.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Holdfast.Backends.Tests;

/// <summary>What an application that hosts a store sees, above all while the server is away.</summary>
public sealed class HostingTests
{
    [Fact]
    public async Task Redis_Away_IsUnhealthy_AndAnUpdateWaitsForItsReturn()
    {
        await using var server = await RedisServer.StartAsync();
        await OutageAsync(holdfast => holdfast.UseRedis(server.Address), server.KillAsync, server.StartAsync);
    }

    [Fact]
    public async Task Postgres_Away_IsUnhealthy_AndAnUpdateWaitsForItsReturn()
    {
        await using var server = await PostgresServer.StartAsync();
        await OutageAsync(holdfast => holdfast.UsePostgres(server.ConnectionString()), () => server.StopAsync("immediate"), server.StartAgainAsync);
    }

    [Fact]
    public async Task DynamoDb_Away_IsUnhealthy_AndAnUpdateWaitsForItsReturn()
    {
        await using var server = await DynamoDbServer.StartAsync(onDisk: true);
        await OutageAsync(
            holdfast => holdfast.UseDynamoDb(options =>
            {
                (options.ServiceUrl, options.Region, options.CreateTable) = (server.Url, "us-east-1", true);
                options.Credentials = new Amazon.Runtime.BasicAWSCredentials("local", "local");
                options.Timeout = Patience.Call;
            }),
            server.KillAsync,
            server.StartAgainAsync);
    }

    [Fact]
    public async Task Builders_TakeUrls()
    {
        await StoreAsync(Backend.Redis, (holdfast, url) => holdfast.UseRedis(url));
        await StoreAsync(Backend.Postgres, (holdfast, url) => holdfast.UsePostgres(url));
        await StoreAsync(Backend.DynamoDb, (holdfast, url) => holdfast.UseDynamoDb(url, options => options.Credentials = new Amazon.Runtime.BasicAWSCredentials("local", "local")));
    }

    [Fact]
    public async Task UseFiles_WritesWarningsToTheLoggingOfTheHost()
    {
        var url = await Servers.NewUrlAsync(Backend.Files);
        var directory = url["file:".Length..];
        var warnings = new Warnings();
        await using var services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(warnings))
            .AddHoldfast(holdfast => holdfast.UseFiles(directory))
            .BuildServiceProvider();
        var store = services.GetRequiredService<AgentStateStore>();
        await store.UpdateAsync("a", session => session.Variables.Set("x", 1));
        var file = Directory.GetFiles(directory, "a.jsonl", SearchOption.AllDirectories).ShouldHaveSingleItem();
        File.Delete(file);
        Directory.CreateDirectory(file);

        (await store.ListAsync().ToListAsync()).ShouldBeEmpty();

        warnings.Texts.ShouldHaveSingleItem().ShouldContain(file);
    }

    private static async Task StoreAsync(Backend backend, Action<HoldfastBuilder, string> use)
    {
        var url = await Servers.NewUrlAsync(backend);
        await using var services = new ServiceCollection().AddHoldfast(holdfast => use(holdfast, url)).BuildServiceProvider();
        var store = services.GetRequiredService<AgentStateStore>();
        await store.UpdateAsync("a", session => session.Variables.Set("x", 1));
        (await store.OpenAsync("a")).Version.ShouldBe(1);
    }

    private static async Task OutageAsync(Action<HoldfastBuilder> use, Func<Task> stop, Func<Task> start)
    {
        var services = new ServiceCollection().AddLogging();
        services.AddHealthChecks().AddHoldfast(timeout: TimeSpan.FromSeconds(15));
        services.AddHoldfast(holdfast =>
        {
            use(holdfast);
            holdfast.Configure(options => options.Retry = new() { MaxRetries = 100 });
        });
        await using var provider = services.BuildServiceProvider();
        var health = provider.GetRequiredService<HealthCheckService>();
        var store = provider.GetRequiredService<AgentStateStore>();
        await store.UpdateAsync("a", session => session.Variables.Set("x", 1));
        await UntilHealthyAsync();

        // DynamoDB Local acknowledges a transaction a moment before it is in its file, and carries out one after the other: with this answer the one before is stored.
        await store.UpdateAsync("another", session => session.Variables.Set("x", 1));
        await stop();
        (await health.CheckHealthAsync()).Status.ShouldBe(HealthStatus.Unhealthy);
        var update = store.UpdateAsync("a", session => session.Variables.Set("x", session.Variables.Get<int>("x") + 1)).AsTask();
        await start();
        await update.WaitAsync(Patience.Limit);

        await UntilHealthyAsync();
        var read = await store.OpenAsync("a");
        (read.Variables.Get<int>("x"), read.Version).ShouldBe((2, 2));
        (await store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();

        // A check has little time, which a busy machine may need for something else.
        Task UntilHealthyAsync() => Patience.UntilAsync("the store is healthy", async () => (await health.CheckHealthAsync()).Status == HealthStatus.Healthy);
    }

    private sealed class Warnings : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Texts { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Texts.Enqueue(formatter(state, exception));
            }
        }

        public void Dispose()
        {
        }
    }
}

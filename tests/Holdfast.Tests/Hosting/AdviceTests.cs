using System.Reflection;
using Holdfast.Logs;
using Holdfast.Testing.Tests;
using Holdfast.Tests.Architecture;
using Holdfast.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Holdfast.Tests.Hosting;

public sealed class AdviceTests
{
    private static readonly Advice Own = new("backend-of-my-own", "Something is odd.", "Put it right.");

    private readonly CapturedLog _log = new();

    [Fact]
    public async Task Expiry_WithoutCleanup_IsToldOnceWithWhatToDo()
    {
        using var host = await StartAsync(holdfast => holdfast.UseLog(_ => new DurableLog()).Configure(options => options.Expiry = ExpiryPolicy.After(TimeSpan.FromHours(1))));

        var (level, _, text, _) = Told().ShouldHaveSingleItem();
        level.ShouldBe(LogLevel.Warning);
        text.ShouldStartWith("Advice expiry-without-cleanup: Threads expire, but nothing removes those that have");
        text.ShouldContain("Call AddCleanup()");
        text.ShouldEndWith("docs/advice.md#expiry-without-cleanup");
    }

    [Fact]
    public async Task Expiry_ThatIsCleanedUp_OrIsThatOfTheBackend_IsFine()
    {
        static void Expire(AgentStateOptions options) => options.Expiry = ExpiryPolicy.After(TimeSpan.FromHours(1));
        using var code = await StartAsync(holdfast => holdfast.UseLog(_ => new DurableLog()).Configure(Expire).AddCleanup());
        using var native = await StartAsync(holdfast => holdfast.UseLog(_ => new DurableLog { More = LogCapabilities.NativeExpiry }).Configure(Expire));
        using var section = await StartAsync(
            holdfast => holdfast.UseLog(_ => new DurableLog()), new() { ["Holdfast:Expiry:After"] = "01:00:00", ["Holdfast:Cleanup"] = "true" });

        Told().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Production", true)]
    [InlineData("Development", false)]
    public async Task Memory_IsNotForProduction(string environment, bool isTold)
    {
        using var host = await StartAsync(holdfast => holdfast.UseInMemory(), environment: environment);

        Told().Select(told => told.Text.Split(':')[0]).ShouldBe(isTold ? ["Advice not-durable"] : []);
    }

    [Theory]
    [InlineData(19, 19, false)]
    [InlineData(500, 19, false)]
    [InlineData(21, 21, true)]
    public async Task Backend_ThatIsFarAway_IsTold(int first, int others, bool isTold)
    {
        var clock = new FakeTimeProvider();
        var log = new DurableLog { Delay = call => clock.Advance(TimeSpan.FromMilliseconds(call == 1 ? first : others)) };
        using var host = await StartAsync(holdfast => holdfast.UseLog(_ => log).Configure(options => options.TimeProvider = clock));

        Told().Select(told => told.Text.Contains("slow-round-trip: A request to the backend takes 21 ms", StringComparison.Ordinal)).ShouldBe(isTold ? [true] : []);
    }

    [Fact]
    public async Task Backend_AndAdvisors_AreAsked_AndThoseThatFailKeepNothingFromStarting()
    {
        using var host = await StartAsync(
            holdfast => holdfast.UseLog(_ => new AdvisingLog(new StoreUnavailableException("away"))).Services
                .AddSingleton<IAdvisor>(new Advisor(new InvalidOperationException("defect"))).AddSingleton<IAdvisor>(new Advisor(null)));

        Told().ShouldHaveSingleItem().Text.ShouldStartWith("Advice backend-of-my-own: Something is odd. Put it right.");
    }

    [Fact]
    public async Task WhatEndsByItself_OrCannotBeMade_DoesNotEndTheHost()
    {
        using var slow = await StartAsync(holdfast => holdfast.UseLog(_ => new AdvisingLog(new TaskCanceledException("a time-out of its own"))));
        using var broken = await StartAsync(holdfast => holdfast.UseLog(_ => throw new InvalidOperationException("no such server")));

        foreach (var host in new[] { slow, broken })
        {
            host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested.ShouldBeFalse();
        }

        Told().ShouldBeEmpty();
    }

    [Fact]
    public async Task Advice_OfTheBackend_IsTold()
    {
        using var host = await StartAsync(holdfast => holdfast.UseLog(_ => new AdvisingLog(null)));

        Told().ShouldHaveSingleItem().Text.ShouldStartWith("Advice backend-of-my-own: ");
    }

    [Fact]
    public async Task Advice_ThatIsSilenced_IsNotTold()
    {
        using var code = await StartAsync(holdfast => holdfast.UseLog(_ => new AdvisingLog(null)).SilenceAdvice(Own.Code));
        using var section = await StartAsync(holdfast => holdfast.UseLog(_ => new AdvisingLog(null)), new() { ["Holdfast:Advice:Silence:0"] = Own.Code });

        Told().ShouldBeEmpty();
        Should.Throw<ArgumentException>(() => new ServiceCollection().AddHoldfast(holdfast => holdfast.SilenceAdvice("")));
    }

    [Fact]
    public async Task HealthCheck_TellsTheAdviceAndStaysHealthy()
    {
        using var host = await StartAsync(holdfast => holdfast.UseLog(_ => new AdvisingLog(null)).Services.AddHealthChecks().AddHoldfast());

        var entry = (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["holdfast"];

        entry.Status.ShouldBe(HealthStatus.Healthy);
        entry.Data["advice"].ShouldBeAssignableTo<IEnumerable<string>>().ShouldBe(["backend-of-my-own: Something is odd. Put it right."]);
    }

    [Theory]
    [InlineData(DriveType.Network, 1)]
    [InlineData(DriveType.Fixed, 0)]
    [InlineData(DriveType.Unknown, 0)]
    public void Files_OnANetwork_AreTold(DriveType kind, int expected)
    {
        var asked = "";
        var advice = NetworkDrives.Advise(Path.Combine(Path.GetTempPath(), "not", "there", "yet"), "The database file", path =>
        {
            asked = path;
            return kind;
        });

        advice.Count(one => one.Code == AdviceCodes.NetworkFileSystem && one.Text.StartsWith("The database file is on a network file system", StringComparison.Ordinal)).ShouldBe(expected);
        Directory.Exists(asked).ShouldBeTrue();
        NetworkDrives.Advise(Path.GetTempPath(), "It").ShouldBeEmpty();
    }

    [Fact]
    public void EveryCode_IsDocumented()
    {
        var headings = File.ReadAllLines(Path.Combine(SourceTree.Root, "docs", "advice.md")).Where(line => line.StartsWith("## ", StringComparison.Ordinal)).Select(line => line[3..]);

        headings.ShouldBe(typeof(AdviceCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!));
    }

    private IReadOnlyList<(LogLevel Level, EventId Id, string Text, Exception? Exception)> Told() => [.. _log.Events.Where(told => told.Id.Id == EventIds.AdviceFound)];

    // Returns when everything that can be known at the start was found.
    private async Task<IHost> StartAsync(Action<HoldfastBuilder> configure, Dictionary<string, string?>? section = null, string environment = "Production")
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { EnvironmentName = environment });
        builder.Logging.AddProvider(_log);
        if (section is null)
        {
            builder.Services.AddHoldfast(configure);
        }
        else
        {
            builder.Configuration.AddInMemoryCollection(section);
            builder.Services.AddHoldfast(builder.Configuration.GetSection("Holdfast"), configure);
        }

        var host = builder.Build();
        await host.StartAsync();
        await host.Services.GetServices<IHostedService>().OfType<AdviceService>().Single().ExecuteTask!;
        return host;
    }

    private class DurableLog() : DelegatingLog(new InMemoryCommitLog())
    {
        private int _calls;

        public LogCapabilities More { get; init; }

        public Action<int>? Delay { get; init; }

        public override LogCapabilities Capabilities => LogCapabilities.Durable | More;

        public override ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
        {
            Delay?.Invoke(++_calls);
            return base.GetHeadAsync(request, cancellationToken);
        }
    }

    private sealed class AdvisingLog(Exception? error) : DurableLog, IGivesAdvice
    {
        public Task<IReadOnlyList<Advice>> GetAdviceAsync(CancellationToken cancellationToken = default)
            => error is null ? Task.FromResult<IReadOnlyList<Advice>>([Own]) : Task.FromException<IReadOnlyList<Advice>>(error);
    }

    private sealed class Advisor(Exception? error) : IAdvisor
    {
        public ValueTask<IReadOnlyList<Advice>> AdviseAsync(AgentStateStore store, CancellationToken cancellationToken) => error is null ? new([Own]) : throw error;
    }
}

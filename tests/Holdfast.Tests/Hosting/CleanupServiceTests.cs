using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Holdfast.Tests.Hosting;

public sealed class CleanupServiceTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero));
    private readonly InMemoryCommitLog _memory = new();
    private readonly FaultInjectingLog _log;

    public CleanupServiceTests() => _log = new(_memory);

    [Fact]
    public async Task Cleanup_AsLongAsTheHostRuns_RemovesWhatHasExpired()
    {
        using var host = await StartAsync(options => options.Interval = Minute);
        var acme = host.Services.GetRequiredService<AgentStateStore>().ForTenant("acme");
        await acme.UpdateAsync("a", session => session.Say("1"));
        await acme.Thread("a").ExtendAsync(Minute * 1.5);

        await PassAsync(lists: 1);
        (await _memory.GetHeadAsync(ThreadKey.Of("acme", "a"))).ShouldNotBeNull();
        await PassAsync(lists: 1);
        await Conditions.UntilAsync(async () => await _memory.GetHeadAsync(ThreadKey.Of("acme", "a")) is null);

        await host.StopAsync();
    }

    [Fact]
    public async Task Cleanup_WithAnAge_RemovesWhatIsOldToo()
    {
        using var host = await StartAsync(options => (options.Interval, options.OlderThan) = (Minute, Minute * 1.5));
        await host.Services.GetRequiredService<AgentStateStore>().UpdateAsync("a", session => session.Say("1"));

        await PassAsync(lists: 2);
        (await _memory.GetHeadAsync(ThreadKey.Of("a"))).ShouldNotBeNull();
        await PassAsync(lists: 2);
        await Conditions.UntilAsync(async () => await _memory.GetHeadAsync(ThreadKey.Of("a")) is null);

        await host.StopAsync();
    }

    [Fact]
    public async Task Cleanup_WithAnAgeForTheArchive_MovesWhatIsOld()
    {
        var archive = new InMemoryCommitLog();
        using var host = await StartAsync(options => (options.Interval, options.ArchiveOlderThan) = (Minute, Minute * 1.5), archive: archive);
        var store = host.Services.GetRequiredService<AgentStateStore>();
        await store.UpdateAsync("a", session => session.Say("1"));
        await store.UpdateAsync("a", session => session.Say("2"));

        await PassAsync(lists: 2);
        await PassAsync(lists: 2);
        await Conditions.UntilAsync(async () => (await store.Thread("a").GetInfoAsync())!.ArchivedBelow is not null);

        (await archive.GetHeadAsync(ThreadKey.Of("a"))).ShouldNotBeNull();
        await host.StopAsync();
    }

    [Fact]
    public async Task Cleanup_ThatFails_IsLoggedAndTriedAgain()
    {
        var logged = new CapturedLog();
        using var host = await StartAsync(options => options.Interval = Minute, logged);
        var store = host.Services.GetRequiredService<AgentStateStore>();
        await store.UpdateAsync("a", session => session.Say("1"));
        await store.Thread("a").ExtendAsync(Minute);

        _log.Next(LogCall.List).FailsBefore();
        await PassAsync(lists: 1);
        await Conditions.UntilAsync(() => logged.Events.Any(entry => entry.Level == LogLevel.Error && entry.Exception is StoreUnavailableException));
        await PassAsync(lists: 1);
        await Conditions.UntilAsync(async () => await _memory.GetHeadAsync(ThreadKey.Of("a")) is null);

        await host.StopAsync();
    }

    [Fact]
    public async Task Cleanup_WithAPolicyForATenantThatIsWrong_TrimsTheOthers()
    {
        var logged = new CapturedLog();
        RetentionPolicy? Find(string tenant) => tenant switch
        {
            "unknown" => throw new KeyNotFoundException("no such tenant"),
            "wrong" => new() { MaxMessages = 0 },
            _ => new() { MaxMessages = 1 },
        };
        using var host = await StartAsync(options => (options.Interval, options.RetentionOf) = (Minute, Find), logged);
        var store = host.Services.GetRequiredService<AgentStateStore>();
        foreach (var tenant in new[] { "unknown", "wrong", "zeta" })
        {
            await store.ForTenant(tenant).UpdateAsync("a", session => session.Say("1"));
            await store.ForTenant(tenant).UpdateAsync("a", session => session.Say("2"));
        }

        await PassAsync(lists: 2);
        await Conditions.UntilAsync(async () => (await _memory.GetHeadAsync(ThreadKey.Of("zeta", "a")))!.MessageCount == 1);

        logged.Events.Select(entry => entry.Exception?.Message).ShouldSatisfyAllConditions(
            messages => messages.ShouldContain(message => message != null && message.Contains("'unknown'") && message.Contains("no such tenant")),
            messages => messages.ShouldContain(message => message != null && message.Contains("'wrong'") && message.Contains("MaxMessages")));
        (await _memory.GetHeadAsync(ThreadKey.Of("wrong", "a")))!.MessageCount.ShouldBe(2);
        await host.StopAsync();
    }

    [Fact]
    public async Task Cleanup_OfANamedStore_CleansThatStore()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddHoldfast("chats", holdfast => holdfast.UseLog(_ => _log).Configure(options => options.TimeProvider = _clock).AddCleanup());
        await _memory.AppendAsync(new ThreadWriter(ThreadKey.Of("a")).Next(new() { Head = head => head with { ExpiresAt = _clock.GetUtcNow() } }));
        using var host = builder.Build();

        await host.StartAsync();
        await Conditions.UntilAsync(async () => await _memory.GetHeadAsync(ThreadKey.Of("a")) is null);

        await host.StopAsync();
    }

    [Fact]
    public void Settings_OutOfRange_AreRefused()
    {
        var services = new ServiceCollection();

        Should.Throw<StateConfigurationException>(() => services.AddHoldfast(holdfast => holdfast.AddCleanup(options => options.Interval = TimeSpan.Zero))).Message.ShouldContain("Interval");
        Should.Throw<StateConfigurationException>(() => services.AddHoldfast(holdfast => holdfast.AddCleanup(options => options.Interval = TimeSpan.FromDays(31))));
        Should.Throw<StateConfigurationException>(() => services.AddHoldfast(holdfast => holdfast.AddCleanup(options => options.OlderThan = -Minute))).Message.ShouldContain("OlderThan");
        services.AddHoldfast(holdfast => holdfast.UseInMemory().AddCleanup());
        new CleanupServiceOptions().Interval.ShouldBe(TimeSpan.FromMinutes(10));
    }

    private async Task<IHost> StartAsync(Action<CleanupServiceOptions> configure, ILoggerProvider? logger = null, ICommitLog? archive = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddProvider(logger ?? new CapturedLog());
        builder.Services.AddHoldfast(holdfast => holdfast.UseLog(_ => _log).Configure(options => (options.TimeProvider, options.Archive) = (_clock, archive)).AddCleanup(configure));
        var host = builder.Build();
        await host.StartAsync();
        await Conditions.UntilAsync(() => _log.CountOf(LogCall.List) >= (HasAge(configure) ? 2 : 1));
        return host;
    }

    // Lets the interval pass and waits until the service has looked again: for expired threads, and for old ones if there is an age.
    private async Task PassAsync(int lists)
    {
        var before = _log.CountOf(LogCall.List);
        _clock.Advance(Minute);
        await Conditions.UntilAsync(() => _log.CountOf(LogCall.List) >= before + lists);
    }

    private static bool HasAge(Action<CleanupServiceOptions> configure)
    {
        var options = new CleanupServiceOptions();
        configure(options);
        return options.OlderThan is not null;
    }
}

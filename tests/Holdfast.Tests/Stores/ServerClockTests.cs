using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Testing.Tests;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Stores;

/// <summary>Where the server has a clock, expiry is judged by it, whatever the clock of this machine says.</summary>
public sealed class ServerClockTests
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task Expiry_IsJudgedByTheServersClock()
    {
        var memory = new InMemoryCommitLog();
        var behind = new AgentStateStore(new ClockedLog(memory, TimeSpan.FromDays(-2)));
        var ahead = new AgentStateStore(new ClockedLog(memory, TimeSpan.FromDays(2)));
        await behind.UpdateAsync("a", session => session.Say("x"));
        (await behind.Thread("a").ExtendAsync(TimeSpan.FromDays(1))).ShouldBeTrue();

        (await memory.GetHeadAsync(ThreadKey.Of("a")))!.ExpiresAt!.Value.ShouldBeInRange(Now.AddDays(-1).AddSeconds(-1), Now.AddDays(-1).AddHours(1));
        (await behind.Thread("a").GetInfoAsync()).ShouldNotBeNull();
        (await ahead.Thread("a").GetInfoAsync()).ShouldBeNull();
        (await behind.OpenAsync("a")).Version.ShouldBe(1);
        (await ahead.OpenAsync("a")).Version.ShouldBe(0);
        (await behind.ListAsync().CountAsync()).ShouldBe(1);
        (await behind.CleanupAsync()).Expired.ShouldBe(0);
        (await ahead.CleanupAsync()).Expired.ShouldBe(1);
    }

    [Fact]
    public async Task Clock_IsAskedOnlyWhereAThreadCanExpire_AndNotEachTime()
    {
        var log = new ClockedLog(new InMemoryCommitLog(), TimeSpan.Zero);
        var store = new AgentStateStore(log);
        await store.UpdateAsync("a", session => session.Say("x"));
        await store.OpenAsync("a");
        log.Asked.ShouldBe(0);

        await store.Thread("a").ExtendAsync(TimeSpan.FromDays(1));
        await store.OpenAsync("a");
        await store.OpenAsync("a");

        log.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task Clock_ThatTheApplicationGives_GoesFirst()
    {
        var log = new ClockedLog(new InMemoryCommitLog(), TimeSpan.FromDays(2));
        var store = new AgentStateStore(log, new() { TimeProvider = new FakeTimeProvider(Now) });
        await store.UpdateAsync("a", session => session.Say("x"));
        await store.Thread("a").ExtendAsync(TimeSpan.FromDays(1));

        (await store.OpenAsync("a")).Version.ShouldBe(1);
        log.Asked.ShouldBe(0);
    }

    [Fact]
    public async Task KeysWithATime_AreJudgedByTheServersClock()
    {
        var memory = new InMemoryCommitLog();
        var log = new ClockedLog(memory, TimeSpan.FromDays(2));
        var ahead = new AgentStateStore(log);
        await ahead.UpdateAsync("a", session =>
        {
            log.Asked.ShouldBe(0);
            session.Variables.Set("otp", 1, TimeSpan.FromDays(1));
        });

        var body = (await memory.ReadAsync(ThreadKey.Of("a")).SingleAsync()).Body;
        JsonElement.Parse(body.Span).GetProperty("set").GetProperty("$expires").GetProperty("variables/otp").GetDateTimeOffset()
            .ShouldBeInRange(Now.AddDays(3).AddSeconds(-1), Now.AddDays(3).AddHours(1));
        log.Asked.ShouldBe(1);
        (await new AgentStateStore(new ClockedLog(memory, TimeSpan.FromDays(2.9))).OpenAsync("a")).Variables.Contains("otp").ShouldBeTrue();
        (await new AgentStateStore(new ClockedLog(memory, TimeSpan.FromDays(4))).OpenAsync("a")).Variables.Contains("otp").ShouldBeFalse();
        (await new AgentStateStore(new ClockedLog(memory, TimeSpan.FromDays(4))).LoadAsync("a"))!.Variables.ShouldBeEmpty();
    }

    private sealed class ClockedLog(ICommitLog inner, TimeSpan ahead) : DelegatingLog(inner), IServerClock
    {
        public int Asked { get; private set; }

        public ValueTask<DateTimeOffset> GetServerTimeAsync(CancellationToken cancellationToken = default)
        {
            Asked++;
            return new(TimeProvider.System.GetUtcNow() + ahead);
        }
    }
}

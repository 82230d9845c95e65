using Holdfast.Tests.Support;

namespace Holdfast.Tests.Turns;

/// <summary>A thread that is held for work without a turn.</summary>
public sealed class ThreadLeaseTests
{
    private static readonly LeaseOptions TenSeconds = new() { Time = TimeSpan.FromSeconds(10) };

    private readonly TestStore _test = new();

    // A process that is paused: its clock stands still, so it gives no sign of life.
    private readonly AgentStateStore _paused;

    public ThreadLeaseTests()
    {
        var stopped = new FakeTimeProvider(_test.Clock.GetUtcNow());
        _paused = _test.Another(options => options.TimeProvider = stopped);
    }

    private ThreadHandle Thread => _test.Store.Thread("a");

    [Fact]
    public async Task ALease_ExcludesOtherRunners_UntilItIsReleased()
    {
        var lease = await Thread.AcquireAsync(TenSeconds);

        lease.Token.ShouldBe(1);
        lease.Until.ShouldBe(_test.Clock.GetUtcNow().AddSeconds(10));
        (await Thread.TryAcquireAsync()).ShouldBeNull();
        (await _test.Another().Thread("a").TryAcquireAsync()).ShouldBeNull();
        await Should.ThrowAsync<TurnBusyException>(async () => await Thread.BeginTurnAsync("hello", new() { WhenBusy = WhenBusy.Reject }));

        await lease.DisposeAsync();
        await using var next = await Thread.TryAcquireAsync();
        next!.Token.ShouldBeGreaterThan(lease.Token);
        await Should.ThrowAsync<ObjectDisposedException>(async () => await lease.OpenAsync());
    }

    [Fact]
    public async Task ALease_WaitsForTheTurnThatRuns()
    {
        var turn = await Thread.BeginTurnAsync("hello");
        (await Thread.TryAcquireAsync()).ShouldBeNull();
        await turn.CompleteAsync();

        await using var lease = await Thread.AcquireAsync();
        lease.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task OthersMaySetVariablesMeanwhile_AndTheHolderGoesOnOverThem()
    {
        await using var lease = await Thread.AcquireAsync();
        var (one, two) = (await lease.OpenAsync(), await lease.OpenAsync());
        one.Variables.Set("one", 1);
        two.Variables.Set("two", 2);
        await _test.Store.UpdateAsync("a", session => session.Variables.Set("other", 3));

        await one.CommitAsync();
        await two.CommitAsync();

        var read = await _test.Store.OpenAsync("a");
        (read.Variables.Get<int>("one"), read.Variables.Get<int>("two"), read.Variables.Get<int>("other")).ShouldBe((1, 2, 3));
    }

    [Fact]
    public async Task TheStatus_IsWhatTheHolderSays()
    {
        await using var lease = await Thread.AcquireAsync();
        var session = await lease.OpenAsync();
        session.Status = ThreadStatus.Thinking;
        await session.CommitAsync();

        (await Thread.GetInfoAsync())!.Status.ShouldBe(ThreadStatus.Thinking);
    }

    [Fact]
    public async Task Commits_RenewTheLeaseForFree()
    {
        await using var lease = await Thread.AcquireAsync(TenSeconds);
        var session = await lease.OpenAsync();
        var version = session.Version;
        for (var i = 0; i < 5; i++)
        {
            _test.Clock.Advance(TimeSpan.FromSeconds(3));
            session.Variables.Set("i", i);
            await session.CommitAsync();
        }

        session.Version.ShouldBe(version + 5);
        lease.Until.ShouldBe(_test.Clock.GetUtcNow().AddSeconds(10));
        (await _test.Another().Thread("a").TryAcquireAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Heartbeats_KeepTheLease_WithoutACommit()
    {
        await using var lease = await Thread.AcquireAsync(TenSeconds);
        var other = _test.Another().Thread("a");
        for (var i = 0; i < 10; i++)
        {
            (await other.TryAcquireAsync()).ShouldBeNull();
            var before = await HeartbeatAsync();
            _test.Clock.Advance(TimeSpan.FromSeconds(4));
            await Conditions.UntilAsync(async () => await HeartbeatAsync() > before);
        }

        (await Thread.GetInfoAsync())!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task AHolderThatGivesNoSignOfLife_IsTakenOver_AndCannotWriteAnyMore()
    {
        await using var lease = await _paused.Thread("a").AcquireAsync(TenSeconds);
        var session = await lease.OpenAsync();
        session.Variables.Set("x", "paused");

        (await Thread.TryAcquireAsync()).ShouldBeNull();
        _test.Clock.Advance(TimeSpan.FromSeconds(9));
        (await Thread.TryAcquireAsync()).ShouldBeNull();
        _test.Clock.Advance(TimeSpan.FromSeconds(1));
        await using var next = await Thread.TryAcquireAsync();

        next.ShouldNotBeNull();
        (await Should.ThrowAsync<LeaseLostException>(async () => await session.CommitAsync())).Token.ShouldBe(lease.Token);
        lease.Lost.IsCancellationRequested.ShouldBeTrue();
        await Should.ThrowAsync<LeaseLostException>(async () => await lease.RenewAsync());
        await Should.ThrowAsync<LeaseLostException>(async () => await lease.OpenAsync());
        await lease.ReleaseAsync();
        await next.RenewAsync();
        (await _test.Store.OpenAsync("a")).Variables.Contains("x").ShouldBeFalse();
    }

    [Fact]
    public async Task ALateHeartbeat_HelpsNobody()
    {
        var lease = await _paused.Thread("a").AcquireAsync(TenSeconds);
        (await Thread.TryAcquireAsync()).ShouldBeNull();
        _test.Clock.Advance(TenSeconds.Time);
        await using var next = await Thread.TryAcquireAsync(TenSeconds);
        var before = await HeartbeatAsync();

        await Should.ThrowAsync<LeaseLostException>(async () => await lease.RenewAsync());

        (await HeartbeatAsync()).ShouldBe(before);
        lease.Lost.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task AnErasedThread_IsNoLongerHeld()
    {
        await using var lease = await Thread.AcquireAsync();
        await Thread.EraseAsync();
        await _test.Store.UpdateAsync("a", session => session.Variables.Set("x", 1));

        await Should.ThrowAsync<LeaseLostException>(async () => await lease.RenewAsync());
        await lease.ReleaseAsync();
        (await Thread.GetInfoAsync())!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task ALeaseThatNobodyWaitsFor_IsNeverDue()
    {
        await using (await Thread.AcquireAsync())
        {
            (await HeadAsync()).DueAt.ShouldBeNull();
            await Thread.SubmitTurnAsync([new(Microsoft.Extensions.AI.ChatRole.User, "hello")]);
            (await HeadAsync()).DueAt.ShouldBe(_test.Clock.GetUtcNow() + new LeaseOptions().Time);
        }

        (await HeadAsync()).DueAt.ShouldBe(_test.Clock.GetUtcNow());
    }

    private async Task<Holdfast.Logs.ThreadHead> HeadAsync() => (await _test.Memory.GetHeadAsync(new() { Key = ThreadKey.Of("a") }))!;

    private async Task<long> HeartbeatAsync() => (await HeadAsync()).Heartbeat;
}

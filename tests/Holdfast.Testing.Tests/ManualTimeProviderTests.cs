namespace Holdfast.Testing.Tests;

public sealed class ManualTimeProviderTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly ManualTimeProvider _clock = new(Start);

    [Fact]
    public void Clock_ThatNobodyMoves_StandsStill()
    {
        _clock.GetUtcNow().ShouldBe(Start);
        _clock.GetUtcNow().ShouldBe(Start);
        _clock.GetElapsedTime(_clock.GetTimestamp()).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Advance_Forwards_MovesWallClockAndTimestampAlike()
    {
        var before = _clock.GetTimestamp();

        _clock.Advance(TimeSpan.FromMinutes(3));

        _clock.GetUtcNow().ShouldBe(Start.AddMinutes(3));
        _clock.GetElapsedTime(before).ShouldBe(TimeSpan.FromMinutes(3));
    }

    [Fact]
    public void Advance_Backwards_MovesTheWallClockOnly()
    {
        var before = _clock.GetTimestamp();

        _clock.Advance(TimeSpan.FromHours(-1));

        _clock.GetUtcNow().ShouldBe(Start.AddHours(-1));
        _clock.GetElapsedTime(before).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void SetUtcNow_ToLater_FiresWhatFallsDue()
    {
        var fired = Timer(TimeSpan.FromMinutes(1));

        _clock.SetUtcNow(Start.AddHours(1));

        fired.ShouldBe([Start.AddMinutes(1)]);
        _clock.GetUtcNow().ShouldBe(Start.AddHours(1));
    }

    [Fact]
    public void SetUtcNow_ToEarlier_FiresNothingAndPutsNoTimerOff()
    {
        var fired = Timer(TimeSpan.FromMinutes(1));

        _clock.SetUtcNow(Start.AddDays(-1));
        fired.ShouldBeEmpty();

        _clock.Advance(TimeSpan.FromMinutes(1));
        fired.ShouldBe([Start.AddDays(-1).AddMinutes(1)]);
    }

    [Fact]
    public void Timer_BeforeItsTime_DoesNotFire()
    {
        var fired = Timer(TimeSpan.FromSeconds(10));

        _clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        fired.ShouldBeEmpty();

        _clock.Advance(TimeSpan.FromTicks(1));
        fired.Count.ShouldBe(1);
    }

    [Fact]
    public void Timer_WithoutPeriod_FiresOnce()
    {
        var fired = Timer(TimeSpan.FromSeconds(1));

        _clock.Advance(TimeSpan.FromSeconds(5));
        _clock.Advance(TimeSpan.FromSeconds(5));

        fired.Count.ShouldBe(1);
        _clock.WaitingTimers.ShouldBe(0);
    }

    [Fact]
    public void Timer_WithPeriod_FiresForEachThatPasses()
    {
        var fired = Timer(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

        _clock.Advance(TimeSpan.FromSeconds(6));

        fired.ShouldBe([Start.AddSeconds(1), Start.AddSeconds(3), Start.AddSeconds(5)]);
    }

    [Fact]
    public void Timers_OfDifferentDueTimes_FireInTheirOrder()
    {
        var order = new List<string>();
        using var late = _clock.CreateTimer(_ => order.Add("late"), null, TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);
        using var early = _clock.CreateTimer(_ => order.Add("early"), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        using var second = _clock.CreateTimer(_ => order.Add("late, made later"), null, TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);

        _clock.Advance(TimeSpan.FromSeconds(2));

        order.ShouldBe(["early", "late", "late, made later"]);
    }

    [Fact]
    public void Timer_ThatWasDisposedOf_DoesNotFire()
    {
        var fired = 0;
        var timer = _clock.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        timer.Dispose();

        _clock.Advance(TimeSpan.FromSeconds(9));

        fired.ShouldBe(0);
        timer.Change(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)).ShouldBeFalse();
    }

    [Fact]
    public void Timer_ThatWasChanged_FiresAtItsNewTime()
    {
        var fired = new List<DateTimeOffset>();
        using var timer = _clock.CreateTimer(_ => fired.Add(_clock.GetUtcNow()), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        timer.Change(TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan).ShouldBeTrue();

        _clock.Advance(TimeSpan.FromSeconds(9));
        timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _clock.Advance(TimeSpan.FromSeconds(9));

        fired.ShouldBe([Start.AddSeconds(5)]);
    }

    [Fact]
    public void Timer_MadeByACallback_FiresWithinTheSameAdvance()
    {
        var fired = new List<DateTimeOffset>();
        using var first = _clock.CreateTimer(
            _ => _clock.CreateTimer(_ => fired.Add(_clock.GetUtcNow()), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan),
            null,
            TimeSpan.FromSeconds(1),
            Timeout.InfiniteTimeSpan);

        _clock.Advance(TimeSpan.FromSeconds(3));

        fired.ShouldBe([Start.AddSeconds(2)]);
        _clock.GetUtcNow().ShouldBe(Start.AddSeconds(3));
    }

    [Fact]
    public void Timer_WithoutDelay_FiresAtOnce() => Timer(TimeSpan.Zero).ShouldBe([Start]);

    [Fact]
    public async Task Delay_OnTheClock_EndsWhenTimeHasPassed()
    {
        var delay = Task.Delay(TimeSpan.FromMinutes(1), _clock, TestContext.Current.CancellationToken);
        delay.IsCompleted.ShouldBeFalse();

        _clock.Advance(TimeSpan.FromMinutes(1));

        await delay;
    }

    [Fact]
    public void CancellationSource_OnTheClock_CancelsWhenTimeHasPassed()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromSeconds(30), _clock);

        _clock.Advance(TimeSpan.FromSeconds(29));
        source.IsCancellationRequested.ShouldBeFalse();

        _clock.Advance(TimeSpan.FromSeconds(1));
        source.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task WhenTimersWait_ForCodeThatDelays_CompletesOnceItDoes()
    {
        var waiting = _clock.WhenTimersWaitAsync(2);
        var work = Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => Task.Delay(TimeSpan.FromHours(1), _clock, TestContext.Current.CancellationToken))));

        await waiting;
        _clock.WaitingTimers.ShouldBe(2);
        _clock.Advance(TimeSpan.FromHours(1));

        await work;
        await _clock.WhenTimersWaitAsync(0);
    }

    private List<DateTimeOffset> Timer(TimeSpan due, TimeSpan? period = null)
    {
        var fired = new List<DateTimeOffset>();
        _ = _clock.CreateTimer(_ => fired.Add(_clock.GetUtcNow()), null, due, period ?? Timeout.InfiniteTimeSpan);
        return fired;
    }
}

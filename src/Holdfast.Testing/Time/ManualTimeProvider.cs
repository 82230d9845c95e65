namespace Holdfast.Testing;

/// <summary>A clock that stands still until a test moves it; its timers fire when time passes them.</summary>
/// <remarks>
/// <para>
/// Thread safe. Time that passes moves the wall clock and the timestamps together, and fires the timers that fall due, in the order of their
/// due times, on the thread that moves the clock; <see cref="GetUtcNow"/> gives each callback the instant at which it was due.
/// </para>
/// <para>
/// Setting the clock back moves the wall clock only, as on a machine whose clock is corrected: timestamps never go back, and timers wait as long as before.
/// </para>
/// </remarks>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly List<(int Timers, TaskCompletionSource Reached)> _watchers = [];
    private DateTimeOffset _now;
    private TimeSpan _elapsed;
    private long _nextTimer;

    /// <summary>Makes a clock that stands at 2026-11-21 08:00 UTC.</summary>
    public ManualTimeProvider()
        : this(new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>Makes a clock that stands at <paramref name="now"/>.</summary>
    public ManualTimeProvider(DateTimeOffset now) => _now = now.ToUniversalTime();

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How many timers wait to fire.</summary>
    public int WaitingTimers
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count;
            }
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_lock)
        {
            return _elapsed.Ticks;
        }
    }

    /// <summary>Lets time pass, or sets the wall clock back when <paramref name="delta"/> is negative.</summary>
    public void Advance(TimeSpan delta)
    {
        TimeSpan until;
        lock (_lock)
        {
            if (delta < TimeSpan.Zero)
            {
                _now += delta;
                return;
            }

            until = _elapsed + delta;
        }

        while (TakeDue(until) is { } timer)
        {
            timer.Fire();
        }
    }

    /// <summary>Sets the wall clock: forwards, time passes until then; backwards, only the wall clock moves.</summary>
    public void SetUtcNow(DateTimeOffset now) => Advance(now - GetUtcNow());

    /// <summary>Completes once at least <paramref name="count"/> timers wait: how a test knows that the code under test has come to its delay.</summary>
    public Task WhenTimersWaitAsync(int count = 1)
    {
        lock (_lock)
        {
            if (_timers.Count >= count)
            {
                return Task.CompletedTask;
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _watchers.Add((count, reached));
            return reached.Task;
        }
    }

    /// <inheritdoc/>
    /// <remarks>A timer without delay fires at once, on the thread that makes it.</remarks>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ManualTimer(this, Interlocked.Increment(ref _nextTimer), callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    internal void Schedule(ManualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
            timer.Period = period;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                timer.DueAt = _elapsed + dueTime;
                _timers.Add(timer);
            }

            foreach (var (_, reached) in _watchers.Where(watcher => watcher.Timers <= _timers.Count))
            {
                reached.SetResult();
            }

            _watchers.RemoveAll(watcher => watcher.Timers <= _timers.Count);
        }

        if (dueTime == TimeSpan.Zero)
        {
            Advance(TimeSpan.Zero);
        }
    }

    internal void Forget(ManualTimer timer)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
        }
    }

    // Moves to the next timer that is due until then, or to then when there is none.
    private ManualTimer? TakeDue(TimeSpan until)
    {
        lock (_lock)
        {
            var timer = _timers.Where(timer => timer.DueAt <= until).MinBy(timer => (timer.DueAt, timer.Number));
            var to = timer?.DueAt ?? until;
            if (to > _elapsed)
            {
                _now += to - _elapsed;
                _elapsed = to;
            }

            if (timer is null)
            {
                return null;
            }

            if (timer.Period > TimeSpan.Zero)
            {
                timer.DueAt += timer.Period;
            }
            else
            {
                _timers.Remove(timer);
            }

            return timer;
        }
    }
}

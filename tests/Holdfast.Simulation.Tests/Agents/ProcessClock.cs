namespace Holdfast.Simulation.Tests.Agents;

/// <summary>The clocks of one process: the wall clock is wrong by some time, the monotonic one may jump. Timers ring when the scheduler says so.</summary>
internal sealed class ProcessClock(AgentWorld world) : TimeProvider
{
    // Flows that go on by way of the pool set timers at the same time.
    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];
    private TimeSpan _jumped;

    /// <summary>How wrong the wall clock is.</summary>
    public TimeSpan Skew { get; set; }

    public IReadOnlyList<Timer> Timers
    {
        get
        {
            lock (_lock)
            {
                return [.. _timers];
            }
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => world.Now + Skew;

    public override long GetTimestamp() => (world.Elapsed + _jumped).Ticks;

    public void Jump(TimeSpan time) => _jumped += time;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, Fiber.Current, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    internal sealed class Timer(ProcessClock clock, Fiber? fiber, Action ring) : ITimer
    {
        private TimeSpan _period;
        private bool _stands;

        public TimeSpan DueAt { get; private set; }

        public void Ring()
        {
            var isOver = _period == Timeout.InfiniteTimeSpan;
            if (isOver)
            {
                Stop();
            }
            else
            {
                // One that was not rung for long is not made up for.
                DueAt = clock.World.Elapsed + _period;
            }

            ring();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Stop();
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                (DueAt, _period) = (clock.World.Elapsed + dueTime, period);
                lock (clock._lock)
                {
                    clock._timers.Add(this);
                }

                _stands = fiber is not null && period == Timeout.InfiniteTimeSpan;
                if (_stands)
                {
                    fiber!.Stand(1);
                }
            }

            return true;
        }

        public void Dispose() => Stop();

        public ValueTask DisposeAsync()
        {
            Stop();
            return default;
        }

        private void Stop()
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
            }

            if (_stands)
            {
                _stands = false;
                fiber!.Stand(-1);
            }
        }
    }

    private AgentWorld World => world;
}

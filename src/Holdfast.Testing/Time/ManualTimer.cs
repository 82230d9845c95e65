namespace Holdfast.Testing;

/// <summary>A timer of a <see cref="ManualTimeProvider"/>. The clock guards what it knows of its schedule.</summary>
internal sealed class ManualTimer(ManualTimeProvider clock, long number, TimerCallback callback, object? state) : ITimer
{
    private volatile bool _disposed;

    public long Number => number;

    public TimeSpan DueAt { get; set; }

    public TimeSpan Period { get; set; }

    public void Fire() => callback(state);

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, Timeout.InfiniteTimeSpan);
        ArgumentOutOfRangeException.ThrowIfLessThan(period, Timeout.InfiniteTimeSpan);
        if (_disposed)
        {
            return false;
        }

        clock.Schedule(this, dueTime, period);
        return true;
    }

    public void Dispose()
    {
        _disposed = true;
        clock.Forget(this);
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }
}

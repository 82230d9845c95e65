namespace Holdfast.DynamoDb.Tests;

/// <summary>
/// A clock that only waits between attempts move, and they are over at once: so what is tried, and how often, does not depend on the speed of the machine.
/// Waits for answers, which are longer, last as long as they do.
/// </summary>
internal sealed class SkippedTime : TimeProvider
{
    private static readonly TimeSpan LongestSkipped = TimeSpan.FromSeconds(5);
    private long _ticks;

    /// <summary>How long the waits were in all.</summary>
    public TimeSpan Passed => TimeSpan.FromTicks(Interlocked.Read(ref _ticks));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime <= TimeSpan.Zero || dueTime > LongestSkipped)
        {
            return System.CreateTimer(callback, state, dueTime, period);
        }

        Interlocked.Add(ref _ticks, dueTime.Ticks);
        return System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}

namespace Holdfast;

/// <summary>A thread does not have the point that was asked for: no such version or label, or nothing that early. The thread itself is there.</summary>
/// <remarks>A point that was there and was dropped on purpose is a <see cref="HistoryDroppedException"/>.</remarks>
public sealed class PointNotFoundException : AgentStateException
{
    /// <summary>Makes the error.</summary>
    /// <param name="key">The thread.</param>
    /// <param name="point">The point that was asked for.</param>
    /// <param name="currentVersion">The newest version of the thread.</param>
    /// <param name="problem">Why there is no such point.</param>
    public PointNotFoundException(ThreadKey key, ThreadPoint point, long currentVersion, string problem)
        : base(ErrorCodes.PointNotFound, $"Thread '{key}' has no point '{point}': {problem}")
    {
        Key = key;
        Point = point;
        CurrentVersion = currentVersion;
    }

    /// <summary>The thread.</summary>
    public ThreadKey Key { get; }

    /// <summary>The point that was asked for.</summary>
    public ThreadPoint Point { get; }

    /// <summary>The newest version of the thread.</summary>
    public long CurrentVersion { get; }
}

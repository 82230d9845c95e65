namespace Holdfast;

/// <summary>How long threads live. Immutable; each method returns a changed copy.</summary>
/// <remarks>
/// The policy is applied with every commit and gives the instant at which the thread expires. A thread that waits for a person does not
/// expire, unless the policy has a time for that status.
/// </remarks>
public sealed class ExpiryPolicy
{
    private readonly TimeSpan? _default;
    private readonly Dictionary<ThreadStatus, TimeSpan?> _byStatus;
    private readonly bool _absolute;

    private ExpiryPolicy(TimeSpan? @default, Dictionary<ThreadStatus, TimeSpan?> byStatus, bool absolute)
    {
        _default = @default;
        _byStatus = byStatus;
        _absolute = absolute;
    }

    /// <summary>Threads do not expire, unless <see cref="ThreadHandle.ExtendAsync"/> gives one a time.</summary>
    public static ExpiryPolicy Never { get; } = new(null, [], absolute: false);

    /// <summary>1 hour after the last commit of a running task, 24 hours after it was completed, 7 days after it failed, and never while the thread waits for a person.</summary>
    public static ExpiryPolicy TaskLifetimes { get; } = After(TimeSpan.FromHours(1))
        .For(ThreadStatus.Completed, TimeSpan.FromHours(24))
        .For(ThreadStatus.Failed, TimeSpan.FromDays(7));

    /// <summary>Threads expire this long after their last commit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is not positive.</exception>
    public static ExpiryPolicy After(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero);
        return new(time, [], absolute: false);
    }

    /// <summary>The same policy with another time for threads of one status; null for never.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is not positive.</exception>
    public ExpiryPolicy For(ThreadStatus status, TimeSpan? time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time ?? TimeSpan.MaxValue, TimeSpan.Zero, nameof(time));
        return new(_default, new(_byStatus) { [status] = time }, _absolute);
    }

    /// <summary>The same times, counted from the first commit of a thread instead of the last.</summary>
    public ExpiryPolicy SinceCreation() => new(_default, _byStatus, absolute: true);

    /// <summary>Whether the policy never sets an expiry, so that one that was set by hand stays.</summary>
    internal bool IsNever => _default is null && _byStatus.Values.All(time => time is null);

    internal DateTimeOffset? ExpiresAt(ThreadStatus status, DateTimeOffset createdAt, DateTimeOffset now)
    {
        var time = _byStatus.TryGetValue(status, out var own) ? own : status.IsWaitingForHuman() ? null : _default;
        var start = _absolute ? createdAt : now;
        return time is { } lifetime && lifetime < DateTimeOffset.MaxValue - start ? start + lifetime : null;
    }
}

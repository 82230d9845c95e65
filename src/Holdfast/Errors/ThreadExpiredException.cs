namespace Holdfast;

/// <summary>The thread has expired: it cannot be used any more, even if clean-up has not removed it yet.</summary>
public sealed class ThreadExpiredException : AgentStateException
{
    /// <summary>Makes the error for a thread.</summary>
    public ThreadExpiredException(ThreadKey key, DateTimeOffset expiredAt)
        : base(ErrorCodes.ThreadExpired, $"Thread '{key}' expired at {expiredAt:u}.")
    {
        Key = key;
        ExpiredAt = expiredAt;
    }

    /// <summary>The thread.</summary>
    public ThreadKey Key { get; }

    /// <summary>When it expired.</summary>
    public DateTimeOffset ExpiredAt { get; }
}

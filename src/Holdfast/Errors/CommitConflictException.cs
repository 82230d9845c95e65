namespace Holdfast;

/// <summary>The thread was changed by someone else since it was read; nothing was written.</summary>
public sealed class CommitConflictException : AgentStateException
{
    /// <summary>Makes the error for a thread.</summary>
    /// <param name="key">The thread.</param>
    /// <param name="expectedVersion">The version that the change was based on.</param>
    /// <param name="actualVersion">The version that the thread has.</param>
    /// <param name="reason">What both changes touch, if that is known.</param>
    public CommitConflictException(ThreadKey key, long expectedVersion, long actualVersion, string? reason = null)
        : this(
            key,
            expectedVersion,
            actualVersion,
            $"Thread '{key}' was expected at version {expectedVersion} and {(actualVersion == 0 ? "does not exist" : $"is at {actualVersion}")}{(reason is null ? "" : $": {reason}")}.",
            "Open the thread again and repeat the change, or use UpdateAsync, which does so.")
    {
    }

    /// <summary>Makes the error with what happened and what to do in other words.</summary>
    internal CommitConflictException(ThreadKey key, long expectedVersion, long actualVersion, string what, string advice)
        : base(ErrorCodes.CommitConflict, $"{what} Nothing was written. {advice}")
    {
        Key = key;
        ExpectedVersion = expectedVersion;
        ActualVersion = actualVersion;
    }

    /// <summary>The thread.</summary>
    public ThreadKey Key { get; }

    /// <summary>The version that the change was based on.</summary>
    public long ExpectedVersion { get; }

    /// <summary>The version that the thread has; 0 when it does not exist.</summary>
    public long ActualVersion { get; }
}

namespace Holdfast;

/// <summary>There is a thread with the id already, so that none can begin there; nothing was written.</summary>
public sealed class ThreadExistsException : AgentStateException
{
    /// <summary>Makes the error for a thread.</summary>
    /// <param name="key">The thread.</param>
    /// <param name="forkedFrom">Where it was forked from; null if it is no fork, or not for whoever asked.</param>
    public ThreadExistsException(ThreadKey key, ForkOrigin? forkedFrom = null)
        : base(ErrorCodes.ThreadExists, $"There is a thread '{key}' already{(forkedFrom is null ? "" : $", a fork of '{forkedFrom.Id}' at version {forkedFrom.Version}")}. Nothing was written. Choose another id, or erase that thread first.")
        => (Key, ForkedFrom) = (key, forkedFrom);

    /// <summary>The thread.</summary>
    public ThreadKey Key { get; }

    /// <summary>Where it was forked from: tells whether an earlier attempt has made the same fork. Null if it is no fork, or not for whoever asked.</summary>
    public ForkOrigin? ForkedFrom { get; }
}

namespace Holdfast;

/// <summary>There is no such thread, or it was deleted.</summary>
public sealed class ThreadNotFoundException : AgentStateException
{
    /// <summary>Makes the error for a thread.</summary>
    public ThreadNotFoundException(ThreadKey key, bool deleted = false)
        : base(ErrorCodes.ThreadNotFound, deleted
            ? $"Thread '{key}' was deleted. RestoreDeletedAsync brings it back, ResetAsync starts it again from nothing, EraseAsync removes it for good."
            : $"There is no thread '{key}'.")
    {
        Key = key;
        IsDeleted = deleted;
    }

    // What stands under the key is not the thread that is meant.
    internal ThreadNotFoundException(ThreadKey key, string message)
        : base(ErrorCodes.ThreadNotFound, message) => Key = key;

    /// <summary>The thread.</summary>
    public ThreadKey Key { get; }

    /// <summary>Whether the thread was deleted and can be restored.</summary>
    public bool IsDeleted { get; }
}

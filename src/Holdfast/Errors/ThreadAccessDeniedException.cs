namespace Holdfast;

/// <summary>The thread belongs to another user than the one it was opened for, or it is not known for whom it is opened.</summary>
public sealed class ThreadAccessDeniedException : AgentStateException
{
    /// <summary>Makes the error for a thread.</summary>
    public ThreadAccessDeniedException(ThreadKey key)
        : this(key, $"Thread '{key}' belongs to another user.")
    {
    }

    internal ThreadAccessDeniedException(ThreadKey key, string message)
        : base(ErrorCodes.AccessDenied, message) => Key = key;

    /// <summary>The thread.</summary>
    public ThreadKey Key { get; }
}

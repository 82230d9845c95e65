namespace Holdfast;

/// <summary>The thread belongs to another user than the one it was opened for.</summary>
public sealed class ThreadAccessDeniedException : AgentStateException
{
    /// <summary>Makes the error for a thread.</summary>
    public ThreadAccessDeniedException(ThreadKey key)
        : base(ErrorCodes.AccessDenied, $"Thread '{key}' belongs to another user.") => Key = key;

    /// <summary>The thread.</summary>
    public ThreadKey Key { get; }
}

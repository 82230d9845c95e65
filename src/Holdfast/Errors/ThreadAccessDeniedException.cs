namespace Holdfast;

/// <summary>The thread belongs to another user, or it is not known for which user it was opened.</summary>
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

namespace Holdfast;

/// <summary>Stored data is damaged: it was changed, cut or mixed up outside Holdfast. It is reported, never overwritten.</summary>
public sealed class CorruptStateException : AgentStateException
{
    /// <summary>Makes the error for an entry of a thread.</summary>
    /// <param name="key">The thread.</param>
    /// <param name="version">The version whose entry is damaged; 0 when it is not known or is the head.</param>
    /// <param name="what">What was expected and what was found.</param>
    /// <param name="innerException">The error that the damage caused.</param>
    public CorruptStateException(ThreadKey key, long version, string what, Exception? innerException = null)
        : base(ErrorCodes.CorruptState, $"Thread '{key}' is damaged{(version > 0 ? $" at version {version}" : "")}: {what}", innerException)
    {
        Key = key;
        Version = version;
    }

    /// <summary>Makes the error for a store that is damaged as a whole.</summary>
    /// <param name="what">Which store, what was expected and what was found.</param>
    /// <param name="innerException">The error that the damage caused.</param>
    public CorruptStateException(string what, Exception? innerException = null)
        : base(ErrorCodes.CorruptState, what, innerException)
    {
    }

    /// <summary>The thread; <c>default</c> when the store is damaged as a whole.</summary>
    public ThreadKey Key { get; }

    /// <summary>The version whose entry is damaged; 0 when it is not known or is the head.</summary>
    public long Version { get; }
}

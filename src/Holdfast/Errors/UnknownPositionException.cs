namespace Holdfast;

/// <summary>A position is of no version that the thread has: the thread went another way, as after a backup was restored.</summary>
public sealed class UnknownPositionException : AgentStateException
{
    /// <summary>Makes the error.</summary>
    /// <param name="key">The thread.</param>
    /// <param name="position">The position.</param>
    /// <param name="version">The version that the thread is at.</param>
    public UnknownPositionException(ThreadKey key, ThreadPosition position, long version)
        : base(
            ErrorCodes.UnknownPosition,
            $"Thread '{key}' never was at position {position}: it is at version {version}, and {(position.Version > version ? "has not come that far" : "had another chain hash there")}. "
            + "The store may have been restored from a backup. Read the thread again, and go on from the position that it has then.")
    {
        Key = key;
        Position = position;
        Version = version;
    }

    /// <summary>The thread.</summary>
    public ThreadKey Key { get; }

    /// <summary>The position.</summary>
    public ThreadPosition Position { get; }

    /// <summary>The version that the thread is at.</summary>
    public long Version { get; }
}

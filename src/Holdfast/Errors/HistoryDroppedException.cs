using System.Globalization;

namespace Holdfast;

/// <summary>What was asked for was dropped from the thread on purpose (retention). The thread is not damaged.</summary>
public sealed class HistoryDroppedException : AgentStateException
{
    /// <summary>Makes the error.</summary>
    /// <param name="key">The thread.</param>
    /// <param name="version">The version that was asked for.</param>
    /// <param name="firstVersion">The oldest version that is there.</param>
    /// <param name="droppedAt">When retention last dropped versions of the thread; null if that is not known.</param>
    public HistoryDroppedException(ThreadKey key, long version, long firstVersion, DateTimeOffset? droppedAt = null)
        : base(ErrorCodes.HistoryDropped, $"Version {version} of thread '{key}' was dropped{TimeText(droppedAt)}: its oldest version is {firstVersion} now.")
    {
        DroppedAt = droppedAt;
        Key = key;
        Version = version;
        FirstVersion = firstVersion;
    }

    internal HistoryDroppedException(ThreadKey key, long version, long firstVersion, string message)
        : base(ErrorCodes.HistoryDropped, message)
    {
        Key = key;
        Version = version;
        FirstVersion = firstVersion;
    }

    /// <summary>The thread.</summary>
    public ThreadKey Key { get; }

    /// <summary>When retention last dropped versions of the thread; null if that is not known.</summary>
    public DateTimeOffset? DroppedAt { get; private init; }

    /// <summary>The version that was asked for.</summary>
    public long Version { get; }

    /// <summary>The oldest version that is there; 0 if that is not known.</summary>
    public long FirstVersion { get; }

    /// <summary>The error for a version that was dropped between others that are kept, or cannot be folded without one that was.</summary>
    internal static HistoryDroppedException Between(ThreadKey key, long version, long firstVersion = 0, DateTimeOffset? droppedAt = null)
        => new(key, version, firstVersion, $"Version {version} of thread '{key}' was dropped{TimeText(droppedAt)}. There are versions before and after it.") { DroppedAt = droppedAt };

    private static string TimeText(DateTimeOffset? droppedAt)
        => droppedAt is { } at ? $" by retention, at {at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)} or before" : "";
}

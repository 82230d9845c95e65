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
        : base(ErrorCodes.HistoryDropped, $"Version {version} of thread '{key}' was dropped{(droppedAt is { } at ? $" by retention, at {at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)} or before" : "")}: its oldest version is {firstVersion} now.")
    {
        DroppedAt = droppedAt;
        Key = key;
        Version = version;
        FirstVersion = firstVersion;
    }

    /// <summary>Makes the error for a version that was dropped between others that are kept.</summary>
    internal HistoryDroppedException(ThreadKey key, long version)
        : this(key, version, version + 1, $"Version {version} of thread '{key}' was dropped.")
    {
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
    public DateTimeOffset? DroppedAt { get; }

    /// <summary>The version that was asked for.</summary>
    public long Version { get; }

    /// <summary>The oldest version that is there.</summary>
    public long FirstVersion { get; }
}

namespace Holdfast.Logs;

/// <summary>What a log is asked to append: an entry, and the head of the thread after it.</summary>
public sealed record AppendRequest
{
    /// <summary>The entry; its version is one more than the thread's current version, or any one where the thread <see cref="Begins"/> with it.</summary>
    public required LogEntry Entry { get; init; }

    /// <summary>The head once the entry is there; its version is that of the entry.</summary>
    /// <remarks>
    /// What maintenance owns (<see cref="ThreadHead.Properties"/>, <see cref="ThreadHead.Revision"/>, <see cref="ThreadHead.Heartbeat"/>, pins) and the
    /// <see cref="ThreadHead.FirstVersion"/> stay as they are stored; their values here are ignored. Only an entry that begins a thread sets the first properties.
    /// </remarks>
    public required ThreadHead Head { get; init; }

    /// <summary>
    /// The chain hash that the thread's head must have before the append (<see cref="ChainHash.Start"/> for version 1). It tells the thread
    /// from a later one with the same id. If the thread begins with a later version, this is the chain hash before it.
    /// </summary>
    public required Digest After { get; init; }

    /// <summary>Whether the entry begins the thread. If it does, an existing thread is a conflict; if it does not, a missing thread is.</summary>
    /// <remarks>A thread can begin at any version (forks, trimmed copies, archives); one that begins after version 1 begins with a keyframe.</remarks>
    public bool Begins { get; init; }

    /// <summary>
    /// Whether the log keeps the expiry that is stored (which maintenance may have changed since the thread was read) instead of writing
    /// <see cref="ThreadHead.ExpiresAt"/> of <see cref="Head"/>. A new thread always takes the one of <see cref="Head"/>.
    /// </summary>
    public bool KeepExpiry { get; init; }

    /// <summary>Whether nobody will ever change the bytes of the body, so that a log in memory need not copy them.</summary>
    internal bool IsBodyFixed { get; init; }
}

namespace Holdfast.Logs;

/// <summary>One entry of a log: a commit, as it is stored.</summary>
/// <remarks>Immutable. The body is opaque to the log, which returns exactly the bytes that it was given.</remarks>
public sealed record LogEntry
{
    /// <summary>The thread that the entry belongs to.</summary>
    public required ThreadKey Key { get; init; }

    /// <summary>The position of the entry in its thread: 1, 2, 3, … At most 4,294,967,295.</summary>
    public required long Version { get; init; }

    /// <summary>The id of the commit.</summary>
    public required CommitId CommitId { get; init; }

    /// <summary>When the commit was made, to the millisecond. For information only: versions give the order.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>How many messages the body holds.</summary>
    public int MessageCount { get; init; }

    /// <summary>Whether the body also holds the folded state, so that a load does not read further back.</summary>
    public bool IsKeyframe { get; init; }

    /// <summary>The digest of the body as it was first written. A rewritten body keeps it, so that the chain stays whole.</summary>
    public required Digest BodyHash { get; init; }

    /// <summary>The digest of the body that replaced the original one; null when the body is as it was first written.</summary>
    /// <remarks>From the newest keyframe on, an entry that has one is damaged: a rewrite never touches those.</remarks>
    public Digest? RewrittenHash { get; init; }

    /// <summary>The digest that the stored body has: <see cref="RewrittenHash"/> if it was replaced, otherwise <see cref="BodyHash"/>.</summary>
    public Digest StoredHash => RewrittenHash ?? BodyHash;

    /// <summary>The body.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }
}

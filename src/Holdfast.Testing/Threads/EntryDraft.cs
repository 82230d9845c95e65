using Holdfast.Logs;

namespace Holdfast.Testing;

/// <summary>What an entry shall be like; what is left unsaid takes the values of an ordinary small turn.</summary>
public sealed record EntryDraft
{
    /// <summary>The body.</summary>
    /// <value>The default is a small JSON object that names the version; null for it.</value>
    public ReadOnlyMemory<byte>? Body { get; init; }

    /// <summary>The id of the commit.</summary>
    /// <value>The default is a new id; null for it.</value>
    public CommitId? CommitId { get; init; }

    /// <summary>When the commit is made.</summary>
    /// <value>The default is one second after the entry before; null for it.</value>
    public DateTimeOffset? At { get; init; }

    /// <summary>How many messages the entry has.</summary>
    /// <value>The default is 2: a question and its answer.</value>
    public int MessageCount { get; init; } = 2;

    /// <summary>Whether the entry is a keyframe.</summary>
    public bool IsKeyframe { get; init; }

    /// <summary>The version that the thread begins with, where it begins with this entry. After version 1 it must be a keyframe.</summary>
    /// <value>The default is 1.</value>
    public long FirstVersion { get; init; } = 1;

    /// <summary>The chain hash before the entry, where the thread begins with it.</summary>
    /// <value>The default is <see cref="ChainHash.Start"/>.</value>
    public Digest After { get; init; }

    /// <summary>The life of the thread, where it begins with this entry.</summary>
    /// <value>The default is the id of the commit; null for it.</value>
    public CommitId? Life { get; init; }

    /// <summary>The digest of the body that the entry was first written with, for an entry that was rewritten.</summary>
    /// <value>The default is null: the entry is as it was first written.</value>
    public Digest? BodyHash { get; init; }

    /// <summary>Whether the log keeps the expiry that is stored.</summary>
    public bool KeepExpiry { get; init; }

    /// <summary>Changes the head that goes with the entry, such as <c>head => head with { UserId = "ann" }</c>.</summary>
    /// <value>The default leaves it as the one before, with the new version, chain hash, counts and times.</value>
    public Func<ThreadHead, ThreadHead> Head { get; init; } = head => head;
}

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

    /// <summary>Whether the log keeps the expiry that is stored.</summary>
    public bool KeepExpiry { get; init; }

    /// <summary>Changes the head that goes with the entry, such as <c>head => head with { UserId = "ann" }</c>.</summary>
    /// <value>The default leaves it as the one before, with the new version, chain hash, counts and times.</value>
    public Func<ThreadHead, ThreadHead> Head { get; init; } = head => head;
}

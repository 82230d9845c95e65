using System.Diagnostics;
using System.Text;

namespace Holdfast;

/// <summary>What is known about a commit, without its messages and values.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed record CommitInfo
{
    /// <summary>The thread.</summary>
    public required ThreadId ThreadId { get; init; }

    /// <summary>The position of the commit in the thread: 1, 2, 3, …</summary>
    public required long Version { get; init; }

    /// <summary>The id of the commit; <c>default</c> when there was nothing to commit.</summary>
    public CommitId CommitId { get; init; }

    /// <summary>When the commit was made.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who made the commit: what <see cref="CommitOptions.By"/> said, or else the agent that was in charge; null if neither is known.</summary>
    public string? By { get; init; }

    /// <summary>The agent that the commit put in charge; null if the agent stayed, or if no agent is in charge any more.</summary>
    public string? Agent { get; init; }

    /// <summary>The turn that the commit is part of; null if it is none of a turn.</summary>
    public TurnId? Turn { get; init; }

    /// <summary>Why the commit was made, if its author said so.</summary>
    public string? Reason { get; init; }

    /// <summary>The tags that its author gave it.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The status that the commit gave the thread; null if it did not change.</summary>
    public ThreadStatus? Status { get; init; }

    /// <summary>How many messages the commit added.</summary>
    public int MessageCount { get; init; }

    /// <summary>What the commit set, as <c>section/key</c>. What the library keeps for itself is not told.</summary>
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>What the commit removed, as <c>section/key</c>.</summary>
    public IReadOnlyList<string> Removed { get; init; } = [];

    /// <summary>Whether the commit deleted (true) or restored (false) the thread.</summary>
    public bool? Deleted { get; init; }

    /// <summary>The version whose state the commit brought back (<see cref="ThreadHandle.RestoreAsync"/>); 0 for the empty state, null for a commit that restores nothing.</summary>
    public long? Restores { get; init; }

    /// <summary>The names of records that a restore could not bring back, because retention has dropped their values. Each leads to what it led to before the restore. Always empty in a log of commits.</summary>
    public IReadOnlyList<string> RecordsNotRestored { get; init; } = [];

    /// <summary>The fork that the commit merged, with its life and the newest version that was merged (<see cref="ThreadHandle.MergeAsync"/>); null for a commit that merges nothing.</summary>
    public ForkOrigin? Merges { get; init; }

    /// <summary>Whether the commit changed which earlier messages are visible.</summary>
    public bool ChangedHistory { get; init; }

    /// <summary>Whether the commit carries the folded state.</summary>
    public bool IsKeyframe { get; init; }

    /// <summary>Whether what the commit said was dropped by retention, between versions that stay: of it only the version, the id, the time and the number of its messages are known.</summary>
    public bool IsDropped { get; init; }

    /// <summary>The size of the commit as stored, in bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>What came of the commit outside the thread: in the variables of the user, and in those of the application, if the session set any. Always empty in a log of commits.</summary>
    public IReadOnlyList<ScopeCommit> Scopes { get; init; } = [];

    /// <summary>Whether nothing was written, because there was nothing to commit.</summary>
    /// <remarks>When only a scope was written, this is false and <see cref="CommitId"/> is <c>default</c>: the thread is as it was.</remarks>
    public bool IsEmpty => CommitId == default && Scopes.All(scope => scope.Outcome != ScopeOutcome.Committed);

    /// <summary>The commit of an entry.</summary>
    internal static CommitInfo Of(Logs.LogEntry entry, CommitBody body) => new()
    {
        ThreadId = entry.Key.Id,
        Version = entry.Version,
        CommitId = entry.CommitId,
        At = entry.At,
        By = body.By,
        Agent = body.Change.Agent,
        Turn = body.Turn is { } turn ? new(turn) : null,
        Reason = body.Reason,
        Tags = body.Tags,
        Status = body.Change.Status,
        MessageCount = entry.MessageCount,
        Set = Paths(body.Change.Sections, change => change.Value is not null || change.Appended is not null),
        Removed = Paths(body.Change.Sections, change => change.Removes),
        Deleted = body.Change.Deleted,
        Restores = body.Change.Restores,
        Merges = body.Change.Merges is { } merged ? new(merged.Id, merged.Life, merged.Version) : null,
        ChangedHistory = body.Change.History is not null,
        IsKeyframe = entry.IsKeyframe && !body.IsDropped,
        IsDropped = body.IsDropped,
        Bytes = entry.Body.Length,
    };

    /// <summary>What is said where there was nothing to commit.</summary>
    internal static CommitInfo None(ThreadId thread, long version, DateTimeOffset at) => new() { ThreadId = thread, Version = version, At = at };

    /// <summary>Keys as <see cref="Set"/> and <see cref="Removed"/> name them.</summary>
    private static IReadOnlyList<string> Paths(SectionChanges sections, Func<KeyChange, bool> isMeant)
    {
        if (sections.IsEmpty)
        {
            return [];
        }

        List<string>? paths = null;
        foreach (var (section, key, change) in sections)
        {
            if (isMeant(change) && NameOf(section, key) is { } name)
            {
                (paths ??= []).Add(name);
            }
        }

        return paths?.AsReadOnly() ?? (IReadOnlyList<string>)[];
    }

    /// <summary>Whether a path is that of something that was set or removed: a section, what the names of sections begin with (<c>tools</c>), or a key, which may have slashes of its own.</summary>
    internal static bool Changes(SectionChanges sections, string path)
        => sections.Any(item => (item.Change.Value is not null || item.Change.Appended is not null || item.Change.Removes) && NameOf(item.Section, item.Key) is { } name
            && (name == path || (name.StartsWith(path, StringComparison.Ordinal) && path.Length < name.Length - item.Key.Length && name[path.Length] == '/')));

    // Of the sections that callers do not see as they are, they know the records by their names, and the variables of a user who is not known.
    private static string? NameOf(string section, string key) => section switch
    {
        SectionNames.Records => SectionNames.IsReserved(key) ? null : $"records/{key}",
        SectionNames.OwnUser => $"user/{key}",
        _ => SectionNames.IsReserved(section) ? null : $"{section}/{key}",
    };

    // What was changed, in the order in which one asks; what says nothing is left out.
    private bool PrintMembers(StringBuilder text)
    {
        text.Member(nameof(ThreadId), ThreadId).Member(nameof(Version), Version).Member(nameof(IsEmpty), IsEmpty ? true : null).Member(nameof(At), Describe.Time(At))
            .Member(nameof(By), By)
            .Member(nameof(Agent), Agent)
            .Member(nameof(Turn), Turn)
            .Member(nameof(Reason), Reason)
            .Member(nameof(Status), Status)
            .Member(nameof(MessageCount), MessageCount > 0 ? MessageCount : null)
            .Member(nameof(Set), Set.Count > 0 ? Describe.List(Set) : null)
            .Member(nameof(Removed), Removed.Count > 0 ? Describe.List(Removed) : null)
            .Member(nameof(Deleted), Deleted)
            .Member(nameof(Restores), Restores)
            .Member(nameof(RecordsNotRestored), RecordsNotRestored.Count > 0 ? Describe.List(RecordsNotRestored) : null)
            .Member(nameof(Merges), Merges is null ? null : $"{Merges.Id} up to {Merges.Version}")
            .Member(nameof(ChangedHistory), ChangedHistory ? true : null)
            .Member(nameof(IsDropped), IsDropped ? true : null)
            .Member(nameof(IsKeyframe), IsKeyframe ? true : null)
            .Member(nameof(Bytes), Bytes > 0 ? Bytes : null);
        return true;
    }
}

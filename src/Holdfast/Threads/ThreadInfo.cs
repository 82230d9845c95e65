using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>What is known about a thread without reading its commits.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed record ThreadInfo
{
    /// <summary>The thread.</summary>
    public required ThreadId Id { get; init; }

    /// <summary>The version of the newest commit.</summary>
    public required long Version { get; init; }

    /// <summary>The version together with the life of the thread, for watching it from there on, and as an ETag.</summary>
    public ThreadPosition Position { get; init; }

    /// <summary>The oldest version that is there: 1 unless earlier ones were dropped, or the thread is a fork, which goes on with the versions of <see cref="ForkedFrom"/>.</summary>
    public long FirstVersion { get; init; } = 1;

    /// <summary>Versions below this one were moved to the archive of the store, and are read from there; null if all are in the store itself. See <see cref="AgentStateStore.ArchiveAsync"/>.</summary>
    public long? ArchivedBelow { get; init; }

    /// <summary>The user who owns the thread, if anyone.</summary>
    public string? UserId { get; init; }

    /// <summary>The thread whose child it is, if any; see <see cref="ThreadHandle.Child"/>.</summary>
    public ThreadId? ParentId { get; init; }

    /// <summary>The agent in charge, if one was named.</summary>
    public string? Agent { get; init; }

    /// <summary>What the agent is doing.</summary>
    public ThreadStatus Status { get; init; }

    /// <summary>The metadata.</summary>
    public required IReadOnlyDictionary<string, JsonElement> Metadata { get; init; }

    /// <summary>How many messages are visible.</summary>
    public long MessageCount { get; init; }

    /// <summary>When the first commit was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the newest commit was made.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When the thread expires; null when it does not.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When the thread was deleted; null when it was not.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>Where the thread was forked from; null for one that is no fork.</summary>
    public ForkOrigin? ForkedFrom { get; init; }

    internal static ThreadInfo Of(ThreadHead head) => new()
    {
        Id = head.Key.Id,
        Version = head.Version,
        Position = head.ThreadPosition,
        FirstVersion = head.FirstVersion,
        ArchivedBelow = head.ArchivedBelow,
        UserId = head.UserId,
        ParentId = Parentage.Of(head),
        Agent = head.Agent,
        Status = head.Status,
        Metadata = head.Metadata,
        MessageCount = head.MessageCount,
        CreatedAt = head.CreatedAt,
        UpdatedAt = head.UpdatedAt,
        ExpiresAt = head.ExpiresAt,
        DeletedAt = head.DeletedAt,
        ForkedFrom = ForkOrigin.Parse(head.Properties.GetValueOrDefault(HeadProperties.ForkedFrom)),
    };

    private bool PrintMembers(StringBuilder text)
    {
        text.Member(nameof(Id), Id).Member(nameof(Version), Version).Member(nameof(Status), Status).Member(nameof(Agent), Agent).Member(nameof(UserId), UserId).Member(nameof(ParentId), ParentId)
            .Member(nameof(MessageCount), MessageCount)
            .Member(nameof(Metadata), Metadata.Count > 0 ? Describe.List(Metadata.Keys) : null)
            .Member(nameof(CreatedAt), Describe.Time(CreatedAt))
            .Member(nameof(UpdatedAt), Describe.Time(UpdatedAt))
            .Member(nameof(ExpiresAt), Describe.Time(ExpiresAt))
            .Member(nameof(DeletedAt), Describe.Time(DeletedAt))
            .Member(nameof(ForkedFrom), ForkedFrom is null ? null : $"{ForkedFrom.Id} at {ForkedFrom.Version}");
        return true;
    }
}

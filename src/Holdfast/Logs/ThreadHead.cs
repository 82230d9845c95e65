using System.Runtime.InteropServices;
using System.Text.Json;

namespace Holdfast.Logs;

/// <summary>The catalogue entry of a thread: what is known about it without reading its entries.</summary>
/// <remarks>
/// Most of it is owned by commits and written with each append, atomically with the entry. What maintenance owns (<see cref="Properties"/>,
/// <see cref="Revision"/>, <see cref="Heartbeat"/>, the pins) is written by <see cref="ICommitLog.UpdateHeadAsync"/> and <see cref="ICommitLog.RewriteAsync"/> only. Immutable.
/// </remarks>
public sealed record ThreadHead
{
    /// <summary>Which thread this is.</summary>
    public required ThreadKey Key { get; init; }

    /// <summary>Which life of the thread this is: the id of the commit that it began with, kept when it is copied, renamed or trimmed.</summary>
    public required CommitId Life { get; init; }

    /// <summary>The version of the oldest entry that is there; at least 1.</summary>
    public long FirstVersion { get; init; } = 1;

    /// <summary>Versions below this one are read from an archive; null if all are in the log itself. A store knows it, not a log: it is not stored.</summary>
    public long? ArchivedBelow { get; init; }

    /// <summary>The version of the newest entry; at least 1.</summary>
    public required long Version { get; init; }

    /// <summary>The version of the newest keyframe; 0 when there is none yet.</summary>
    public long KeyframeVersion { get; init; }

    /// <summary>The chain hash of the newest entry.</summary>
    public required Digest ChainHash { get; init; }

    /// <summary>Who owns the thread, if anyone.</summary>
    public string? UserId { get; init; }

    /// <summary>The agent in charge, if one was named.</summary>
    public string? Agent { get; init; }

    /// <summary>What the agent is doing.</summary>
    public ThreadStatus Status { get; init; }

    /// <summary>The metadata section: key → JSON value.</summary>
    public IReadOnlyDictionary<string, JsonElement> Metadata { get; init; } = EmptyMetadata;

    /// <summary>How many messages are visible.</summary>
    public long MessageCount { get; init; }

    /// <summary>When the first entry was committed.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the newest entry was committed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When the thread expires; null when it does not.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When the thread was deleted (and can be restored); null when it was not.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>When someone should look at the thread (queued input, a timer, a deadline, the end of a lease); null if there is nothing to do.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Texts by which the thread is found, besides its other members; few, made by the core, in ordinal order.</summary>
    public IReadOnlyList<string> Terms { get; init; } = [];

    /// <summary>Facts that maintenance keeps about the thread: name → text. Small.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = NoProperties;

    /// <summary>How often maintenance changed the thread: its expiry, properties, pins and bodies. Appends and heartbeats do not count.</summary>
    public long Revision { get; init; }

    /// <summary>A counter by which the holder of a lease shows that it is alive.</summary>
    public long Heartbeat { get; init; }

    /// <summary>How many pins the thread has.</summary>
    public int PinCount { get; init; }

    /// <summary>The lowest version that a pin keeps; null without pins.</summary>
    public long? LowestPin { get; init; }

    /// <summary>The pins, in no particular order; null unless they were asked for (<see cref="HeadRequest.WithPins"/>).</summary>
    public IReadOnlyList<Pin>? Pins { get; init; }

    /// <summary>What tells whether the thread was changed since.</summary>
    public ThreadStamp Stamp => new(Life, ChainHash, Revision);

    /// <summary>The version and the life of the thread, as states and ETags carry them.</summary>
    public ThreadPosition ThreadPosition => ThreadPosition.Of(Life, Version, ChainHash);

    /// <summary>Where the thread ends.</summary>
    public LogPosition Position => new(Life, Version, ChainHash);

    /// <summary>Metadata without any key.</summary>
    public static IReadOnlyDictionary<string, JsonElement> EmptyMetadata => JsonValues.None;

    /// <summary>No properties.</summary>
    public static IReadOnlyDictionary<string, string> NoProperties { get; } = new Dictionary<string, string>().AsReadOnly();

    /// <summary>Whether the thread has expired at <paramref name="now"/>.</summary>
    public bool IsExpired(DateTimeOffset now) => ExpiresAt is { } expiry && expiry <= now;

    /// <summary>Whether two maps have the same keys and the same JSON texts.</summary>
    /// <remarks>1 and 1.0 are equal numbers, but not the same text.</remarks>
    public static bool IsSameMetadata(IReadOnlyDictionary<string, JsonElement> left, IReadOnlyDictionary<string, JsonElement> right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        if (ReferenceEquals(left, right))
        {
            return true;
        }

        if (left.Count != right.Count)
        {
            return false;
        }

        foreach (var (key, value) in left)
        {
            if (!right.TryGetValue(key, out var other) || !JsonMarshal.GetRawUtf8Value(value).SequenceEqual(JsonMarshal.GetRawUtf8Value(other)))
            {
                return false;
            }
        }

        return true;
    }
}

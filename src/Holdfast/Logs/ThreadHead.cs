using System.Runtime.InteropServices;
using System.Text.Json;

namespace Holdfast.Logs;

/// <summary>The catalogue entry of a thread: what a log knows of it without reading its entries.</summary>
/// <remarks>Written with each append, atomically with the entry. Immutable.</remarks>
public sealed record ThreadHead
{
    /// <summary>Which thread this is.</summary>
    public required ThreadKey Key { get; init; }

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

    /// <summary>Metadata without any key.</summary>
    public static IReadOnlyDictionary<string, JsonElement> EmptyMetadata { get; } = new Dictionary<string, JsonElement>().AsReadOnly();

    /// <summary>Whether the thread has expired at <paramref name="now"/>.</summary>
    public bool IsExpired(DateTimeOffset now) => ExpiresAt is { } expiry && expiry <= now;

    /// <summary>Whether nothing was appended, erased or extended between <paramref name="other"/> and this.</summary>
    public bool IsUnchangedSince(ThreadHead other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return ChainHash == other.ChainHash && ExpiresAt == other.ExpiresAt;
    }

    /// <summary>Whether both have the same keys, with values of the same JSON text.</summary>
    /// <remarks>1 and 1.0 are equal numbers, but not the same text: what was written is what is to be read.</remarks>
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

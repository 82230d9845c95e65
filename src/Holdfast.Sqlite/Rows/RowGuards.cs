using Holdfast.Logs;

namespace Holdfast.Sqlite.Rows;

/// <summary>The hashes by which rows are told from damaged ones, since SQLite has no checksums of its pages.</summary>
/// <remarks>
/// What a row of <c>threads</c> says is written in three steps, so it has three: the guard over what only some appends change, the mark over where
/// the thread stands, which is settled for many appends at once, and the upkeep over what maintenance alone changes. That of an entry is over the mark
/// and its other small columns; its id and its hash are covered by the chain.
/// </remarks>
internal static class RowGuards
{
    /// <param name="head">The head.</param>
    /// <param name="metadata">The <see cref="RowHash.Of"/> of its metadata as it is stored.</param>
    public static long Guard(ThreadHead head, long metadata) => Guard(
        head.Key,
        head.Life,
        head.UserId,
        head.Agent,
        head.Status.ToName(),
        metadata,
        head.Terms,
        Instants.Floor(head.CreatedAt),
        Instants.Floor(head.ExpiresAt),
        Instants.Floor(head.DeletedAt),
        Instants.Floor(head.DueAt));

    public static long Guard(
        ThreadKey key,
        CommitId life,
        string? user,
        string? agent,
        string? status,
        long metadata,
        IReadOnlyList<string> terms,
        long created,
        long? expires,
        long? deleted,
        long? due)
    {
        var hash = new RowHash();
        hash.Add((long)key.Space);
        hash.Add(key.Tenant);
        hash.Add(key.Id.Value);
        hash.Add(life);
        hash.Add(user);
        hash.Add(agent);
        hash.Add(status);
        hash.Add(metadata);
        hash.Add(terms.Count);
        foreach (var term in terms)
        {
            hash.Add(term);
        }

        hash.Add(created);
        hash.Add(expires);
        hash.Add(deleted);
        hash.Add(due);
        return hash.Value;
    }

    public static long Mark(long version, long keyframe, in Digest chain, long messages, long updated)
    {
        var hash = new RowHash();
        hash.Add(version);
        hash.Add(keyframe);
        hash.Add(chain);
        hash.Add(messages);
        hash.Add(updated);
        return hash.Value;
    }

    /// <param name="mark">The mark of what an entry says of the head.</param>
    /// <param name="at">When it was committed.</param>
    /// <param name="messages">How many messages it has.</param>
    /// <param name="isKeyframe">Whether it is a keyframe.</param>
    public static long Entry(long mark, long at, long messages, bool isKeyframe)
    {
        var hash = new RowHash();
        hash.Add(mark);
        hash.Add(at);
        hash.Add(messages);
        hash.Add(isKeyframe ? 1 : 0);
        return hash.Value;
    }

    /// <param name="life">The life of the thread.</param>
    /// <param name="firstVersion">The oldest version that is there.</param>
    /// <param name="properties">The <see cref="RowHash.Of"/> of its properties as they are stored.</param>
    /// <param name="revision">How often maintenance changed it.</param>
    /// <param name="heartbeat">Its heartbeat.</param>
    /// <param name="pins">How many pins it has.</param>
    /// <param name="lowestPin">The lowest version that a pin keeps.</param>
    public static long Upkeep(CommitId life, long firstVersion, long properties, long revision, long heartbeat, long pins, long? lowestPin)
    {
        var hash = new RowHash();
        hash.Add(life);
        hash.Add(firstVersion);
        hash.Add(properties);
        hash.Add(revision);
        hash.Add(heartbeat);
        hash.Add(pins);
        hash.Add(lowestPin);
        return hash.Value;
    }

    /// <param name="thread">The number of the thread that is pinned.</param>
    /// <param name="life">The life that the pin is known by.</param>
    /// <param name="pin">The pin as it is stored.</param>
    public static long Pin(long thread, CommitId life, ReadOnlySpan<byte> pin)
    {
        var hash = new RowHash();
        hash.Add(thread);
        hash.Add(life);
        hash.Add(RowHash.Of(pin));
        return hash.Value;
    }
}

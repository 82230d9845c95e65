namespace Holdfast.Logs;

/// <summary>What becomes of an append; the same for every log.</summary>
public static class AppendRules
{
    /// <summary>Throws if a request contradicts itself.</summary>
    /// <exception cref="ArgumentException">The entry and the head are of two threads or versions; or the request begins a thread without a life, or after version 1 without a keyframe.</exception>
    public static void Check(AppendRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var (entry, head) = (request.Entry, request.Head);
        if (entry.Key != head.Key || entry.Version != head.Version || entry.Version < 1)
        {
            throw new ArgumentException($"The entry is version {entry.Version} of thread '{entry.Key}'; the head is version {head.Version} of '{head.Key}'.", nameof(request));
        }

        if (request.Begins && head.Life == default)
        {
            throw new ArgumentException($"Thread '{entry.Key}' cannot begin without a life.", nameof(request));
        }

        if (request.Begins && entry.Version > 1 && !entry.IsKeyframe)
        {
            throw new ArgumentException($"Thread '{entry.Key}' cannot begin at version {entry.Version} without a keyframe.", nameof(request));
        }
    }

    /// <summary>The trunk that must not be there when an entry begins a thread: a life that was kept as a trunk does not begin again under its old key. Such a begin is a conflict with version 0.</summary>
    /// <returns>The key of the trunk; null where there can be none.</returns>
    public static ThreadKey? TrunkInTheWay(AppendRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Begins && request.Entry.Key.Space == ThreadSpace.Threads ? ThreadKey.Trunk(request.Entry.Key, request.Head.Life) : null;
    }

    /// <summary>Decides whether the entry is to be written.</summary>
    /// <param name="request">The request.</param>
    /// <param name="head">The head that is stored; null if there is no such thread.</param>
    /// <param name="standing">The commit id of the entry that stands at the version of the request, looked up where the thread has that version.</param>
    /// <returns>The answer when nothing is to be written; null when the entry is.</returns>
    public static AppendResult? Decide(AppendRequest request, ThreadHead? head, Func<long, CommitId?> standing)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(standing);
        return head is null ? Decide(request, 0, 0, default, default, standing) : Decide(request, head.Version, head.FirstVersion, head.Life, head.ChainHash, standing);
    }

    /// <inheritdoc cref="Decide(AppendRequest, ThreadHead?, Func{long, CommitId?})"/>
    /// <param name="request">The request.</param>
    /// <param name="version">The version that is stored; 0 if there is no such thread.</param>
    /// <param name="firstVersion">The oldest version that is there.</param>
    /// <param name="life">The life of the thread.</param>
    /// <param name="chainHash">Its chain hash.</param>
    /// <param name="standing">The commit id of the entry that stands at the version of the request, looked up where the thread has that version.</param>
    public static AppendResult? Decide(AppendRequest request, long version, long firstVersion, CommitId life, Digest chainHash, Func<long, CommitId?> standing)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(standing);
        if (version == 0)
        {
            return request.Begins ? null : AppendResult.Conflict(0);
        }

        var entry = request.Entry;
        if (entry.Version > version)
        {
            return !request.Begins && entry.Version == version + 1 && request.After == chainHash ? null : AppendResult.Conflict(version);
        }

        if (request.Head.Life != life)
        {
            return AppendResult.Conflict(version);
        }

        if (entry.Version < firstVersion)
        {
            return AppendResult.Dropped(version);
        }

        return standing(entry.Version) == entry.CommitId ? AppendResult.Duplicate(version) : AppendResult.Conflict(version);
    }

    /// <summary>The head that is stored with the entry: what the request says, with what appends leave alone.</summary>
    /// <param name="request">The request, which is to be written.</param>
    /// <param name="stored">The head that is stored; null if the thread begins.</param>
    public static ThreadHead HeadAfter(AppendRequest request, ThreadHead? stored)
    {
        ArgumentNullException.ThrowIfNull(request);
        var head = request.Head;
        if (stored is not null && SaysNothingElse(request, stored))
        {
            return head;
        }

        return stored is null
            ? head with { FirstVersion = head.Version, Revision = 0, Heartbeat = 0, PinCount = 0, LowestPin = null, Pins = null, ArchivedBelow = null }
            : head with
            {
                Life = stored.Life,
                FirstVersion = stored.FirstVersion,
                Properties = stored.Properties,
                Revision = stored.Revision,
                Heartbeat = stored.Heartbeat,
                PinCount = stored.PinCount,
                LowestPin = stored.LowestPin,
                Pins = null,
                ArchivedBelow = null,
                ExpiresAt = request.KeepExpiry ? stored.ExpiresAt : head.ExpiresAt,
            };
    }

    // What a session says that maintenance did is what it read: nearly always, that is what is stored.
    private static bool SaysNothingElse(AppendRequest request, ThreadHead stored)
    {
        var head = request.Head;
        return head.Life == stored.Life && head.FirstVersion == stored.FirstVersion && ReferenceEquals(head.Properties, stored.Properties)
            && head.Revision == stored.Revision && head.Heartbeat == stored.Heartbeat && head.PinCount == stored.PinCount && head.LowestPin == stored.LowestPin
            && head.Pins is null && head.ArchivedBelow is null && (!request.KeepExpiry || head.ExpiresAt == stored.ExpiresAt);
    }
}

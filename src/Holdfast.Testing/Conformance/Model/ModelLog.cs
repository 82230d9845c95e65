using System.Text;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast.Testing;

/// <summary>What a log is to do, in the plainest way that can be thought of. It shares no code with the in-memory log.</summary>
internal sealed class ModelLog
{
    private readonly Dictionary<ThreadKey, (ThreadHead Head, List<LogEntry> Entries)> _threads = [];
    private readonly Dictionary<(ThreadKey Thread, CommitId Life), Pin> _pins = [];

    public ThreadHead? Head(ThreadKey key) => _threads.TryGetValue(key, out var thread) ? thread.Head : null;

    public IEnumerable<LogEntry> Entries(ThreadKey key) => _threads.TryGetValue(key, out var thread) ? thread.Entries : [];

    public IEnumerable<Pin> Pins(ThreadKey key) => _pins.Where(pin => pin.Key.Thread == key).Select(pin => pin.Value);

    public AppendResult Append(AppendRequest request)
    {
        var (key, wanted) = (request.Entry.Key, request.Entry.Version);
        if (Head(key) is not { } head)
        {
            if (!request.Begins || (key.Space == ThreadSpace.Threads && Head(ThreadKey.Trunk(key, request.Head.Life)) is not null))
            {
                return new(AppendOutcome.Conflict, 0);
            }

            _threads[key] = (request.Head with { FirstVersion = wanted, Revision = 0, Heartbeat = 0, PinCount = 0, LowestPin = null }, [request.Entry]);
            return new(AppendOutcome.Appended, wanted);
        }

        if (wanted <= head.Version && request.Head.Life == head.Life)
        {
            return new(
                wanted < Entries(key).First().Version ? AppendOutcome.Dropped
                : Entries(key).Any(entry => entry.Version == wanted && entry.CommitId == request.Entry.CommitId) ? AppendOutcome.Duplicate
                : AppendOutcome.Conflict,
                head.Version);
        }

        if (request.Begins || wanted - 1 != head.Version || request.After != head.ChainHash)
        {
            return new(AppendOutcome.Conflict, head.Version);
        }

        var after = request.Head with
        {
            Life = head.Life,
            FirstVersion = head.FirstVersion,
            ExpiresAt = request.KeepExpiry ? head.ExpiresAt : request.Head.ExpiresAt,
            Properties = head.Properties,
            Revision = head.Revision,
            Heartbeat = head.Heartbeat,
            PinCount = head.PinCount,
            LowestPin = head.LowestPin,
        };
        _threads[key] = (after, [.. Entries(key), request.Entry]);
        return new(AppendOutcome.Appended, wanted);
    }

    public IEnumerable<LogEntry> Tail(ThreadKey key, int minimum)
    {
        var entries = Entries(key).ToList();
        var fromKeyframe = entries.Count - Math.Max(entries.FindLastIndex(entry => entry.IsKeyframe), 0);
        return entries.TakeLast(Math.Max(fromKeyframe, minimum));
    }

    public IEnumerable<LogEntry> TailSince(ThreadKey key, LogPosition since, int minimum)
    {
        if (Head(key) is not { } head || since.Life != head.Life || since.Version > head.Version)
        {
            return Tail(key, minimum);
        }

        var after = Entries(key).Where(entry => entry.Version > since.Version).ToList();
        return after.Count == head.Version - since.Version ? after : Tail(key, minimum);
    }

    public ThreadHead? Update(HeadUpdate update)
    {
        if (Head(update.Key) is not { } head || (update.IfLife ?? head.Life) != head.Life || (update.IfRevision ?? head.Revision) != head.Revision || !IsUnchanged(head, update.IfUnchanged))
        {
            return null;
        }

        foreach (var life in update.RemovePins)
        {
            _pins.Remove((update.Key, life));
        }

        foreach (var pin in update.AddPins)
        {
            _pins[(update.Key, pin.Life)] = pin;
        }

        var properties = head.Properties.Where(property => !update.Properties.ContainsKey(property.Key))
            .Concat(update.Properties.Where(property => property.Value is not null).Select(property => KeyValuePair.Create(property.Key, property.Value!)));
        var pins = Pins(update.Key).ToList();
        head = head with
        {
            ExpiresAt = update.Expiry is { } expiry ? expiry.At : head.ExpiresAt,
            Properties = properties.ToDictionary(),
            Heartbeat = update.Beats ? head.Heartbeat + 1 : head.Heartbeat,
            Revision = update.Expiry is null && update.Properties.Count + update.AddPins.Count + update.RemovePins.Count == 0 ? head.Revision : head.Revision + 1,
            PinCount = pins.Count,
            LowestPin = pins.Select(pin => (long?)pin.From).Min(),
        };
        _threads[update.Key] = (head, [.. Entries(update.Key)]);
        return head;
    }

    /// <summary>Whether there is such a thread; null when the request must be refused.</summary>
    public bool? Rewrite(RewriteRequest request)
    {
        var (key, replacements, dropBelow) = (request.Key, request.Replacements, request.DropBelow);
        if (Head(key) is not { } head || !IsUnchanged(head, request.IfUnchanged))
        {
            return false;
        }

        var entries = Entries(key).ToList();
        var needed = entries.FindLast(entry => entry.IsKeyframe)?.Version ?? entries[0].Version;
        var kept = entries.Where(entry => entry.Version >= dropBelow).ToList();
        if (dropBelow > needed || replacements.Keys.Any(version => version >= needed || !kept.Exists(entry => entry.Version == version))
            || (kept.Count < entries.Count && !kept[0].IsKeyframe))
        {
            return null;
        }

        _threads[key] = (
            head with { FirstVersion = kept[0].Version, Revision = head.Revision + (replacements.Count > 0 || kept.Count < entries.Count ? 1 : 0) },
            kept.ConvertAll(entry => replacements.TryGetValue(entry.Version, out var body) ? entry with { Body = body, RewrittenHash = Digest.Compute(body.Span) } : entry));
        return true;
    }

    public bool Erase(ThreadKey key, ThreadStamp? ifUnchanged)
    {
        if (Head(key) is not { } head || !IsUnchanged(head, ifUnchanged))
        {
            return false;
        }

        foreach (var pin in Pins(key).ToList())
        {
            _pins.Remove((key, pin.Life));
        }

        return _threads.Remove(key);
    }

    public bool Rename(ThreadKey key, ThreadKey trunk, ThreadStamp? ifUnchanged)
    {
        var (head, entries, pins) = (Head(key), Entries(key).ToList(), Pins(key).ToList());
        if (!Erase(key, ifUnchanged))
        {
            return false;
        }

        _threads[trunk] = (head! with { Key = trunk }, entries.ConvertAll(entry => entry with { Key = trunk }));
        pins.ForEach(pin => _pins[(trunk, pin.Life)] = pin);
        return true;
    }

    public IEnumerable<ThreadHead> List(HeadQuery query)
    {
        var found = _threads.Values.Select(thread => thread.Head).Where(head => IsWanted(head, query));
        var byId = found.OrderBy(head => Convert.ToHexString(Encoding.UTF8.GetBytes(head.Key.Id.Value)), StringComparer.Ordinal);
        return query.DueBefore is not null ? byId.OrderBy(head => head.DueAt)
            : query.Filter.Order == ThreadOrder.Id ? byId
            : byId.OrderByDescending(head => head.UpdatedAt);
    }

    private static bool IsUnchanged(ThreadHead head, ThreadStamp? stamp)
        => stamp is not { } seen || (head.ChainHash == seen.ChainHash && head.Life == seen.Life && head.Revision == seen.Revision);

    private static bool IsWanted(ThreadHead head, HeadQuery query)
    {
        var isExpired = head.ExpiresAt <= query.AsOf;
        var filter = query.Filter;
        return head.Key.Space == query.Space
            && (filter.UserId ?? head.UserId) == head.UserId
            && (filter.Agent ?? head.Agent) == head.Agent
            && (filter.Status ?? head.Status) == head.Status
            && !(head.UpdatedAt < filter.UpdatedSince)
            && !(head.UpdatedAt >= filter.UpdatedBefore)
            && (query.DueBefore is not { } due || (head.DueAt is { } at && at < due))
            && query.Terms.All(head.Terms.Contains)
            && (query.Expired is ExpiredFilter.Include || isExpired == query.Expired is ExpiredFilter.Only)
            && (filter.Deleted is DeletedFilter.Include || head.DeletedAt.HasValue == filter.Deleted is DeletedFilter.Only)
            && filter.Metadata.All(term => head.Metadata.TryGetValue(term.Key, out var value) && JsonElement.DeepEquals(value, term.Value));
    }
}

using System.Text;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast.Testing;

/// <summary>What a log is to do, in the plainest way that can be thought of. It shares no code with the in-memory log.</summary>
internal sealed class ModelLog
{
    private readonly Dictionary<ThreadKey, (ThreadHead Head, List<LogEntry> Entries)> _threads = [];

    public ThreadHead? Head(ThreadKey key) => _threads.TryGetValue(key, out var thread) ? thread.Head : null;

    public IEnumerable<LogEntry> Entries(ThreadKey key) => _threads.TryGetValue(key, out var thread) ? thread.Entries : [];

    public AppendResult Append(AppendRequest request)
    {
        var key = request.Entry.Key;
        var head = Head(key);
        var current = head is null ? 0 : head.Version;
        if (Entries(key).Any(entry => entry.Version == request.Entry.Version && entry.CommitId == request.Entry.CommitId))
        {
            return new(AppendOutcome.Duplicate, current);
        }

        var chain = head is null ? ChainHash.Start : head.ChainHash;
        if (request.Entry.Version - 1 != current || request.After != chain)
        {
            return new(AppendOutcome.Conflict, current);
        }

        var expiry = head is not null && request.KeepExpiry ? head.ExpiresAt : request.Head.ExpiresAt;
        _threads[key] = (request.Head with { ExpiresAt = expiry }, [.. Entries(key), request.Entry]);
        return new(AppendOutcome.Appended, current + 1);
    }

    public IEnumerable<LogEntry> Tail(ThreadKey key, int minimum)
    {
        var entries = Entries(key).ToList();
        var fromKeyframe = entries.Count - Math.Max(entries.FindLastIndex(entry => entry.IsKeyframe), 0);
        return entries.TakeLast(Math.Max(fromKeyframe, minimum));
    }

    public bool SetExpiry(ThreadKey key, DateTimeOffset? expiry)
    {
        if (Head(key) is not { } head)
        {
            return false;
        }

        _threads[key] = (head with { ExpiresAt = expiry }, [.. Entries(key)]);
        return true;
    }

    /// <summary>Whether there is such a thread; null when the request must be refused.</summary>
    public bool? Rewrite(ThreadKey key, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements, long dropBelow)
    {
        if (Head(key) is not { } head)
        {
            return false;
        }

        var entries = Entries(key).ToList();
        var needed = entries.FindLast(entry => entry.IsKeyframe)?.Version ?? 1;
        var kept = entries.Where(entry => entry.Version >= dropBelow).ToList();
        if (dropBelow > needed || replacements.Keys.Any(version => version >= needed || !kept.Exists(entry => entry.Version == version)))
        {
            return null;
        }

        _threads[key] = (head, kept.ConvertAll(entry => replacements.TryGetValue(entry.Version, out var body) ? entry with { Body = body, IsRewritten = true } : entry));
        return true;
    }

    public bool Erase(ThreadKey key, ThreadHead? ifUnchanged)
        => Head(key) is { } head
            && (ifUnchanged is null || (head.ChainHash == ifUnchanged.ChainHash && head.ExpiresAt == ifUnchanged.ExpiresAt))
            && _threads.Remove(key);

    public IEnumerable<ThreadHead> List(HeadQuery query)
    {
        var found = _threads.Values.Select(thread => thread.Head).Where(head => IsWanted(head, query));
        var byId = found.OrderBy(head => Convert.ToHexString(Encoding.UTF8.GetBytes(head.Key.Id.Value)), StringComparer.Ordinal);
        return query.Filter.Order == ThreadOrder.Id ? byId : byId.OrderByDescending(head => head.UpdatedAt);
    }

    private static bool IsWanted(ThreadHead head, HeadQuery query)
    {
        var isExpired = head.ExpiresAt <= query.AsOf;
        var filter = query.Filter;
        return (filter.UserId ?? head.UserId) == head.UserId
            && (filter.Agent ?? head.Agent) == head.Agent
            && (filter.Status ?? head.Status) == head.Status
            && !(head.UpdatedAt < filter.UpdatedSince)
            && !(head.UpdatedAt >= filter.UpdatedBefore)
            && (query.Expired is ExpiredFilter.Include || isExpired == query.Expired is ExpiredFilter.Only)
            && (filter.Deleted is DeletedFilter.Include || head.DeletedAt.HasValue == filter.Deleted is DeletedFilter.Only)
            && filter.Metadata.All(term => head.Metadata.TryGetValue(term.Key, out var value) && JsonElement.DeepEquals(value, term.Value));
    }
}

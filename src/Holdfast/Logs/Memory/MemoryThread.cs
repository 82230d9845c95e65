namespace Holdfast.Logs;

/// <summary>The entries of one thread in memory. Callers hold its lock; the head alone may be read without it.</summary>
internal sealed class MemoryThread
{
    private readonly List<LogEntry> _entries = [];
    private volatile ThreadHead? _head;

    public ThreadHead? Head => _head;

    public bool IsErased { get; set; }

    private long FirstVersion => _entries[0].Version;

    public AppendResult Append(AppendRequest request)
    {
        var entry = request.Entry;
        var current = _head?.Version ?? 0;
        if (entry.Version <= current && Find(entry.Version) is { } standing && standing.CommitId == entry.CommitId)
        {
            return AppendResult.Duplicate(current);
        }

        if (entry.Version != current + 1 || request.After != (_head?.ChainHash ?? ChainHash.Start))
        {
            return AppendResult.Conflict(current);
        }

        // The caller's buffer is its own again once the append has returned.
        _entries.Add(entry with { Body = entry.Body.ToArray() });
        _head = request.KeepExpiry && _head is { } head ? request.Head with { ExpiresAt = head.ExpiresAt } : request.Head;
        return AppendResult.Appended(entry.Version);
    }

    public LogEntry[] Tail(int minimumEntries)
    {
        var from = Math.Min(Math.Max(_head!.KeyframeVersion, 1), _head.Version - minimumEntries + 1);
        return Range(from, long.MaxValue);
    }

    public LogEntry[] Range(long from, long to)
    {
        var start = Math.Max(from, FirstVersion);
        var end = Math.Min(to, _head!.Version);
        return start > end ? [] : [.. _entries.GetRange((int)(start - FirstVersion), (int)(end - start + 1))];
    }

    public bool SetExpiry(DateTimeOffset? expiresAt)
    {
        _head = _head! with { ExpiresAt = expiresAt };
        return true;
    }

    public bool Rewrite(IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements, long dropBelow)
    {
        RewriteRules.Check(_head!, FirstVersion, replacements, dropBelow);
        _entries.RemoveAll(entry => entry.Version < dropBelow);
        for (var i = 0; i < _entries.Count; i++)
        {
            if (replacements.TryGetValue(_entries[i].Version, out var body))
            {
                _entries[i] = _entries[i] with { Body = body.ToArray(), IsRewritten = true };
            }
        }

        return true;
    }

    // Versions have no gaps, so an entry's place follows from its version.
    private LogEntry? Find(long version) => version >= FirstVersion ? _entries[(int)(version - FirstVersion)] : null;
}

namespace Holdfast.Logs;

/// <summary>The entries of one thread in memory. Callers hold its lock; the head alone may be read without it.</summary>
/// <param name="key">The key that the thread is found under; none once it was erased.</param>
internal sealed class MemoryThread(ThreadKey key)
{
    private readonly List<LogEntry> _entries = [];
    private volatile ThreadHead? _head;
    private Func<long, CommitId?>? _standing;

    public ThreadKey? Key { get; private set; } = key;

    public ThreadHead? Head => _head;

    public IReadOnlyList<Pin> Pins { get; private set; } = [];

    private long FirstVersion => _entries[0].Version;

    public AppendResult Append(AppendRequest request)
    {
        if (AppendRules.Decide(request, _head, _standing ??= version => Find(version).CommitId) is { } refused)
        {
            return refused;
        }

        // The caller's buffer is its own again once the append has returned, unless the caller says that it is nobody's.
        _entries.Add(request.IsBodyFixed ? request.Entry : request.Entry with { Body = request.Entry.Body.ToArray() });
        _head = AppendRules.HeadAfter(request, _head);
        return AppendResult.Appended(request.Entry.Version);
    }

    public LogEntry[] Range(long from, long to)
    {
        var start = Math.Max(from, FirstVersion);
        var end = Math.Min(to, _head!.Version);
        if (start > end)
        {
            return [];
        }

        var entries = _entries.GetRange((int)(start - FirstVersion), (int)(end - start + 1)).ToArray();
        if (entries[0].Key != _head.Key)
        {
            // The thread was renamed.
            Array.ConvertAll(entries, entry => entry with { Key = _head.Key }).CopyTo(entries, 0);
        }

        return entries;
    }

    public ThreadHead Update(HeadUpdate update)
    {
        (_head, Pins) = HeadRules.Apply(update, _head!, Pins);
        return _head;
    }

    public bool Rewrite(RewriteRequest request)
    {
        var head = _head!;
        RewriteRules.Check(request, head, request.DropBelow >= FirstVersion && request.DropBelow <= head.Version && Find(request.DropBelow).IsKeyframe);
        _entries.RemoveAll(entry => entry.Version < request.DropBelow);
        foreach (var (version, body) in request.Replacements)
        {
            _entries[(int)(version - FirstVersion)] = RewriteRules.Replace(Find(version), body.ToArray());
        }

        _head = RewriteRules.HeadAfter(request, head);
        return true;
    }

    public void Rename(ThreadKey key)
    {
        Key = key;
        _head = _head! with { Key = key };
    }

    public void Erase() => (Key, _head) = (null, null);

    // Versions have no gaps, so an entry's place follows from its version.
    private LogEntry Find(long version) => _entries[(int)(version - FirstVersion)];
}

using System.Text;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>The state of a thread, folded from its commits: everything but the messages themselves.</summary>
internal sealed class ThreadState
{
    /// <summary>How many bytes a key takes beyond its text: quotation marks, a colon and a comma.</summary>
    private const int KeyOverhead = 4;

    private readonly OrderedDictionary<string, Section> _sections = new(StringComparer.Ordinal);
    private readonly List<(string Name, ReadOnlyMemory<byte> Json)> _unknown = [];

    public IReadOnlyDictionary<string, Section> Sections => _sections;

    /// <summary>What the last keyframe said besides that this code does not know; the next one says it again.</summary>
    public IReadOnlyList<(string Name, ReadOnlyMemory<byte> Json)> Unknown => _unknown;

    /// <summary>How many bytes all keys and values take as JSON.</summary>
    public long Bytes { get; private set; }

    public string? UserId { get; set; }

    public string? Agent { get; set; }

    public ThreadStatus Status { get; set; }

    public bool IsDeleted { get; set; }

    public VisibleHistory History { get; set; } = VisibleHistory.All;

    public long MessageCount { get; set; }

    public Section? Find(string section) => _sections.GetValueOrDefault(section);

    public bool TryGet(string section, string key, out ReadOnlyMemory<byte> value)
    {
        value = default;
        return Find(section)?.TryGetValue(key, out value) ?? false;
    }

    public void Set(string section, string key, ReadOnlyMemory<byte> value)
    {
        if (Find(section) is not { } keys)
        {
            _sections.Add(section, keys = []);
        }

        Bytes += keys.TryGetValue(key, out var old) ? value.Length - old.Length : value.Length + SizeOf(key);
        keys[key] = value;
    }

    public bool Remove(string section, string key)
    {
        if (Find(section) is not { } keys || !keys.Remove(key, out var old))
        {
            return false;
        }

        Bytes -= old.Length + SizeOf(key);
        return true;
    }

    public void AddUnknown(string name, ReadOnlyMemory<byte> json)
    {
        _unknown.Add((name, json));
        Bytes += json.Length + SizeOf(name);
    }

    /// <summary>Applies a commit that was read.</summary>
    public void Apply(LogEntry entry, CommitBody body)
    {
        // In this order: a key that is removed and set again comes after the others.
        foreach (var (section, key) in body.Remove)
        {
            Remove(section, key);
        }

        foreach (var (section, key, value) in body.Set)
        {
            Set(section, key, value);
        }

        UserId = body.UserId ?? UserId;
        Status = body.Status ?? Status;
        IsDeleted = body.Deleted ?? IsDeleted;
        Agent = body.SetsAgent ? body.Agent : Agent;
        History = body.History ?? History;
        MessageCount = body.MessageCount ?? MessageCount + entry.MessageCount;
    }

    /// <summary>Applies the changes of a session, but for its messages.</summary>
    public void Apply(ChangeSet changes)
    {
        foreach (var (section, key) in changes.Removed)
        {
            Remove(section, key);
        }

        foreach (var (section, key) in changes.SetKeys)
        {
            Set(section, key, changes.Sections[section][key]!.Value);
        }

        UserId = changes.UserId ?? UserId;
        Status = changes.Status ?? Status;
        IsDeleted = changes.Deleted ?? IsDeleted;
        Agent = changes.SetsAgent ? changes.Agent : Agent;
    }

    /// <summary>What the head of the thread says otherwise; null if it agrees. Its metadata are not looked at.</summary>
    public string? DisagreementWith(ThreadHead head)
    {
        return Find("the number of visible messages", MessageCount, head.MessageCount)
            ?? Find("the status", Status, head.Status)
            ?? Find("the agent", Agent, head.Agent)
            ?? Find("the owner", UserId, head.UserId)
            ?? Find("whether it is deleted", IsDeleted, head.DeletedAt is not null);

        static string? Find<T>(string what, T folded, T said)
            => EqualityComparer<T>.Default.Equals(folded, said) ? null : $"{what}: the commits say {Show(folded)}, the head says {Show(said)}.";

        static string Show<T>(T value) => value?.ToString() ?? "none";
    }

    /// <summary>Whether two states are the same, but for the order of keys.</summary>
    public bool SameAs(ThreadState other)
        => UserId == other.UserId && Agent == other.Agent && Status == other.Status && IsDeleted == other.IsDeleted
            && MessageCount == other.MessageCount && History.Ranges.SequenceEqual(other.History.Ranges)
            && Sections.Values.Sum(section => section.Count) == other.Sections.Values.Sum(section => section.Count)
            && Sections.All(section => section.Value.All(pair => other.TryGet(section.Key, pair.Key, out var json) && json.Span.SequenceEqual(pair.Value.Span)));

    private static int SizeOf(string key) => Encoding.UTF8.GetByteCount(key) + KeyOverhead;
}

using System.Text;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>The state of a thread, folded from its commits: everything but the messages themselves.</summary>
internal sealed class ThreadState
{
    private readonly OrderedDictionary<string, Section> _sections = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, Section> Sections => _sections;

    /// <summary>How many bytes the texts of all keys and values have.</summary>
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

        Bytes += keys.TryGetValue(key, out var old) ? value.Length - old.Length : value.Length + Encoding.UTF8.GetByteCount(key);
        keys[key] = value;
    }

    public bool Remove(string section, string key)
    {
        if (Find(section) is not { } keys || !keys.Remove(key, out var old))
        {
            return false;
        }

        Bytes -= old.Length + Encoding.UTF8.GetByteCount(key);
        return true;
    }

    /// <summary>Applies a commit that was read.</summary>
    public void Apply(LogEntry entry, CommitBody body)
    {
        foreach (var (section, key, value) in body.Set)
        {
            Set(section, key, value);
        }

        foreach (var (section, key) in body.Remove)
        {
            Remove(section, key);
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
        foreach (var (section, keys) in changes.Sections)
        {
            foreach (var (key, value) in keys)
            {
                if (value is { } json)
                {
                    Set(section, key, json);
                }
                else
                {
                    Remove(section, key);
                }
            }
        }

        UserId = changes.UserId ?? UserId;
        Status = changes.Status ?? Status;
        IsDeleted = changes.Deleted ?? IsDeleted;
        Agent = changes.SetsAgent ? changes.Agent : Agent;
    }

    /// <summary>Whether two states are the same, but for the order of keys.</summary>
    public bool SameAs(ThreadState other)
        => UserId == other.UserId && Agent == other.Agent && Status == other.Status && IsDeleted == other.IsDeleted
            && MessageCount == other.MessageCount && History.Ranges.SequenceEqual(other.History.Ranges)
            && Sections.Values.Sum(section => section.Count) == other.Sections.Values.Sum(section => section.Count)
            && Sections.All(section => section.Value.All(pair => other.TryGet(section.Key, pair.Key, out var json) && json.Span.SequenceEqual(pair.Value.Span)));
}

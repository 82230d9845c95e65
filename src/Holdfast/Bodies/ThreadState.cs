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

    /// <summary>The schema of the application's own state: 1 where nothing was ever migrated.</summary>
    public int Schema { get; set; } = 1;

    public VisibleHistory History { get; set; } = VisibleHistory.All;

    public long MessageCount { get; set; }

    /// <summary>What has to be read to show the history: nothing where no message is visible, whatever was dropped.</summary>
    public VisibleHistory Shown => MessageCount == 0 ? VisibleHistory.None : History;

    public OpenCalls OpenCalls { get; set; } = OpenCalls.None;

    /// <summary>What the thread shows of those that it was forked from, oldest versions first; none for a thread that is no fork. The last one is the thread that was forked.</summary>
    public IReadOnlyList<Origin> Origins { get; set; } = [];

    public Section? Find(string section) => _sections.GetValueOrDefault(section);

    public bool TryGet(string section, string key, out ReadOnlyMemory<byte> value)
    {
        value = default;
        return Find(section)?.TryGetValue(key, out value) ?? false;
    }

    public void Set(string section, string key, ReadOnlyMemory<byte> value) => Put(section, key, new SectionValue(value));

    /// <summary>Adds elements to an array; a key without a value gets one.</summary>
    /// <exception cref="FormatException">The value is not an array.</exception>
    public void Append(string section, string key, IReadOnlyList<ReadOnlyMemory<byte>> elements)
        => Put(section, key, (Peek(section, key) ?? new(JsonArrays.Empty)).With(elements));

    public bool Remove(string section, string key)
    {
        var isThere = Find(section)?.ContainsKey(key) ?? false;
        if (isThere)
        {
            Put(section, key, null);
        }

        return isThere;
    }

    /// <summary>A value as it is kept, for <see cref="Put"/>; null where there is none.</summary>
    public SectionValue? Peek(string section, string key) => Find(section)?.Peek(key);

    /// <summary>Where a key stands among the others of its section; -1 if there is none.</summary>
    public int IndexOf(string section, string key) => Find(section)?.IndexOf(key) ?? -1;

    /// <summary>Sets a value, or removes it; a new key comes at a place, or after the others.</summary>
    public void Put(string section, string key, SectionValue? value, int? index = null)
    {
        if (!_sections.TryGetValue(section, out var values))
        {
            _sections.Add(section, values = new());
        }

        var keys = values.Count;
        Bytes += values.Put(key, value, index);
        Bytes += (values.Count - keys) * SizeOf(key);
    }

    public void AddUnknown(string name, ReadOnlyMemory<byte> json)
    {
        _unknown.Add((name, json));
        Bytes += json.Length + SizeOf(name);
    }

    /// <summary>Applies a commit that was read.</summary>
    /// <exception cref="CorruptStateException">The commit cannot follow the state.</exception>
    public void Apply(LogEntry entry, Change change)
    {
        try
        {
            Apply(change);
        }
        catch (FormatException e)
        {
            throw new CorruptStateException(entry.Key, entry.Version, $"it cannot follow what is before it: {e.Message}", e);
        }

        if (change.Closes)
        {
            Clear();
            return;
        }

        OpenCalls = OpenCalls.After(entry.Version, change.Messages);
        MessageCount += entry.MessageCount;
        if (change.History is var (visible, count))
        {
            (History, MessageCount, OpenCalls) = (visible, count, change.OpenCalls ?? OpenCalls.Among(visible.Shows));
        }
    }

    /// <summary>Applies changes, but for messages and the history.</summary>
    /// <exception cref="FormatException">An array that is appended to is none.</exception>
    public void Apply(Change change)
    {
        // In this order: a key that is removed and set again comes after the others.
        foreach (var (section, key, done) in change.Sections)
        {
            if (done.Removes)
            {
                Remove(section, key);
            }
        }

        foreach (var (section, key, done) in change.Sections)
        {
            if (done.Value is { } value)
            {
                Set(section, key, value);
            }

            if (done.Appended is { } elements)
            {
                Append(section, key, elements);
            }
        }

        UserId = change.UserId ?? UserId;
        Status = change.Status ?? Status;
        IsDeleted = change.Deleted ?? IsDeleted;
        Schema = change.Schema ?? Schema;
        Agent = change.SetsAgent ? change.Agent : Agent;
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
        => Schema == other.Schema && UserId == other.UserId && Agent == other.Agent && Status == other.Status && IsDeleted == other.IsDeleted
            && MessageCount == other.MessageCount && History.Ranges.SequenceEqual(other.History.Ranges)
            && OpenCalls.Calls.SequenceEqual(other.OpenCalls.Calls) && Origins.SequenceEqual(other.Origins)
            && Sections.Values.Sum(section => section.Count) == other.Sections.Values.Sum(section => section.Count)
            && Sections.All(section => section.Value.All(pair => other.TryGet(section.Key, pair.Key, out var json) && json.Span.SequenceEqual(pair.Value.Span)));

    // What is left of a thread that was erased while others showed a part of it.
    private void Clear()
    {
        _sections.Clear();
        _unknown.Clear();
        (Bytes, Agent, Status, IsDeleted, MessageCount) = (0, null, ThreadStatus.Idle, false, 0);
        (History, OpenCalls, Origins) = (VisibleHistory.None, OpenCalls.None, []);
    }

    private static int SizeOf(string key) => Encoding.UTF8.GetByteCount(key) + KeyOverhead;
}

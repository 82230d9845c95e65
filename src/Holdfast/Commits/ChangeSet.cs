namespace Holdfast;

/// <summary>What one commit changes.</summary>
internal sealed class ChangeSet
{
    public List<StoredMessage> Messages { get; } = [];

    /// <summary>Section → key → new JSON text, or null where the key is removed.</summary>
    public Dictionary<string, Dictionary<string, ReadOnlyMemory<byte>?>> Sections { get; } = new(StringComparer.Ordinal);

    public ThreadStatus? Status { get; set; }

    public bool SetsAgent { get; set; }

    public string? Agent { get; set; }

    /// <summary>The user whom the commit makes the owner.</summary>
    public string? UserId { get; set; }

    public bool? Deleted { get; set; }

    /// <summary>How the visible history changes otherwise than by appending.</summary>
    public HistoryEdit? History { get; set; }

    public bool IsEmpty => Messages.Count == 0 && Sections.Count == 0 && Status is null && !SetsAgent && Deleted is null && History is null;

    public void Set(string section, string key, ReadOnlyMemory<byte>? value)
    {
        if (!Sections.TryGetValue(section, out var keys))
        {
            Sections.Add(section, keys = new(StringComparer.Ordinal));
        }

        keys[key] = value;
    }

    /// <summary>Adds the changes that were made after these.</summary>
    public void Add(ChangeSet later)
    {
        if (later.History is { } edit)
        {
            History = edit.After(Messages);
        }

        Messages.AddRange(later.Messages);
        foreach (var (section, keys) in later.Sections)
        {
            foreach (var (key, value) in keys)
            {
                Set(section, key, value);
            }
        }

        Status = later.Status ?? Status;
        UserId = later.UserId ?? UserId;
        Deleted = later.Deleted ?? Deleted;
        if (later.SetsAgent)
        {
            (SetsAgent, Agent) = (true, later.Agent);
        }
    }
}

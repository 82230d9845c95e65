namespace Holdfast;

/// <summary>What one commit changes.</summary>
internal sealed class ChangeSet
{
    private readonly HashSet<(string Section, string Key)> _again = [];
    private readonly HashSet<string> _retired = new(StringComparer.Ordinal);

    public List<StoredMessage> Messages { get; } = [];

    /// <summary>Section → key → new JSON text, or null where the key is removed.</summary>
    public Dictionary<string, OrderedDictionary<string, ReadOnlyMemory<byte>?>> Sections { get; } = new(StringComparer.Ordinal);

    public ThreadStatus? Status { get; set; }

    public bool SetsAgent { get; set; }

    public string? Agent { get; set; }

    /// <summary>The user whom the commit makes the owner.</summary>
    public string? UserId { get; set; }

    public bool? Deleted { get; set; }

    /// <summary>The keys that are removed, also those that are set again after that.</summary>
    public IEnumerable<(string Section, string Key)> Removed
    {
        get
        {
            foreach (var (section, keys) in Sections)
            {
                foreach (var (key, _) in keys)
                {
                    if (Removes(section, key))
                    {
                        yield return (section, key);
                    }
                }
            }
        }
    }

    /// <summary>The keys that are set.</summary>
    public IEnumerable<(string Section, string Key)> SetKeys
    {
        get
        {
            foreach (var (section, keys) in Sections)
            {
                foreach (var (key, value) in keys)
                {
                    if (value is not null)
                    {
                        yield return (section, key);
                    }
                }
            }
        }
    }

    /// <summary>How the visible history changes otherwise than by appending.</summary>
    public HistoryEdit? History { get; set; }

    public bool IsEmpty => IsEmptyBesidesHistory && History is null;

    /// <summary>Whether nothing is changed, but perhaps which messages are visible.</summary>
    public bool IsEmptyBesidesHistory => Messages.Count == 0 && Sections.Count == 0 && Status is null && !SetsAgent && Deleted is null;

    public void Set(string section, string key, ReadOnlyMemory<byte>? value)
    {
        if (!Sections.TryGetValue(section, out var keys))
        {
            Sections.Add(section, keys = new(StringComparer.Ordinal));
        }

        if (value is not null && keys.TryGetValue(key, out var earlier) && earlier is null)
        {
            // A key that is removed and set again comes after the others from then on, for those who read the commit too.
            keys.Remove(key);
            _again.Add((section, key));
        }

        keys[key] = value;
    }

    /// <summary>Removes a variable because there are too many.</summary>
    public void Retire(string variable)
    {
        Set(SectionNames.Variables, variable, null);
        _retired.Add(variable);
    }

    /// <summary>Forgets which variables were too many: once the thread was changed by others, it may be others.</summary>
    public void ForgetRetired()
    {
        if (Sections.TryGetValue(SectionNames.Variables, out var variables))
        {
            foreach (var key in _retired.Where(key => variables.TryGetValue(key, out var value) && value is null))
            {
                variables.Remove(key);
            }

            if (variables.Count == 0)
            {
                Sections.Remove(SectionNames.Variables);
            }
        }

        _retired.Clear();
    }

    /// <summary>Adds the changes that were made after these.</summary>
    public void Add(ChangeSet later)
    {
        switch (later.History)
        {
            case { Shown: not null }:
                Messages.Clear();
                History = later.History;
                break;
            case { Most: { } most } cut:
                History = HistoryEdit.KeepLast(History, most, Messages.Count + cut.Among);
                break;
        }

        Messages.AddRange(later.Messages);
        foreach (var (section, keys) in later.Sections)
        {
            foreach (var (key, value) in keys)
            {
                if (value is not null && later.Removes(section, key))
                {
                    Set(section, key, null);
                }

                Set(section, key, value);
            }
        }

        _retired.UnionWith(later._retired);
        Status = later.Status ?? Status;
        UserId = later.UserId ?? UserId;
        Deleted = later.Deleted ?? Deleted;
        if (later.SetsAgent)
        {
            (SetsAgent, Agent) = (true, later.Agent);
        }
    }

    // Whether a key is removed, even if it is set again after that.
    private bool Removes(string section, string key) => Sections[section][key] is null || _again.Contains((section, key));
}

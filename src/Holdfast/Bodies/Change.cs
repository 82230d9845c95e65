namespace Holdfast;

/// <summary>What one commit changes: made by a session, or read from a body.</summary>
internal sealed class Change
{
    private HashSet<(string Section, string Key)>? _retired;
    private MessageBuffer? _texts;

    public List<StoredMessage> Messages { get; } = [];

    /// <summary>Where the texts of messages are kept that a session adds.</summary>
    public MessageBuffer Texts => _texts ??= new();

    public List<StoredRecord> Records { get; } = [];

    public SectionChanges Sections { get; } = new();

    public ThreadStatus? Status { get; set; }

    public bool SetsAgent { get; set; }

    public string? Agent { get; set; }

    /// <summary>The user whom the commit makes the owner.</summary>
    public string? UserId { get; set; }

    public bool? Deleted { get; set; }

    /// <summary>The version whose state the commit brings back.</summary>
    public long? Restores { get; set; }

    /// <summary>The schema of the application's own state from this commit on, where that changes.</summary>
    public int? Schema { get; set; }

    /// <summary>The fork that the commit merges.</summary>
    public MergedFork? Merges { get; set; }

    /// <summary>Whether nothing is left of the state but the owner: the thread was erased, and is kept for those that show a part of it.</summary>
    public bool Closes { get; set; }

    /// <summary>How a session wants the visible history to change otherwise than by appending; what comes of it is <see cref="History"/>.</summary>
    public HistoryEdit? Edit { get; set; }

    /// <summary>What the first messages replace.</summary>
    public HistorySummary? Summary { get; private set; }

    /// <summary>What is visible after the commit, where that changes otherwise than by appending.</summary>
    public HistoryView? History { get; set; }

    /// <summary>The calls that are open after the commit, where that does not follow from what is visible then.</summary>
    public OpenCalls? OpenCalls { get; set; }

    public bool IsEmpty => IsEmptyBesidesHistory && Edit is null && Summary is null;

    /// <summary>Whether nothing is changed, but perhaps which messages are visible.</summary>
    public bool IsEmptyBesidesHistory
        => Messages.Count == 0 && Records.Count == 0 && Sections.IsEmpty && Status is null && !SetsAgent && Deleted is null && Schema is null;

    /// <summary>How many messages are added at the end of the conversation.</summary>
    public int Added => Messages.Count - (Summary?.Messages ?? 0);

    /// <summary>The messages, for readers who may hold them longer than until they are stored.</summary>
    public List<StoredMessage> Lend()
    {
        _texts?.IsLent = true;
        return Messages;
    }

    /// <summary>Replaces visible messages by others.</summary>
    public void Summarize(HistorySummary summary, IEnumerable<StoredMessage> messages)
    {
        Summary = summary;
        Messages.InsertRange(0, messages);
    }

    /// <summary>Takes the messages back, also those that would replace others.</summary>
    public void ClearMessages()
    {
        Messages.Clear();
        Summary = null;
    }

    /// <summary>Forgets everything, so that the next commit uses the same lists.</summary>
    public void Clear()
    {
        ClearMessages();
        _texts?.Reset();
        Records.Clear();
        Sections.Clear();
        (_retired, Status, SetsAgent, Agent, UserId, Deleted) = (null, null, false, null, null, null);
        (Restores, Schema, Edit, History, OpenCalls) = (null, null, null, null, null);
        Merges = null;
    }

    /// <summary>Removes a key because there are too many, or its time has passed.</summary>
    public void Retire(string section, string key)
    {
        Sections.Remove(section, key);
        (_retired ??= []).Add((section, key));
    }

    /// <summary>Forgets which keys were retired: once the thread was changed by others, it may be others.</summary>
    public void ForgetRetired()
    {
        foreach (var (section, key) in _retired ?? [])
        {
            if (Sections.TryGet(section, key, out var change) && change.Value is null)
            {
                Sections.Forget(section, key);
            }
        }

        _retired = null;
    }

    /// <summary>Adds the changes that were made after these.</summary>
    public void Add(Change later)
    {
        switch (later.Edit)
        {
            case { Shown: not null }:
                ClearMessages();
                Edit = later.Edit;
                break;
            case { Most: { } most } cut:
                Edit = HistoryEdit.KeepLast(Edit, most, Added + cut.Among);
                break;
        }

        Messages.AddRange(later.Messages);
        Records.AddRange(later.Records);
        Sections.Add(later.Sections);
        if (later._retired is { } retired)
        {
            (_retired ??= []).UnionWith(retired);
        }

        Status = later.Status ?? Status;
        UserId = later.UserId ?? UserId;
        Deleted = later.Deleted ?? Deleted;
        Restores = later.Restores ?? Restores;
        Merges = later.Merges ?? Merges;
        Schema = later.Schema ?? Schema;
        if (later.SetsAgent)
        {
            (SetsAgent, Agent) = (true, later.Agent);
        }
    }
}

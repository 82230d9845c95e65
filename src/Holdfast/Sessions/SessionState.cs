using Holdfast.Logs;

namespace Holdfast;

/// <summary>One thread as a session has it: as it was read, what the session changes, and a commit that is not settled yet.</summary>
internal sealed class SessionState
{
    /// <summary>The most messages and records of a commit whose lists the next one uses again.</summary>
    private const int KeptItems = 256;

    private readonly List<(string Section, string Key, SectionValue? Before, int Index)> _undo = [];
    private readonly List<(string Section, string Key, SectionValue? Before, int Index)> _unmigrated = [];
    private readonly List<MigratedKey> _included = [];
    private VisibilityPolicy _visibility;
    private int _baseSchema = StateMigrations.First;
    private Change? _emptied;
    private int _undoOfPrepared;

    public SessionState(StoreContext store, ThreadKey key, OpenOptions open, TailFold? tail, ThreadHead? expired = null, bool isRead = true)
    {
        (Store, Key, Open, Expired, IsRead, _visibility) = (store, key, open, expired, isRead, store.Visibility);
        Times = new(this);
        History = new(this);
        Records = new(this);
        Adopt(tail);
    }

    public StoreContext Store { get; }

    public ThreadKey Key { get; }

    public OpenOptions Open { get; set; }

    /// <summary>What has a say in the commits of the session; null for none.</summary>
    public ICommitAddition? Addition { get; set; }

    public AgentStateOptions Options => Store.Options;

    /// <summary>Whether it is known what is stored. Otherwise values can be set, and <see cref="AdoptUnder"/> comes before they are committed.</summary>
    public bool IsRead { get; private set; }

    /// <summary>The times after which keys are gone.</summary>
    public KeyTimes Times { get; }

    /// <summary>The head that the session is based on; null for a new thread.</summary>
    public ThreadHead? Base { get; private set; }

    public long Version => Base?.Version ?? 0;

    /// <summary>The thread that had the key and has expired; a new one takes its place with the first commit.</summary>
    public ThreadHead? Expired { get; set; }

    /// <summary>The folded state with the session's own changes; only its history and its open calls are as committed.</summary>
    public ThreadState State { get; private set; } = new();

    /// <summary>The messages of the newest entries, oldest first, without gaps up to <see cref="Version"/>.</summary>
    public List<EntryMessages> Recent { get; private set; } = [];

    /// <summary>What the next keyframe depends on.</summary>
    public TailWeight Weight { get; private set; }

    /// <summary>The size of the state that the session is based on.</summary>
    public long BaseSize { get; private set; }

    /// <summary>The changes that are not part of a commit yet.</summary>
    public Change Pending { get; private set; } = new();

    /// <summary>A commit whose bytes are fixed, and which is not settled; null if there is none.</summary>
    public PreparedCommit? Prepared { get; private set; }

    /// <summary>What the thread was changed in to have the schema of this build, which the next commit stores; null if nothing was.</summary>
    public IReadOnlyList<MigratedKey>? Migration { get; private set; }

    /// <summary>The conversation with what the session adds.</summary>
    public SessionHistory History { get; }

    /// <summary>The commits of the thread, with those that it shows of the threads it was forked from.</summary>
    public ThreadEntries Entries => Store.EntriesOf(Key, Base, State);

    /// <summary>The records that the session adds.</summary>
    public PendingRecords Records { get; }

    public bool HasChanges => !Pending.IsEmpty || Prepared is not null;

    public VisibilityPolicy Visibility
    {
        get => _visibility;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            value.Validate();
            _visibility = value.Snapshot();
        }
    }

    /// <summary>Takes a thread as it was read, with nothing changed.</summary>
    public void Adopt(TailFold? tail)
    {
        (Base, State, Recent) = (tail?.Head, tail?.State ?? new(), tail?.Recent ?? []);
        Weight = tail?.Weight ?? default;
        BaseSize = tail is null ? 0 : CommitBodyWriter.KeyframeSize(State);
        _undo.Clear();
        Migrate(isNew: tail is null);
    }

    /// <summary>Takes a thread as it was read after values were set. What it has already is not set again.</summary>
    public void AdoptUnder(TailFold? tail)
    {
        var set = Pending.Sections;
        (Pending, IsRead) = (new(), true);
        Adopt(tail);
        Take(set);
    }

    /// <summary>A section as the session has it, to be changed apart from the session until <see cref="Take"/>.</summary>
    public SessionState DraftOf(string section)
    {
        var state = new ThreadState();
        foreach (var (key, value) in State.Find(section) ?? [])
        {
            state.Set(section, key, value);
        }

        foreach (var (path, time) in State.Find(SectionNames.Expires) ?? [])
        {
            state.Set(SectionNames.Expires, path, time);
        }

        return new(Store, Key, Open, null, isRead: IsRead) { State = state };
    }

    /// <summary>Makes changes that were made elsewhere, key by key.</summary>
    public void Take(SectionChanges changes)
    {
        foreach (var (section, key, change) in changes.Where(item => item.Section != SectionNames.Expires))
        {
            var path = KeyTime.PathOf(section, key);
            if (change.Removes)
            {
                Remove(section, key);
            }

            if (change.Value is { } value && changes.TryGet(SectionNames.Expires, path, out var time) && time.Value is { } instant)
            {
                Put(section, key, value);
                Put(SectionNames.Expires, path, instant);
            }
            else if (change.Value is { } lasting)
            {
                Set(section, key, lasting);
            }

            foreach (var element in change.Appended ?? [])
            {
                if (State.Peek(section, key) is { } other && !JsonArrays.IsArray(other.Text))
                {
                    // Others made something else of it meanwhile, and the later change holds.
                    Remove(section, key);
                }

                Append(section, key, element);
            }
        }
    }

    /// <summary>Takes the session's changes out of the state, and gives what is left: the thread as it was read. <see cref="Adopt"/> must follow.</summary>
    public TailFold? TakeOut()
    {
        for (var i = _undo.Count - 1; i >= 0; i--)
        {
            var (section, key, before, index) = _undo[i];
            State.Put(section, key, before, index >= 0 ? index : null);
        }

        _undo.Clear();
        for (var i = _unmigrated.Count - 1; i >= 0; i--)
        {
            var (section, key, before, index) = _unmigrated[i];
            State.Put(section, key, before, index >= 0 ? index : null);
        }

        State.Schema = _baseSchema;
        (State.UserId, State.Agent, State.Status, State.IsDeleted) = (Base?.UserId, Base?.Agent, Base?.Status ?? default, Base?.DeletedAt is not null);
        return Base is null ? null : new(Base, State, Recent, Weight);
    }

    /// <summary>Gives up what is not committed.</summary>
    public void GiveUp()
    {
        var before = TakeOut();
        Pending = new();
        Adopt(before);
    }

    /// <summary>Makes the session's changes again on the thread that was adopted.</summary>
    public void Reapply()
    {
        Times.ForgetThoseOfOthers();
        foreach (var (section, key, change) in Pending.Sections.ToList())
        {
            var before = State.Peek(section, key);
            Keep(section, key, before);
            if (change is { OnlyAppends: true, Appended: { } elements } && before is { } other && !JsonArrays.IsArray(other.Text))
            {
                // Others made something else of it meanwhile, and the later commit holds.
                Pending.Sections.Set(section, key, JsonArrays.Join(JsonArrays.Empty, elements));
            }
        }

        State.Apply(Pending);
    }

    /// <summary>Sets a value, for good; an equal one is left alone.</summary>
    public void Set(string section, string key, ReadOnlyMemory<byte> value)
    {
        if (Times.Forget(section, key) || !State.TryGet(section, key, out var current) || !current.Span.SequenceEqual(value.Span))
        {
            Put(section, key, value);
        }
    }

    /// <summary>Sets a value, whatever the current one is, and leaves its time alone.</summary>
    public void Put(string section, string key, ReadOnlyMemory<byte> value)
    {
        NoteBefore(section, key);
        State.Set(section, key, value);
        Pending.Sections.Set(section, key, value);
    }

    /// <summary>Adds an element to the array that a key has; without a value it becomes one.</summary>
    /// <exception cref="FormatException">The value is not an array.</exception>
    public void Append(string section, string key, ReadOnlyMemory<byte> element)
    {
        var before = State.Peek(section, key);
        State.Append(section, key, [element]);
        if (Pending.Sections.TryGet(section, key, out var change) && !change.OnlyAppends)
        {
            // Set by the same commit: then it is set as a whole.
            State.TryGet(section, key, out var whole);
            Pending.Sections.Set(section, key, whole);
            return;
        }

        if (change.Appended is null)
        {
            Keep(section, key, before);
        }

        Pending.Sections.Append(section, key, element);
    }

    public bool Remove(string section, string key)
    {
        Times.Forget(section, key);
        if (IsRead && State.Peek(section, key) is null)
        {
            return false;
        }

        NoteBefore(section, key);
        State.Remove(section, key);
        Pending.Sections.Remove(section, key);
        return true;
    }

    /// <summary>Undoes the change of a key, so that the session has not touched it.</summary>
    public void Undo(string section, string key)
    {
        if (_undo.FindIndex(change => change.Section == section && change.Key == key) is var i and >= 0)
        {
            var (_, _, before, index) = _undo[i];
            State.Put(section, key, before, index >= 0 ? index : null);
            Pending.Sections.Forget(section, key);
            _undo.RemoveAt(i);
        }
    }

    /// <summary>Removes a key because there are too many, or its time has passed.</summary>
    public void Retire(string section, string key)
    {
        if (section != SectionNames.Expires && Times.Any && KeyTime.PathOf(section, key) is var path && State.Peek(SectionNames.Expires, path) is not null)
        {
            Retire(SectionNames.Expires, path);
        }

        NoteBefore(section, key);
        State.Remove(section, key);
        Pending.Retire(section, key);
    }

    /// <summary>Makes a user the owner with the next commit, if nobody is.</summary>
    public void Claim(string user)
    {
        if (State.UserId is null)
        {
            Pending.UserId = State.UserId = user;
        }
    }

    public void TakeAgent(string? agent)
    {
        if (agent is not null)
        {
            Identifiers.Check(agent, "agent name");
        }

        if (agent != State.Agent)
        {
            (Pending.SetsAgent, Pending.Agent, State.Agent) = (true, agent, agent);
        }
    }

    /// <summary>Takes a status whatever the current one is: what lay between them is not known.</summary>
    public void TakeStatus(ThreadStatus status)
    {
        if (!Enum.IsDefined(status))
        {
            throw new ArgumentOutOfRangeException(nameof(status), status, "This is none of the statuses.");
        }

        if (status != State.Status)
        {
            Pending.Status = State.Status = status;
        }
    }

    /// <summary>Marks the thread as deleted, or as restored, with the next commit.</summary>
    public void SetDeleted(bool deleted) => Pending.Deleted = State.IsDeleted = deleted;

    /// <summary>Fixes a commit of what is pending.</summary>
    public void Prepare(PreparedCommit prepared)
    {
        (Prepared, Pending, _undoOfPrepared) = (prepared, _emptied ?? new(), _undo.Count);
        _emptied = null;
    }

    /// <summary>The commit was certainly not written: its changes are pending again, before those made since.</summary>
    public void TakeBack()
    {
        var changes = Prepared!.Change;
        changes.History = null;
        changes.Schema = null;
        _included.ForEach(key => changes.Sections.Forget(key.Section, key.Key));
        _included.Clear();
        changes.Add(Pending);
        (Pending, Prepared) = (changes, null);
        Records.TakeUp();
    }

    /// <summary>Takes back a commit that was not sent.</summary>
    public void TakeBackUnsent()
    {
        if (Prepared is { IsSent: false })
        {
            TakeBack();
        }
    }

    /// <summary>The log confirmed the commit: from here on the session is based on it.</summary>
    public void Publish()
    {
        var prepared = Prepared!;
        var entry = prepared.Request.Entry;
        Base = prepared.Head;
        (Migration, _baseSchema) = (prepared.Change.Schema is null ? Migration : null, prepared.Change.Schema ?? _baseSchema);
        _included.Clear();
        _unmigrated.Clear();
        BaseSize = prepared.StateSize;
        (State.History, State.MessageCount) = prepared.History;
        State.OpenCalls = prepared.OpenCalls;
        Weight = entry.IsKeyframe ? new(0, 0, prepared.StateSize) : Weight.With(prepared.Body.Length);
        Recent = RecentMessages.Add(Recent, new(entry.Version, prepared.StoredMessages()), Open.RecentMessages);
        Prepared = null;
        if (prepared.Change.Messages.Count + prepared.Change.Records.Count <= KeptItems)
        {
            prepared.Change.Clear();
            _emptied = prepared.Change;
        }

        // What was changed while the commit was not settled is changed still.
        _undo.RemoveRange(0, _undoOfPrepared);
    }

    /// <summary>Makes what the thread was migrated in, and its schema, a part of the commit that is prepared next.</summary>
    public void IncludeMigration()
    {
        Pending.Schema = State.Schema == _baseSchema ? null : State.Schema;
        foreach (var migrated in Migration ?? [])
        {
            var (section, key) = (migrated.Section, migrated.Key);
            if (Pending.Sections.TryGet(section, key, out var change))
            {
                if (change.OnlyAppends && State.TryGet(section, key, out var whole))
                {
                    // What is stored is not what the session appended to.
                    Pending.Sections.Set(section, key, whole);
                }

                continue;
            }

            if (migrated.Value is { } value)
            {
                Pending.Sections.Set(section, key, value);
            }
            else
            {
                Pending.Sections.Remove(section, key);
            }

            _included.Add(migrated);
        }
    }

    private void Migrate(bool isNew)
    {
        _unmigrated.Clear();
        (_baseSchema, Migration) = (State.Schema, isNew ? null : Options.MigrationOf(Key, State, Times.Now));
        foreach (var migrated in Migration ?? [])
        {
            var before = State.Peek(migrated.Section, migrated.Key);
            _unmigrated.Add((migrated.Section, migrated.Key, before, before is null ? -1 : State.IndexOf(migrated.Section, migrated.Key)));
            migrated.ApplyTo(State);
        }

        if ((Migration is not null || isNew) && !Options.AcceptAnySchema && Key.Space == ThreadSpace.Threads)
        {
            State.Schema = Options.Migrations.Version;
        }
    }

    private void NoteBefore(string section, string key)
    {
        if (!Pending.Sections.TryGet(section, key, out var change) || change.OnlyAppends)
        {
            Keep(section, key, State.Peek(section, key));
        }
    }

    private void Keep(string section, string key, SectionValue? before)
        => _undo.Add((section, key, before, before is null ? -1 : State.IndexOf(section, key)));
}

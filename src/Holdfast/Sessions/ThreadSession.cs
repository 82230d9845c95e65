using System.Diagnostics;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>A unit of work on one thread: read it, change it, commit.</summary>
/// <remarks>
/// <para>
/// Used by one caller at a time. It shows the thread as it was opened, with the session's own changes; what others commit meanwhile is
/// not seen until <see cref="RebaseAsync"/>. A session may be kept and committed again and again: that reads nothing, since the append itself
/// finds out whether others were faster.
/// </para>
/// <para>A session that is dropped without a commit leaves no trace.</para>
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed partial class ThreadSession
{
    private readonly StoreContext _store;
    private readonly OpenOptions _open;
    private RetentionPolicy _retention;
    private ThreadSession? _user;
    private ChangeSet _pending = new();
    private PreparedCommit? _prepared;
    private ThreadHead? _base;
    private ThreadHead? _expired;
    private long _bytesSinceKeyframe;
    private long _baseSize;
    private long _keyframeLimit = long.MaxValue;
    private int _conflicts;
    private TimeSpan _took;

    private ThreadSession(StoreContext store, ThreadKey key, OpenOptions open, TailFold? tail, ThreadHead? expired)
    {
        (_store, Key, _open, _expired) = (store, key, open, expired);
        Recent = [];
        State = new();
        Adopt(tail);
        Variables = new(this, SectionNames.Variables);
        Metadata = new(this, SectionNames.Metadata);
        Tools = new(this);
        Todos = new(this);
        History = new(this);
        _retention = store.Retention;
        TakeCharge();
    }

    /// <summary>The thread.</summary>
    public ThreadId Id => Key.Id;

    /// <summary>The version that the session is based on: the last one that it read or committed; 0 for a new thread.</summary>
    public long Version => _base?.Version ?? 0;

    /// <summary>The user who owns the thread, or will with the next commit; null if nobody does.</summary>
    public string? UserId => State.UserId;

    /// <summary>Whether anything was changed that is not committed yet.</summary>
    public bool HasChanges => !_pending.IsEmpty || _prepared is not null || (_user?.HasChanges ?? false);

    /// <summary>The conversation.</summary>
    public MessageHistory History { get; }

    /// <summary>The variables of the thread.</summary>
    public StateSection Variables { get; }

    /// <summary>What describes the thread. <see cref="AgentStateStore.ListAsync"/> finds threads by it.</summary>
    public StateSection Metadata { get; }

    /// <summary>The states of tools.</summary>
    public ToolSections Tools { get; }

    /// <summary>A section by its name: a map of your own beside <see cref="Variables"/>, so that two libraries which use one thread never meet.</summary>
    /// <remarks>
    /// It exists as soon as something is set. Take a name that nobody else takes, such as that of your package. <c>variables</c>, <c>metadata</c> and <c>tools/NAME</c>
    /// are the sections that the properties of the session show.
    /// </remarks>
    /// <param name="name">1 to 512 bytes of UTF-8 without control characters; not <c>todos</c>, and not beginning with <c>$</c>.</param>
    /// <exception cref="InvalidIdentifierException">The name cannot be used.</exception>
    public StateSection Section(string name) => new(this, SectionNames.CheckOwn(name));

    /// <summary>The todos.</summary>
    public TodoList Todos { get; }

    /// <summary>Objects that live as long as the session and are never stored.</summary>
    public TempValues Temp { get; } = new();

    /// <summary>The variables that all threads of one user share.</summary>
    /// <remarks>
    /// They live in a log of their own and are committed right after the thread. When two sessions set the same key, the later one holds;
    /// use <see cref="AgentStateStore.UpdateUserAsync(string, Action{StateSection}, CancellationToken)"/> for what depends on the value before.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The session was opened without a user id, or with <see cref="OpenOptions.LoadUser"/> off.</exception>
    public StateSection User => _user?.Variables
        ?? throw new InvalidOperationException("There are no user variables: open the session with OpenOptions.UserId (and LoadUser on).");

    /// <summary>How much of the thread stays visible after a commit of this session.</summary>
    /// <value>The default is that of the store.</value>
    /// <exception cref="StateConfigurationException">A setting is out of its range.</exception>
    public RetentionPolicy Retention
    {
        get => _retention;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            value.Validate();
            _retention = value;
        }
    }

    /// <summary>The agent in charge; null if none was named.</summary>
    /// <exception cref="InvalidIdentifierException">The name is empty, longer than 512 bytes or has control characters.</exception>
    public string? Agent
    {
        get => State.Agent;
        set
        {
            if (value is not null)
            {
                Identifiers.Check(value, "agent name");
            }

            if (value != State.Agent)
            {
                (_pending.SetsAgent, _pending.Agent, State.Agent) = (true, value, value);
            }
        }
    }

    /// <summary>What the agent is doing.</summary>
    /// <exception cref="InvalidTransitionException">The status may not follow the current one.</exception>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the statuses.</exception>
    public ThreadStatus Status
    {
        get => State.Status;
        set
        {
            if (!State.Status.CanBecome(value))
            {
                throw new InvalidTransitionException(State.Status, value);
            }

            TakeStatus(value);
        }
    }

    /// <summary>The thread, its version and whether there are changes; never what is in it.</summary>
    public override string ToString()
        => $"thread '{Key}' at version {Version}, messages: {MessageCount}{(UserId is null ? "" : $", owner: {UserId}")}{(HasChanges ? ", not committed" : "")}";

    internal ThreadKey Key { get; }

    /// <summary>The state with every change of the session; but for the history, which is as committed.</summary>
    internal ThreadState State { get; private set; }

    /// <summary>The messages of the newest entries, oldest first, without gaps up to <see cref="Version"/>.</summary>
    internal List<EntryMessages> Recent { get; private set; }

    internal AgentStateOptions Options => _store.Options;

    internal ICommitLog Log => _store.Calls;

    internal ChangeSet Pending => _pending;

    /// <summary>How long the log took for the last commit.</summary>
    internal TimeSpan Took => _took;

    internal static ThreadSession Open(StoreContext store, ThreadKey key, OpenOptions open, TailFold? tail, ThreadHead? expired = null)
        => new(store, key, open, tail, expired);

    internal ThreadSession WithUser(ThreadSession user)
    {
        _user = user;
        return this;
    }

    /// <summary>Makes a user the owner with the next commit, if nobody is.</summary>
    internal void Claim(string user)
    {
        if (State.UserId is null)
        {
            _pending.UserId = State.UserId = user;
        }
    }

    /// <summary>Takes a status whatever the current one is: what lay between them is not known.</summary>
    internal void TakeStatus(ThreadStatus status)
    {
        if (!Enum.IsDefined(status))
        {
            throw new ArgumentOutOfRangeException(nameof(status), status, "This is none of the statuses.");
        }

        if (status != State.Status)
        {
            _pending.Status = State.Status = status;
        }
    }

    internal void Set(string section, string key, ReadOnlyMemory<byte> value)
    {
        if (State.TryGet(section, key, out var current) && current.Span.SequenceEqual(value.Span))
        {
            return;
        }

        State.Set(section, key, value);
        _pending.Set(section, key, value);
    }

    internal bool Remove(string section, string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!State.Remove(section, key))
        {
            return false;
        }

        _pending.Set(section, key, null);
        return true;
    }

    /// <summary>Marks the thread as deleted, or as restored, with the next commit.</summary>
    internal void SetDeleted(bool deleted) => _pending.Deleted = State.IsDeleted = deleted;

    private void Remember(EntryMessages entry) => Recent = RecentMessages.Add(Recent, entry, _open.RecentMessages);

    // Takes a thread as it was read.
    private void Adopt(TailFold? tail)
    {
        _base = tail?.Head;
        State = tail?.State ?? new();
        Recent = [.. tail?.Recent ?? []];
        _bytesSinceKeyframe = tail?.BytesSinceKeyframe ?? 0;
        _baseSize = tail is null ? 0 : CommitBodyWriter.KeyframeSize(State);
    }

    // A thread without an owner becomes that of the user it is opened for; the agent takes charge.
    private void TakeCharge()
    {
        if (_open.UserId is { } user)
        {
            Claim(user);
        }

        if (_open.Agent is { } agent)
        {
            Agent = agent;
        }
    }
}

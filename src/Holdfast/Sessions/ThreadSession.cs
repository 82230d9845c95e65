using System.Diagnostics;
using System.Runtime.CompilerServices;

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
public sealed class ThreadSession
{
    private readonly SessionState _state;
    private readonly SessionState? _userState;
    private readonly Committer _committer;
    private readonly StateSection? _user;

    internal ThreadSession(SessionState state, SessionState? user = null)
    {
        (_state, _userState, _committer) = (state, user, new(state, user));
        Variables = new(state, SectionNames.Variables);
        Metadata = new(state, SectionNames.Metadata);
        Records = new(state);
        Tools = new(state);
        Todos = new(state);
        History = new(state);
        _user = user is null ? null : new(user, SectionNames.Variables);
        TakeCharge();
    }

    /// <summary>The thread.</summary>
    public ThreadId Id => _state.Key.Id;

    /// <summary>The version that the session is based on: the last one that it read or committed; 0 for a new thread.</summary>
    public long Version => _state.Version;

    /// <summary>The user who owns the thread, or will with the next commit; null if nobody does.</summary>
    public string? UserId => _state.State.UserId;

    /// <summary>Whether anything was changed that is not committed yet.</summary>
    public bool HasChanges => _state.HasChanges || (_userState?.HasChanges ?? false);

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
    public StateSection Section(string name) => new(_state, SectionNames.CheckOwn(name));

    /// <summary>Values that are read one by one and never folded: what is large, or many.</summary>
    public RecordStore Records { get; }

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
    public StateSection User => _user
        ?? throw new InvalidOperationException("There are no user variables: open the session with OpenOptions.UserId (and LoadUser on).");

    /// <summary>How much of the thread stays visible after a commit of this session.</summary>
    /// <value>The default is that of the store.</value>
    /// <exception cref="StateConfigurationException">A setting is out of its range.</exception>
    public VisibilityPolicy Visibility
    {
        get => _state.Visibility;
        set => _state.Visibility = value;
    }

    /// <summary>The agent in charge; null if none was named.</summary>
    /// <exception cref="InvalidIdentifierException">The name is empty, longer than 512 bytes or has control characters.</exception>
    public string? Agent
    {
        get => _state.State.Agent;
        set => _state.TakeAgent(value);
    }

    /// <summary>What the agent is doing.</summary>
    /// <exception cref="InvalidTransitionException">The status may not follow the current one.</exception>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the statuses.</exception>
    public ThreadStatus Status
    {
        get => _state.State.Status;
        set
        {
            if (!_state.State.Status.CanBecome(value))
            {
                throw new InvalidTransitionException(_state.State.Status, value);
            }

            _state.TakeStatus(value);
        }
    }

    /// <summary>Makes everything that was changed durable, as one commit: all of it or nothing.</summary>
    /// <remarks>
    /// <para>When nothing was changed, nothing is written, and <see cref="CommitInfo.IsEmpty"/> says so.</para>
    /// <para>
    /// After a <see cref="StoreUnavailableException"/> the session can be committed again: the same commit is sent, with the same id, so that it is never
    /// written twice even if the first attempt had succeeded unseen.
    /// </para>
    /// <para>
    /// Changes of <see cref="User"/> are a commit of another thread, which follows (<see cref="CommitInfo.Scopes"/>). Both are checked before either is sent.
    /// </para>
    /// </remarks>
    /// <param name="reason">Why, for the log of commits; null if that needs no saying.</param>
    /// <param name="cancellationToken">Cancels the commit as long as it was not sent.</param>
    /// <exception cref="CommitConflictException">Others changed the thread; the session keeps its changes, see <see cref="RebaseAsync"/>.</exception>
    /// <exception cref="PartialCommitException">The thread's changes are stored, the user's are not; commit again, which writes only those.</exception>
    /// <exception cref="StateTooLargeException">The commit, or the state with it, is larger than <see cref="AgentStateOptions.MaxCommitBytes"/>; nothing was written.</exception>
    /// <exception cref="ThreadExpiredException">The thread expired since it was opened.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed; commit again.</exception>
    public ValueTask<CommitInfo> CommitAsync(string? reason = null, CancellationToken cancellationToken = default)
        => CommitAsync(CommitOptions.Of(reason), cancellationToken);

    /// <inheritdoc cref="CommitAsync(string?, CancellationToken)"/>
    /// <param name="options">What is said of the commit, and whether one is made even if nothing was changed; null for nothing.</param>
    /// <param name="cancellationToken">Cancels the commit as long as it was not sent.</param>
    /// <exception cref="InvalidIdentifierException">A tag, or who made the commit, cannot be used.</exception>
    /// <exception cref="ArgumentException">There are more than 16 tags.</exception>
    [OverloadResolutionPriority(1)]
    public ValueTask<CommitInfo> CommitAsync(CommitOptions? options, CancellationToken cancellationToken = default)
        => _committer.CommitAsync(options ?? CommitOptions.None, cancellationToken);

    /// <summary>Moves the session's uncommitted changes onto what others have committed since it was opened.</summary>
    /// <remarks>
    /// Afterwards the session shows the newest version with its own changes, and its messages come after the others'. Nothing is written. After a conflict it
    /// waits a moment first, by chance and longer with each conflict in a row, so that sessions that commit to the same thread do not meet again and again.
    /// </remarks>
    /// <exception cref="CommitConflictException">Both changed the same key, the status or the agent, or the session clears messages that it has not seen.</exception>
    /// <exception cref="ThreadNotFoundException">The thread was deleted meanwhile.</exception>
    /// <exception cref="ThreadExpiredException">The thread expired meanwhile.</exception>
    public async ValueTask RebaseAsync(CancellationToken cancellationToken = default)
    {
        if (_state.Prepared is not null)
        {
            throw new InvalidOperationException("The outcome of the last commit is not known yet. Commit again before rebasing.");
        }

        await _committer.WaitAfterConflictAsync(cancellationToken).ConfigureAwait(false);
        await Rebase.MoveAsync(_state, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The thread, its version and whether there are changes; never what is in it.</summary>
    public override string ToString()
        => $"thread '{_state.Key}' at version {Version}, messages: {History.Count}{(UserId is null ? "" : $", owner: {UserId}")}{(HasChanges ? ", not committed" : "")}";

    /// <summary>The thread as the session has it.</summary>
    internal SessionState State => _state;

    /// <summary>How long the log took for the last commit.</summary>
    internal TimeSpan Took => _committer.Took;

    /// <summary>Commits for a caller who has no session to commit again; see <see cref="Committer.SettleAsync"/>.</summary>
    internal ValueTask<CommitInfo> SettleAsync(CommitOptions options, CancellationToken cancellationToken)
        => _committer.SettleAsync(options, _state.Store.SettlingAttempts, cancellationToken);

    // A thread without an owner becomes that of the user it is opened for; the agent takes charge.
    private void TakeCharge()
    {
        if (_state.Open.UserId is { } user)
        {
            _state.Claim(user);
        }

        if (_state.Open.Agent is { } agent)
        {
            _state.TakeAgent(agent);
        }
    }
}

using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>A unit of work on one thread: read it, change it, commit.</summary>
/// <remarks>
/// <para>
/// For one caller at a time. A session shows the thread as it was when it was opened, with the session's own changes; what others commit meanwhile is
/// not visible until <see cref="RebaseAsync"/>. A session can be kept and committed again and again. That reads nothing: the append itself
/// finds out whether others committed first.
/// </para>
/// <para>A session that is never committed leaves no trace.</para>
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class ThreadSession
{
    private readonly SessionState _state;
    private readonly Committer _committer;
    private StateSection? _user;
    private StateSection? _app;

    internal ThreadSession(SessionState state, SessionState? user = null, SessionState? app = null)
    {
        (_state, _committer) = (state, new(state, user));
        Variables = new(state, SectionNames.Variables);
        Metadata = new(state, SectionNames.Metadata);
        Records = new(state);
        Tools = new(state);
        Todos = new(state);
        Goals = new(state);
        Decisions = new(state);
        History = new(state);
        _user = user is null ? null : Join(ScopeCommit.User, user);
        _app = app is null ? null : Join(ScopeCommit.App, app);
        TakeCharge();
    }

    /// <summary>The thread.</summary>
    public ThreadId Id => _state.Key.Id;

    /// <summary>The version that the session is based on: the last one that it read or committed; 0 for a new thread.</summary>
    public long Version => _state.Version;

    /// <summary>The version together with the life of the thread, as an ETag, and for watching it from there on; <see cref="ThreadPosition.Beginning"/> for a new thread.</summary>
    public ThreadPosition Position => _state.Base?.ThreadPosition ?? default;

    /// <summary>The user who owns the thread, or will own it with the next commit; null if nobody does.</summary>
    public string? UserId => _state.State.UserId;

    /// <summary>Whether there are changes that are not committed yet.</summary>
    public bool HasChanges => _committer.HasChanges;

    /// <summary>The conversation.</summary>
    public MessageHistory History { get; }

    /// <summary>The variables of the thread.</summary>
    public StateSection Variables { get; }

    /// <summary>Values that describe the thread, and by which <see cref="AgentStateStore.ListAsync"/> finds it.</summary>
    public StateSection Metadata { get; }

    /// <summary>The states of tools.</summary>
    public ToolSections Tools { get; }

    /// <summary>A section of your own beside <see cref="Variables"/>, so that two libraries that use one thread do not collide.</summary>
    /// <remarks>
    /// It comes into being when something is set. Choose a name that nobody else uses, such as that of your package. <c>variables</c>, <c>metadata</c> and <c>tools/NAME</c>
    /// are the sections that the properties of the session show.
    /// </remarks>
    /// <param name="name">1 to 512 bytes of UTF-8 without control characters; not <c>todos</c> or <c>goals</c>, and not beginning with <c>$</c>.</param>
    /// <exception cref="InvalidIdentifierException">The name cannot be used.</exception>
    public StateSection Section(string name) => new(_state, SectionNames.CheckOwn(name));

    /// <summary>Values that are read one by one: for what is large, or many.</summary>
    public RecordStore Records { get; }

    /// <summary>The tool calls that have no result yet, in their order: of the version that the session is based on. Known without reading or searching.</summary>
    /// <remarks>What they were called with is part of the conversation: <see cref="ReadCallAsync"/>.</remarks>
    public IReadOnlyList<OpenCall> OpenCalls
        => [.. _state.State.OpenCalls.Calls.Select(call => new OpenCall(call.Id, call.Name, call.Version, OpenCallFacts.Of(_state.State, call.Id).State))];

    /// <summary>Reads an open call with its arguments. It reads one version of the log, or none if the call is among the messages that were read with the thread.</summary>
    /// <param name="call">The call, of <see cref="OpenCalls"/>.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The call; null if it is not open any more, was dropped with its version, or is one that its provider makes in a way of its own.</returns>
    /// <exception cref="CorruptStateException">The version that has it is damaged.</exception>
    public async ValueTask<FunctionCallContent?> ReadCallAsync(OpenCall call, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(call);
        var place = _state.State.OpenCalls.Calls.FirstOrDefault(open => open.Id == call.CallId && open.Version == call.Version);
        var message = place.Id is null ? null : await _state.History.MessageAsync(place.Version, place.Index, cancellationToken).ConfigureAwait(false);
        return message?.ToChatMessage().Contents.OfType<FunctionCallContent>().FirstOrDefault(content => content.CallId == call.CallId);
    }

    /// <summary>The todos.</summary>
    public TodoList Todos { get; }

    /// <summary>The goals, which todos serve.</summary>
    public GoalList Goals { get; }

    /// <summary>What was decided, and why.</summary>
    public DecisionList Decisions { get; }

    /// <summary>Objects that live as long as the session and are never stored.</summary>
    public TempValues Temp { get; } = new();

    /// <summary>The variables that all threads of one user share: the thread's owner.</summary>
    /// <remarks>
    /// <para>
    /// They are a thread of their own, committed right after this one. When two sessions set the same key, the later commit wins;
    /// use <see cref="AgentStateStore.UpdateUserAsync(string, Action{StateSection}, CancellationToken)"/> for changes that depend on the current value.
    /// </para>
    /// <para>
    /// In a session that was opened without <see cref="OpenOptions.UserId"/>, or with <see cref="OpenOptions.LoadUser"/> off, the owner's variables can be set, but not read.
    /// </para>
    /// <para>
    /// Where the thread has no owner, this is a section of the thread itself, so that users who are not known share nothing. What is in it stays there when the thread gets an owner;
    /// from then on, new sessions show the owner's variables.
    /// </para>
    /// </remarks>
    public StateSection User => _user ??= UserId is { } user
        ? Join(ScopeCommit.User, SessionOpener.Unread(_state.Store, SessionOpener.VariablesOf(_state.Key.Tenant, user)))
        : new(_state, SectionNames.OwnUser);

    /// <summary>The variables that all threads of the application share: those of the tenant.</summary>
    /// <remarks>
    /// They are a thread of their own, committed after this one and <see cref="User"/>. When two sessions set the same key, the later commit wins; use
    /// <see cref="AgentStateStore.UpdateAppAsync(Action{StateSection}, CancellationToken)"/> for changes that depend on the current value. A session that does not touch them does not read
    /// them. They can be set at once, and then are read with the commit, which writes only what differs; to read them, open the session with <see cref="OpenOptions.LoadApp"/>.
    /// Through a user's view of the store (<see cref="AgentStateStore.ForUser"/>) they can be read, but not changed.
    /// </remarks>
    public StateSection App => _app ??= Join(ScopeCommit.App, SessionOpener.Unread(_state.Store, SessionOpener.VariablesOfApp(_state.Key.Tenant)));

    /// <summary>How many messages and variables stay visible after a commit of this session.</summary>
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
    /// <exception cref="ArgumentOutOfRangeException">The value is not a status.</exception>
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
    /// After a <see cref="StoreUnavailableException"/> the session can be committed again: the same commit is sent with the same id, so it is never
    /// written twice, even if the first attempt had succeeded.
    /// </para>
    /// <para>
    /// Changes of <see cref="User"/> and <see cref="App"/> are commits of their own, to other threads, in this order (<see cref="CommitInfo.Scopes"/>). All are checked before the
    /// first is sent.
    /// </para>
    /// </remarks>
    /// <param name="reason">The reason, for the log of commits; null for none.</param>
    /// <param name="cancellationToken">Cancels the commit as long as it was not sent.</param>
    /// <exception cref="CommitConflictException">Others changed the thread; the session keeps its changes, see <see cref="RebaseAsync"/>.</exception>
    /// <exception cref="PartialCommitException">The thread's changes are stored, those of the user or the application are not; commit again, which writes only what is missing.</exception>
    /// <exception cref="StateTooLargeException">The commit, or the state with it, is larger than <see cref="AgentStateOptions.MaxCommitBytes"/>; nothing was written.</exception>
    /// <exception cref="ThreadExpiredException">The thread expired since it was opened.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed; commit again.</exception>
    public ValueTask<CommitInfo> CommitAsync(string? reason = null, CancellationToken cancellationToken = default)
        => CommitAsync(CommitOptions.Of(reason), cancellationToken);

    /// <inheritdoc cref="CommitAsync(string?, CancellationToken)"/>
    /// <param name="options">The reason, author and tags of the commit, and whether it is made even if nothing was changed; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the commit as long as it was not sent.</param>
    /// <exception cref="InvalidIdentifierException">A tag, or the author of the commit, cannot be used.</exception>
    /// <exception cref="ArgumentException">There are more than 16 tags.</exception>
    [OverloadResolutionPriority(1)]
    public ValueTask<CommitInfo> CommitAsync(CommitOptions? options, CancellationToken cancellationToken = default)
        => _committer.CommitAsync(options ?? CommitOptions.None, cancellationToken);

    /// <summary>Moves the session's uncommitted changes onto what others have committed since it was opened.</summary>
    /// <remarks>
    /// Afterwards the session shows the newest version with its own changes, and its messages come after those of others. Nothing is written. After a conflict it
    /// first waits for a random time, longer with each conflict in a row, so that sessions that commit to the same thread do not collide again and again.
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

    /// <summary>The thread, its version, and whether there are changes; never its content.</summary>
    public override string ToString()
        => $"thread '{_state.Key}' at version {Version}, messages: {History.Count}{(UserId is null ? "" : $", owner: {UserId}")}{(HasChanges ? ", not committed" : "")}";

    /// <summary>The thread as the session has it.</summary>
    internal SessionState State => _state;

    /// <summary>How long the log took for the last commit.</summary>
    internal TimeSpan Took => _committer.Took;

    /// <summary>Commits for a caller who has no session to commit again; see <see cref="Committer.SettleAsync"/>.</summary>
    internal ValueTask<CommitInfo> SettleAsync(CommitOptions options, CancellationToken cancellationToken)
        => _committer.SettleAsync(options, _state.Store.SettlingAttempts, cancellationToken);

    /// <summary>Gives up all that is not committed, if nothing of it can be stored already.</summary>
    internal bool TryGiveUp() => _committer.TryGiveUp();

    private StateSection Join(string scope, SessionState variables)
    {
        _committer.Add(new(scope, variables));
        return new(variables, SectionNames.Variables);
    }

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

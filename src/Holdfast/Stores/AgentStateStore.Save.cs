namespace Holdfast;

public sealed partial class AgentStateStore
{
    /// <summary>Stores a whole state: compares it with what is stored and appends, as one commit, only what is different.</summary>
    /// <remarks>
    /// A state that was loaded from this thread is saved only over the version that it was loaded at (<see cref="SaveMode.IfUnchanged"/>), so that no one's work is lost. One
    /// without a version (made by hand), or loaded from a thread with another id, replaces what is there (<see cref="SaveMode.Replace"/>).
    /// </remarks>
    /// <inheritdoc cref="SaveAsync(ThreadId, AgentState, SaveMode, CancellationToken)"/>
    public ValueTask<SavedState> SaveAsync(ThreadId id, AgentState state, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        return SaveAsync(id, state, state.Version is not null && IsOf(state, id) ? SaveMode.IfUnchanged : SaveMode.Replace, cancellationToken);
    }

    /// <summary>Stores a whole state: compares it with what is stored and appends, as one commit, only what is different.</summary>
    /// <remarks>The status is taken as it is: what lay between it and the stored one is not known. The owner of a thread stays.</remarks>
    /// <param name="id">The thread; a new one if there is none.</param>
    /// <param name="state">The state.</param>
    /// <param name="mode">Whether what is there may be overwritten.</param>
    /// <param name="cancellationToken">Cancels the save as long as its commit was not sent.</param>
    /// <returns>The state at its new version, ready to be changed and saved again, and the commit.</returns>
    /// <exception cref="CommitConflictException">The mode forbids it: the thread has another version than the state, or exists already. Nothing was written.</exception>
    /// <exception cref="ThreadNotFoundException">The thread was deleted.</exception>
    /// <exception cref="ThreadAccessDeniedException">The thread belongs to another user than the state.</exception>
    /// <exception cref="InvalidStateValueException">The state has a key twice.</exception>
    /// <exception cref="InvalidIdentifierException">A key or a name in the state cannot be used.</exception>
    /// <exception cref="ArgumentException">The state is partial; or <see cref="SaveMode.IfUnchanged"/> is asked for, and the state was loaded from a thread with another id.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed. With <see cref="StoreUnavailableException.OutcomeUnknown"/> the state may yet be stored.</exception>
    public async ValueTask<SavedState> SaveAsync(ThreadId id, AgentState state, SaveMode mode, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.IsPartial)
        {
            throw new ArgumentException("The state was loaded without some of its messages or sections, and saving it would remove them. Load all of it to save it.", nameof(state));
        }

        var key = KeyOf(id);
        var expected = ExpectedVersion(id, state, mode);
        var wanted = state.WithTodoIds();
        var open = new OpenOptions { UserId = state.UserId, LoadUser = false };
        ThreadSession? session = null;
        CommitInfo commit;
        if (expected is { } version)
        {
            session = await OpenAsync(id, open, cancellationToken).ConfigureAwait(false);
            commit = await SaveOverAsync(session, version, wanted, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            (commit, _) = await UpdateAsync(
                key, token => OpenAsync(id, open, token), WithoutResult(ReplaceAsync), CommitOptions.None, cancellationToken).ConfigureAwait(false);
        }

        // Retention may have left fewer messages than were saved: the last ones.
        var messages = wanted.Snapshot.Stored.TakeLast((int)session!.MessageCount).ToList();
        return new(AgentState.Of(key, session.Version, session.State, messages, new()), commit);

        ValueTask ReplaceAsync(ThreadSession attempt, CancellationToken token)
        {
            session = attempt;
            return StateDiff.ApplyAsync(attempt, wanted, token);
        }
    }

    private async ValueTask<CommitInfo> SaveOverAsync(ThreadSession session, long expected, AgentState wanted, CancellationToken cancellationToken)
    {
        var actual = session.Version;
        if (actual == expected)
        {
            await StateDiff.ApplyAsync(session, wanted, cancellationToken).ConfigureAwait(false);
            try
            {
                return await CommitAsync(session, CommitOptions.None, cancellationToken).ConfigureAwait(false);
            }
            catch (CommitConflictException e)
            {
                actual = e.ActualVersion;
            }
        }

        throw RefuseToSave(session.Key, expected, actual);
    }

    private static bool IsOf(AgentState state, ThreadId id) => state.Thread is null || state.Thread == id.Value;

    // The version that the thread must have; 0 for none, null for any.
    private static long? ExpectedVersion(ThreadId id, AgentState state, SaveMode mode) => mode switch
    {
        SaveMode.Replace => null,
        SaveMode.New => 0,
        SaveMode.IfUnchanged when IsOf(state, id) => state.Version ?? 0,
        SaveMode.IfUnchanged => throw new ArgumentException(
            $"The state was loaded from thread '{state.Thread}', so it cannot be told whether '{id}' is unchanged. Use SaveMode.New or SaveMode.Replace.", nameof(mode)),
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "This is none of the modes."),
    };

    private static CommitConflictException RefuseToSave(ThreadKey key, long expected, long actual) => (expected, actual) switch
    {
        (0, _) => new(
            key, expected, actual, $"Thread '{key}' exists already, at version {actual}.", "To overwrite it, use SaveMode.Replace: its versions until now stay readable."),
        (_, 0) => new(
            key, expected, actual, $"There is no thread '{key}' here, and the state was loaded at version {expected}.", "To store it as new, use SaveMode.New."),
        _ => new(
            key,
            expected,
            actual,
            $"Thread '{key}' is at version {actual}, and the state was loaded at version {expected}.",
            "Load it again and repeat the change; or use SaveMode.Replace to overwrite it: its versions until now stay readable."),
    };
}

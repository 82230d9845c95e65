namespace Holdfast;

/// <summary>Stores a whole state over a thread.</summary>
internal sealed class StateSaver(StoreContext store, ThreadKey key)
{
    /// <summary>Whether what is there may be overwritten, where the caller does not say it.</summary>
    public static SaveMode DefaultMode(ThreadId id, AgentState state) => state.Version is not null && IsOf(state, id) ? SaveMode.IfUnchanged : SaveMode.Replace;

    /// <inheritdoc cref="AgentStateStore.SaveAsync(ThreadId, AgentState, SaveMode, CancellationToken)"/>
    public async ValueTask<SavedState> SaveAsync(AgentState state, SaveMode mode, CancellationToken cancellationToken)
    {
        if (state.IsPartial)
        {
            throw new ArgumentException("The state was loaded without some of its messages or sections, and saving it would remove them. Load all of it to save it.", nameof(state));
        }

        var expected = ExpectedVersion(state, mode);
        var wanted = state.WithTodoIds().WithGoalIds();
        var open = new OpenOptions { UserId = state.UserId, LoadUser = false };
        ThreadSession? session = null;
        CommitInfo commit;
        if (expected is { } version)
        {
            session = await OpenAsync(cancellationToken).ConfigureAwait(false);
            commit = await SaveOverAsync(session, version, wanted, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            commit = await Updater.UpdateAsync(store, key, OpenAsync, ReplaceAsync, CommitOptions.None, cancellationToken).ConfigureAwait(false);
        }

        // Visibility may have left fewer messages than were saved: the last ones.
        var messages = wanted.Snapshot.Stored.TakeLast((int)session!.State.History.Count).ToList();
        return new(AgentState.Of(key, session.Version, session.State.Base?.ThreadPosition, session.State.State, messages, new(), session.State.Times.Now), commit);

        ValueTask ReplaceAsync(ThreadSession attempt, CancellationToken token)
        {
            session = attempt;
            return StateDiff.ApplyAsync(attempt.State, wanted, token);
        }

        ValueTask<ThreadSession> OpenAsync(CancellationToken token) => SessionOpener.OpenAsync(store, key, open, allowDeleted: false, token);
    }

    private async ValueTask<CommitInfo> SaveOverAsync(ThreadSession session, long expected, AgentState wanted, CancellationToken cancellationToken)
    {
        var actual = session.Version;
        if (actual == expected && wanted.Position is { } position && session.State.Base is { } head && head.ThreadPosition != position && IsOf(wanted, key.Id))
        {
            throw new CommitConflictException(
                key,
                expected,
                actual,
                $"Thread '{key}' was erased and begun anew since the state was loaded: its version {actual} is that of another conversation.",
                "Load it again and repeat the change; or use SaveMode.Replace to overwrite it.");
        }

        if (actual == expected)
        {
            await StateDiff.ApplyAsync(session.State, wanted, cancellationToken).ConfigureAwait(false);
            try
            {
                return await session.SettleAsync(CommitOptions.None, cancellationToken).ConfigureAwait(false);
            }
            catch (CommitConflictException e)
            {
                actual = e.ActualVersion;
            }
        }

        throw RefuseToSave(expected, actual);
    }

    private static bool IsOf(AgentState state, ThreadId id) => state.Thread is null || state.Thread == id.Value;

    // The version that the thread must have; 0 for none, null for any.
    private long? ExpectedVersion(AgentState state, SaveMode mode) => mode switch
    {
        SaveMode.Replace => null,
        SaveMode.New => 0,
        SaveMode.IfUnchanged when IsOf(state, key.Id) => state.Version ?? 0,
        SaveMode.IfUnchanged => throw new ArgumentException(
            $"The state was loaded from thread '{state.Thread}', so it cannot be told whether '{key.Id}' is unchanged. Use SaveMode.New or SaveMode.Replace.", nameof(mode)),
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "This is none of the modes."),
    };

    private CommitConflictException RefuseToSave(long expected, long actual) => (expected, actual) switch
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

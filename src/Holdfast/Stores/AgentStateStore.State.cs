using Holdfast.Logs;

namespace Holdfast;

public sealed partial class AgentStateStore
{
    /// <summary>Reads the whole state of a thread, with every visible message.</summary>
    /// <param name="id">The thread.</param>
    /// <param name="version">The version to read the state at: 1 to the current one; null for the current one.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The state; null if there is no such thread or version, or the thread was deleted or has expired.</returns>
    /// <exception cref="CorruptStateException">The thread is damaged.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed.</exception>
    public async ValueTask<AgentState?> LoadAsync(ThreadId id, long? version = null, CancellationToken cancellationToken = default)
    {
        var key = KeyOf(id);
        var tail = await Calls.ReadTailAsync(key, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (tail is null || tail.Head.DeletedAt is not null || tail.Head.IsExpired(_context.Now) || version < 1 || version > tail.Head.Version)
        {
            return null;
        }

        var (state, recent) = version is { } earlier && earlier < tail.Head.Version
            ? await PastFold.AtAsync(Calls, key, earlier, cancellationToken).ConfigureAwait(false)
            : FoldOf(tail);
        var at = version ?? tail.Head.Version;
        var messages = await new HistoryReader(Calls, key, state.History, recent, at)
            .ForwardAsync(cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
        return AgentState.Of(key, at, state, messages);
    }

    /// <summary>Stores a whole state: compares it with what is stored and appends, as one commit, only what is different.</summary>
    /// <remarks>
    /// A state that was loaded and changed is saved only over the version that it was loaded from, so that no one's work is lost. One that was made by hand
    /// (<see cref="AgentState.Version"/> null), or loaded from a thread with another id, replaces what is there. The status is taken as it is: what lay
    /// between it and the stored one is not known.
    /// </remarks>
    /// <param name="id">The thread; a new one if there is none.</param>
    /// <param name="state">The state.</param>
    /// <param name="cancellationToken">Cancels the save as long as its commit was not sent.</param>
    /// <returns>The commit; <see cref="CommitInfo.IsEmpty"/> when nothing was different.</returns>
    /// <exception cref="CommitConflictException">The thread has another version than the state was loaded from; load it again.</exception>
    /// <exception cref="ThreadAccessDeniedException">The thread belongs to another user than the state.</exception>
    /// <exception cref="InvalidStateValueException">The state has a key twice.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed. With <see cref="StoreUnavailableException.OutcomeUnknown"/> the state may yet be stored.</exception>
    public async ValueTask<CommitInfo> SaveAsync(ThreadId id, AgentState state, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        var key = KeyOf(id);
        var isOwn = state.Thread == id.Value && state.Version is not null;
        var open = new OpenOptions { UserId = state.UserId, LoadUser = false };
        if (!isOwn)
        {
            return await UpdateAsync(
                key, token => OpenAsync(id, open, token), (session, token) => StateDiff.ApplyAsync(session, state, token), null, cancellationToken).ConfigureAwait(false);
        }

        var session = await OpenAsync(id, open, cancellationToken).ConfigureAwait(false);
        if (session.Version != state.Version)
        {
            throw new CommitConflictException(key, state.Version!.Value, session.Version);
        }

        await StateDiff.ApplyAsync(session, state, cancellationToken).ConfigureAwait(false);
        return await CommitAsync(session, null, cancellationToken).ConfigureAwait(false);
    }

    private static (ThreadState State, IReadOnlyList<EntryMessages> Recent) FoldOf(ThreadTail tail)
    {
        var fold = TailFold.Of(tail);
        return (fold.State, fold.Recent);
    }
}

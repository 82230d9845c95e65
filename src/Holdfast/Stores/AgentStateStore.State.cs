using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast;

public sealed partial class AgentStateStore
{
    /// <summary>Reads the whole state of a thread, with every visible message.</summary>
    /// <param name="id">The thread.</param>
    /// <param name="version">The version to read the state at: 1 to the current one; null for the current one.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The state; null if there is no such thread or version, or the thread was deleted or has expired.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The version is not positive.</exception>
    /// <exception cref="CorruptStateException">The thread is damaged. Earlier versions that are whole can still be loaded.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed.</exception>
    public ValueTask<AgentState?> LoadAsync(ThreadId id, long? version = null, CancellationToken cancellationToken = default)
        => LoadAsync(id, new LoadOptions { Version = version }, cancellationToken);

    /// <summary>Reads the state of a thread, or the part of it that is wanted.</summary>
    /// <param name="id">The thread.</param>
    /// <param name="options">The version, and what is loaded; null for everything at the current version.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The state; null if there is no such thread or version, or the thread was deleted or has expired. One that is partial cannot be saved.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The version is not positive, or the number of messages is negative.</exception>
    /// <exception cref="CorruptStateException">The thread is damaged. Earlier versions that are whole can still be loaded.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed.</exception>
    [OverloadResolutionPriority(1)]
    public async ValueTask<AgentState?> LoadAsync(ThreadId id, LoadOptions? options, CancellationToken cancellationToken = default)
    {
        options ??= new();
        options.Validate();
        var key = KeyOf(id);
        if (await FoldAsync(key, options.Version, cancellationToken).ConfigureAwait(false) is not var (state, recent, version))
        {
            return null;
        }

        var reader = new HistoryReader(Calls, key, state.History, recent, version);
        var messages = options.LastMessages is { } last
            ? await LastMessages.OfAsync(reader.BackwardAsync(null, cancellationToken), last).ConfigureAwait(false)
            : await reader.ForwardAsync(cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
        return AgentState.Of(key, version, state, messages, options);
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
        if (state.IsPartial)
        {
            throw new ArgumentException("The state was loaded without some of its messages or sections, and saving it would remove them. Load all of it to save it.", nameof(state));
        }

        var key = KeyOf(id);
        var isOwn = state.Thread == id.Value && state.Version is not null;
        var open = new OpenOptions { UserId = state.UserId, LoadUser = false };
        if (!isOwn)
        {
            var (commit, _) = await UpdateAsync(
                key,
                token => OpenAsync(id, open, token),
                WithoutResult((session, token) => StateDiff.ApplyAsync(session, state, token)),
                CommitOptions.None,
                cancellationToken).ConfigureAwait(false);
            return commit;
        }

        var session = await OpenAsync(id, open, cancellationToken).ConfigureAwait(false);
        if (session.Version != state.Version)
        {
            throw new CommitConflictException(key, state.Version!.Value, session.Version);
        }

        await StateDiff.ApplyAsync(session, state, cancellationToken).ConfigureAwait(false);
        return await CommitAsync(session, CommitOptions.None, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<(ThreadState State, IReadOnlyList<EntryMessages> Recent, long Version)?> FoldAsync(
        ThreadKey key, long? version, CancellationToken cancellationToken)
    {
        try
        {
            var tail = await Calls.ReadTailAsync(key, cancellationToken: cancellationToken).ConfigureAwait(false);
            if (tail is null || tail.Head.DeletedAt is not null || tail.Head.IsExpired(_context.Now) || version > tail.Head.Version)
            {
                return null;
            }

            if (version is null || version == tail.Head.Version)
            {
                var fold = TailFold.Of(tail);
                return (fold.State, fold.Recent, tail.Head.Version);
            }
        }
        catch (CorruptStateException) when (version is not null)
        {
            // The end of the thread is damaged; the version that is asked for may be whole.
        }

        var (state, recent) = await PastFold.AtAsync(Calls, key, version.Value, cancellationToken).ConfigureAwait(false);
        return (state, recent, version.Value);
    }
}

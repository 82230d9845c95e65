using System.Runtime.CompilerServices;

namespace Holdfast;

// Each kind of lambda has an overload of its own. An asynchronous one must never become an Action: nobody would wait for it, and its changes would be lost.
// Where both Task and ValueTask fit, Task is preferred.
public sealed partial class AgentStateStore
{
    /// <summary>Changes a thread: opens it, runs <paramref name="change"/> and commits; starts again if others committed first.</summary>
    /// <param name="id">The thread.</param>
    /// <param name="change">The change. It may run several times, each time on a fresh session, so it should have no other effects.</param>
    /// <param name="options">How the thread is opened.</param>
    /// <param name="cancellationToken">Cancels the update as long as its commit was not sent.</param>
    /// <returns>The commit; <see cref="CommitInfo.IsEmpty"/> when nothing was changed.</returns>
    /// <exception cref="CommitConflictException">Others committed first <see cref="AgentStateOptions.MaxUpdateAttempts"/> times.</exception>
    /// <exception cref="InvalidOperationException"><paramref name="change"/> itself updates the same thread.</exception>
    /// <exception cref="PartialCommitException">The thread's changes are stored, those of <see cref="ThreadSession.User"/> or <see cref="ThreadSession.App"/> are not. Do not repeat the update.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed. With <see cref="StoreUnavailableException.OutcomeUnknown"/> the change may yet be stored.</exception>
    public ValueTask<CommitInfo> UpdateAsync(
        ThreadId id, Action<ThreadSession> change, OpenOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return UpdateAsync(
            id,
            (session, _) =>
            {
                change(session);
                return default;
            },
            options,
            cancellationToken);
    }

    /// <inheritdoc cref="UpdateAsync(ThreadId, Action{ThreadSession}, OpenOptions?, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    public ValueTask<CommitInfo> UpdateAsync(
        ThreadId id, Func<ThreadSession, Task> change, OpenOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return UpdateAsync(id, (session, _) => new ValueTask(change(session)), options, cancellationToken);
    }

    /// <inheritdoc cref="UpdateAsync(ThreadId, Action{ThreadSession}, OpenOptions?, CancellationToken)"/>
    public ValueTask<CommitInfo> UpdateAsync(
        ThreadId id, Func<ThreadSession, ValueTask> change, OpenOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return UpdateAsync(id, (session, _) => change(session), options, cancellationToken);
    }

    /// <inheritdoc cref="UpdateAsync(ThreadId, Action{ThreadSession}, OpenOptions?, CancellationToken)"/>
    public ValueTask<CommitInfo> UpdateAsync(
        ThreadId id, Func<ThreadSession, CancellationToken, ValueTask> change, OpenOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return Updater.UpdateAsync(_context, KeyOf(id), token => OpenAsync(id, options, token), change, CommitOptions.None, cancellationToken);
    }

    /// <summary>Changes a thread as <see cref="UpdateAsync(ThreadId, Action{ThreadSession}, OpenOptions?, CancellationToken)"/> does, and returns what the change returned.</summary>
    /// <returns>The result of the run whose changes were committed. Results of earlier runs, which met conflicts, are dropped.</returns>
    /// <inheritdoc cref="UpdateAsync(ThreadId, Action{ThreadSession}, OpenOptions?, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    public ValueTask<TResult> UpdateAsync<TResult>(
        ThreadId id, Func<ThreadSession, Task<TResult>> change, OpenOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return UpdateAsync(id, (session, _) => new ValueTask<TResult>(change(session)), options, cancellationToken);
    }

    /// <inheritdoc cref="UpdateAsync{TResult}(ThreadId, Func{ThreadSession, Task{TResult}}, OpenOptions?, CancellationToken)"/>
    public ValueTask<TResult> UpdateAsync<TResult>(
        ThreadId id, Func<ThreadSession, ValueTask<TResult>> change, OpenOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return UpdateAsync(id, (session, _) => change(session), options, cancellationToken);
    }

    /// <inheritdoc cref="UpdateAsync{TResult}(ThreadId, Func{ThreadSession, Task{TResult}}, OpenOptions?, CancellationToken)"/>
    public async ValueTask<TResult> UpdateAsync<TResult>(
        ThreadId id, Func<ThreadSession, CancellationToken, ValueTask<TResult>> change, OpenOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        var (_, result) = await Updater.UpdateAsync(
            _context, KeyOf(id), token => OpenAsync(id, options, token), change, CommitOptions.None, cancellationToken).ConfigureAwait(false);
        return result;
    }

    /// <summary>Changes the variables that all threads of a user share (<see cref="ThreadSession.User"/>); starts again if others committed first.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="change">The change; it may run several times.</param>
    /// <param name="cancellationToken">Cancels the update as long as its commit was not sent.</param>
    /// <returns>The commit; <see cref="CommitInfo.IsEmpty"/> when nothing was changed.</returns>
    /// <exception cref="CommitConflictException">Others committed first <see cref="AgentStateOptions.MaxUpdateAttempts"/> times.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed. With <see cref="StoreUnavailableException.OutcomeUnknown"/> the change may yet be stored.</exception>
    public ValueTask<CommitInfo> UpdateUserAsync(string userId, Action<StateSection> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return UpdateUserAsync(
            userId,
            variables =>
            {
                change(variables);
                return default(ValueTask);
            },
            cancellationToken);
    }

    /// <inheritdoc cref="UpdateUserAsync(string, Action{StateSection}, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    public ValueTask<CommitInfo> UpdateUserAsync(string userId, Func<StateSection, Task> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return UpdateUserAsync(userId, variables => new ValueTask(change(variables)), cancellationToken);
    }

    /// <inheritdoc cref="UpdateUserAsync(string, Action{StateSection}, CancellationToken)"/>
    public async ValueTask<CommitInfo> UpdateUserAsync(string userId, Func<StateSection, ValueTask> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        var (commit, _) = await UpdateUserCoreAsync(
            userId,
            async variables =>
            {
                await change(variables).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        return commit;
    }

    /// <summary>Changes the variables of a user as <see cref="UpdateUserAsync(string, Action{StateSection}, CancellationToken)"/> does, and returns what the change returned.</summary>
    /// <returns>The result of the run whose changes were committed.</returns>
    /// <inheritdoc cref="UpdateUserAsync(string, Action{StateSection}, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    public ValueTask<TResult> UpdateUserAsync<TResult>(string userId, Func<StateSection, Task<TResult>> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return UpdateUserAsync(userId, variables => new ValueTask<TResult>(change(variables)), cancellationToken);
    }

    /// <inheritdoc cref="UpdateUserAsync{TResult}(string, Func{StateSection, Task{TResult}}, CancellationToken)"/>
    public async ValueTask<TResult> UpdateUserAsync<TResult>(string userId, Func<StateSection, ValueTask<TResult>> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        var (_, result) = await UpdateUserCoreAsync(userId, change, cancellationToken).ConfigureAwait(false);
        return result;
    }

    private ValueTask<(CommitInfo Commit, TResult Result)> UpdateUserCoreAsync<TResult>(
        string userId, Func<StateSection, ValueTask<TResult>> change, CancellationToken cancellationToken)
    {
        RefuseOther(userId);
        return UpdateVariablesAsync(SessionOpener.VariablesOf(Tenant, userId), change, cancellationToken);
    }

    private ValueTask<(CommitInfo Commit, TResult Result)> UpdateVariablesAsync<TResult>(
        ThreadKey key, Func<StateSection, ValueTask<TResult>> change, CancellationToken cancellationToken)
        => Updater.UpdateAsync(
            _context,
            key,
            token => SessionOpener.OpenVariablesAsync(_context, key, token),
            (session, _) => change(session.Variables),
            CommitOptions.None,
            cancellationToken);
}

using System.Runtime.CompilerServices;

namespace Holdfast;

// Each kind of lambda has an overload of its own. An asynchronous one must never become an Action: nobody would wait for it, and its changes would be lost.
// Where both Task and ValueTask fit, Task is preferred.
public sealed partial class AgentStateStore
{
    // How often the user's part of a commit is tried before the update fails with only the thread's part stored.
    private const int UserAttempts = 4;

    /// <summary>Changes a thread: opens it, runs <paramref name="change"/>, commits; and again from the beginning when others were faster.</summary>
    /// <param name="id">The thread.</param>
    /// <param name="change">The change; it may run several times, each time on a fresh session, so it should do nothing else.</param>
    /// <param name="options">How the thread is opened.</param>
    /// <param name="cancellationToken">Cancels the update as long as its commit was not sent.</param>
    /// <returns>The commit; <see cref="CommitInfo.IsEmpty"/> when nothing was changed.</returns>
    /// <exception cref="CommitConflictException">Others were faster <see cref="AgentStateOptions.MaxUpdateAttempts"/> times.</exception>
    /// <exception cref="InvalidOperationException"><paramref name="change"/> itself updates the same thread.</exception>
    /// <exception cref="PartialCommitException">The thread's changes are stored, those of <see cref="ThreadSession.User"/> are not. Do not repeat the update.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed. With <see cref="StoreUnavailableException.OutcomeUnknown"/> the change may yet be stored.</exception>
    public ValueTask<CommitInfo> UpdateAsync(
        ThreadId id, Action<ThreadSession> change, OpenOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return UpdateAsync(id, Whole(change), options, cancellationToken);
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
    public async ValueTask<CommitInfo> UpdateAsync(
        ThreadId id, Func<ThreadSession, CancellationToken, ValueTask> change, OpenOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        var (commit, _) = await UpdateAsync(
            KeyOf(id), token => OpenAsync(id, options, token), WithoutResult(change), CommitOptions.None, cancellationToken).ConfigureAwait(false);
        return commit;
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
        var (_, result) = await UpdateAsync(
            KeyOf(id), token => OpenAsync(id, options, token), change, CommitOptions.None, cancellationToken).ConfigureAwait(false);
        return result;
    }

    /// <summary>Changes the variables that all threads of a user share (<see cref="ThreadSession.User"/>), and again when others were faster.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="change">The change; it may run several times.</param>
    /// <param name="cancellationToken">Cancels the update as long as its commit was not sent.</param>
    /// <returns>The commit; <see cref="CommitInfo.IsEmpty"/> when nothing was changed.</returns>
    /// <exception cref="CommitConflictException">Others were faster <see cref="AgentStateOptions.MaxUpdateAttempts"/> times.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed. With <see cref="StoreUnavailableException.OutcomeUnknown"/> the change may yet be stored.</exception>
    public async ValueTask<CommitInfo> UpdateUserAsync(string userId, Action<StateSection> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        var (commit, _) = await UpdateUserCoreAsync(userId, WithoutResult(Whole(session => change(session.Variables))), cancellationToken).ConfigureAwait(false);
        return commit;
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
        var (commit, _) = await UpdateUserCoreAsync(userId, WithoutResult((session, _) => change(session.Variables)), cancellationToken).ConfigureAwait(false);
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
        var (_, result) = await UpdateUserCoreAsync(userId, (session, _) => change(session.Variables), cancellationToken).ConfigureAwait(false);
        return result;
    }

    private ValueTask<(CommitInfo Commit, TResult Result)> UpdateUserCoreAsync<TResult>(
        string userId, Func<ThreadSession, CancellationToken, ValueTask<TResult>> change, CancellationToken cancellationToken)
    {
        var key = ThreadKey.Of(ThreadSpace.Users, Tenant, Identifiers.Check(userId, "user id"));
        return UpdateAsync(
            key, token => OpenAsync(_context.ForUsers(), key, new(), allowDeleted: false, token), change, CommitOptions.None, cancellationToken);
    }

    private async ValueTask<(CommitInfo Commit, TResult Result)> UpdateAsync<TResult>(
        ThreadKey key,
        Func<CancellationToken, ValueTask<ThreadSession>> open,
        Func<ThreadSession, CancellationToken, ValueTask<TResult>> change,
        CommitOptions options,
        CancellationToken cancellationToken)
    {
        _updates.Enter(key);
        using var turn = await _updates.LockAsync(key, cancellationToken).ConfigureAwait(false);
        for (var attempt = 1; ; attempt++)
        {
            var session = await open(cancellationToken).ConfigureAwait(false);
            var result = await change(session, cancellationToken).ConfigureAwait(false);
            try
            {
                return (await CommitAsync(session, options, cancellationToken).ConfigureAwait(false), result);
            }
            catch (CommitConflictException e)
            {
                if (attempt >= _context.Options.MaxUpdateAttempts)
                {
                    throw new CommitConflictException(
                        key,
                        e.ExpectedVersion,
                        e.ActualVersion,
                        $"Thread '{key}' was changed by others each of the {attempt} times that the update was tried; it is at version {e.ActualVersion}.",
                        "Try again later, let fewer writers change one thread, or raise AgentStateOptions.MaxUpdateAttempts.");
                }

                await Backoff.AfterConflictAsync(attempt, session.Took, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // Callers do not have the session, so they could not settle an unknown outcome, nor commit the rest: that is tried here.
    private async ValueTask<CommitInfo> CommitAsync(ThreadSession session, CommitOptions options, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await session.CommitAsync(options, cancellationToken).ConfigureAwait(false);
            }
            catch (StoreUnavailableException e) when (e.OutcomeUnknown && attempt < _context.SettlingAttempts)
            {
            }
            catch (PartialCommitException e) when (attempt < UserAttempts && e.InnerException is StoreUnavailableException or CommitConflictException)
            {
            }

            // It was sent, so a cancellation comes too late.
            cancellationToken = CancellationToken.None;
            await Backoff.AfterFailureAsync(attempt, cancellationToken).ConfigureAwait(false);
        }
    }

    private static Func<ThreadSession, CancellationToken, ValueTask> Whole(Action<ThreadSession> change)
        => (session, _) =>
        {
            change(session);
            return default;
        };

    private static Func<ThreadSession, CancellationToken, ValueTask<bool>> WithoutResult(Func<ThreadSession, CancellationToken, ValueTask> change)
        => async (session, token) =>
        {
            await change(session, token).ConfigureAwait(false);
            return true;
        };
}

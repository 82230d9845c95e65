namespace Holdfast;

/// <summary>Changes a thread: opens it, runs the change, commits; and again from the beginning when others were faster.</summary>
internal static class Updater
{
    public static async ValueTask<(CommitInfo Commit, TResult Result)> UpdateAsync<TResult>(
        StoreContext store,
        ThreadKey key,
        Func<CancellationToken, ValueTask<ThreadSession>> open,
        Func<ThreadSession, CancellationToken, ValueTask<TResult>> change,
        CommitOptions options,
        CancellationToken cancellationToken)
    {
        store.Updates.Enter(key);
        using var turn = await store.Updates.LockAsync(key, cancellationToken).ConfigureAwait(false);
        return await RepeatAsync(store, key, open, change, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Changes a thread without waiting for those in this process who update it: for one whom such an update may call.</summary>
    public static async ValueTask<(CommitInfo Commit, TResult Result)> RepeatAsync<TResult>(
        StoreContext store,
        ThreadKey key,
        Func<CancellationToken, ValueTask<ThreadSession>> open,
        Func<ThreadSession, CancellationToken, ValueTask<TResult>> change,
        CommitOptions options,
        CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var session = await open(cancellationToken).ConfigureAwait(false);
            var result = await change(session, cancellationToken).ConfigureAwait(false);
            try
            {
                return (await session.SettleAsync(options, cancellationToken).ConfigureAwait(false), result);
            }
            catch (CommitConflictException e) when (!store.IsTaken(session.Version, attempt))
            {
                if (attempt >= store.Options.MaxUpdateAttempts)
                {
                    throw new CommitConflictException(
                        key,
                        e.ExpectedVersion,
                        e.ActualVersion,
                        $"Thread '{key}' was changed by others each of the {attempt} times that the update was tried; it is at version {e.ActualVersion}.",
                        "Try again later, let fewer writers change one thread, or raise AgentStateOptions.MaxUpdateAttempts.");
                }

                await store.Backoff.AfterConflictAsync(attempt, session.Took, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Changes a thread without a result.</summary>
    public static async ValueTask<CommitInfo> UpdateAsync(
        StoreContext store,
        ThreadKey key,
        Func<CancellationToken, ValueTask<ThreadSession>> open,
        Func<ThreadSession, CancellationToken, ValueTask> change,
        CommitOptions options,
        CancellationToken cancellationToken)
    {
        var (commit, _) = await UpdateAsync(store, key, open, WithoutResult, options, cancellationToken).ConfigureAwait(false);
        return commit;

        async ValueTask<bool> WithoutResult(ThreadSession session, CancellationToken token)
        {
            await change(session, token).ConfigureAwait(false);
            return true;
        }
    }
}

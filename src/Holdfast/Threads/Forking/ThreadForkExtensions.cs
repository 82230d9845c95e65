namespace Holdfast;

/// <summary>Forks threads, lists forks, and merges them back.</summary>
public static class ThreadForkExtensions
{
    /// <summary>Begins another thread that goes on from a version of this one. Both are independent from there on; nothing is copied, so it costs the same for any length of the conversation.</summary>
    /// <remarks>
    /// <para>
    /// The fork has the messages, variables, metadata, todos, goals, decisions, states of tools, records and other sections of that version, its agent and status, and the keys of the turns that had ended. What happens in the
    /// world does not happen twice: turns, steps, questions, queued input and leases are not in the fork, and tool calls without a result are answered with a note that they were not made there. Labels
    /// stay with the thread that has the versions.
    /// </para>
    /// <para>
    /// The fork's first version is the one after that at which it was forked. What it shows of this thread stays readable through it, whatever becomes of this thread: while there are forks, an erased
    /// thread is kept out of sight with nothing but what they show.
    /// </para>
    /// <para>If the process stops in the middle, the fork is not there for anybody; the same call finishes it.</para>
    /// </remarks>
    /// <param name="thread">The thread that is forked.</param>
    /// <param name="id">The id of the fork, in the same tenant.</param>
    /// <param name="options">The point, and who owns the fork; null for the newest version and the same owner.</param>
    /// <param name="cancellationToken">Cancels the fork as long as it was not written.</param>
    /// <returns>The fork.</returns>
    /// <exception cref="ThreadExistsException">There is a thread with the id already.</exception>
    /// <exception cref="ThreadNotFoundException">There is no thread to fork, or it was deleted.</exception>
    /// <exception cref="ThreadExpiredException">The thread has expired.</exception>
    /// <exception cref="HistoryDroppedException">The point was dropped.</exception>
    /// <exception cref="ThreadAccessDeniedException">The fork would belong to somebody else than the user whose view of the store this is; or everything of its user is being erased.</exception>
    /// <exception cref="PointNotFoundException">The thread has no such point.</exception>
    /// <exception cref="CorruptStateException">The thread is damaged.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed. Repeat the call.</exception>
    public static ValueTask<ThreadInfo> ForkAsync(this ThreadHandle thread, ThreadId id, ForkOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(thread);
        return new Forking(thread.Store, thread.Key, ThreadKey.Of(thread.Key.Tenant, id), options ?? new()).RunAsync(cancellationToken);
    }

    /// <summary>The threads that show a part of this one: its forks, and forks of those. <see cref="ThreadInfo.ForkedFrom"/> tells which is which.</summary>
    /// <remarks>They are known by this thread itself, without a search, and come in the order of the versions at which they begin. Those that were deleted or have expired are left out.</remarks>
    public static IAsyncEnumerable<ThreadInfo> ForksAsync(this ThreadHandle thread, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(thread);
        return ForkListing.ListAsync(thread.Store, thread.Key, cancellationToken);
    }

    /// <summary>Merges this fork back into the thread that it was forked from, with one commit: what the fork has got since it was forked, or since it was merged last.</summary>
    /// <remarks>
    /// Messages and decisions of the fork come after those of the thread. Of variables, metadata, todos, goals, states of tools, records and other sections, what the fork has changed is changed in the thread, key by key;
    /// where the thread has changed the same key otherwise, <see cref="MergeOptions"/> say what holds. Agent, status, owner and labels of the thread stay. The fork stays as it is, and can go on.
    /// </remarks>
    /// <param name="fork">The fork.</param>
    /// <param name="options">What holds where both have changed the same key; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the merge as long as its commit was not sent.</param>
    /// <returns>The commit; <see cref="CommitInfo.IsEmpty"/> when there is nothing new in the fork.</returns>
    /// <exception cref="MergeConflictException">Both have changed the same keys, and <see cref="ConflictPolicy.Fail"/> was asked for. Nothing was written.</exception>
    /// <exception cref="OpenCallsException">The fork, or the thread, has tool calls without results.</exception>
    /// <exception cref="ThreadNotFoundException">There is no such fork, or the thread that it was forked from is gone or was deleted.</exception>
    /// <exception cref="InvalidOperationException">The thread is no fork.</exception>
    /// <exception cref="HistoryDroppedException">What the fork began with was dropped.</exception>
    /// <exception cref="StateTooLargeException">What is merged is too large for one commit.</exception>
    public static ValueTask<CommitInfo> MergeAsync(this ThreadHandle fork, MergeOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(fork);
        return new Merging(fork.Store, fork.Key, options ?? new()).RunAsync(cancellationToken);
    }
}

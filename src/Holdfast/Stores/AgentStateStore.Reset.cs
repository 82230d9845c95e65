namespace Holdfast;

public sealed partial class AgentStateStore
{
    /// <summary>Empties a thread, as one commit, so that the next message starts afresh under the same id. A thread that was deleted comes back, empty.</summary>
    /// <remarks>
    /// Messages are hidden; variables, metadata, todos, states of tools, other sections and the agent are removed; the status is idle. The owner stays, and so does an expiry that was set by
    /// hand. Earlier versions stay readable.
    /// </remarks>
    /// <param name="id">The thread.</param>
    /// <param name="cancellationToken">Cancels the reset as long as its commit was not sent.</param>
    /// <returns>The commit; <see cref="CommitInfo.IsEmpty"/> when there was nothing to empty, or no such thread.</returns>
    /// <exception cref="CorruptStateException">The thread is damaged.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed. With <see cref="StoreUnavailableException.OutcomeUnknown"/> the reset may yet be stored.</exception>
    public async ValueTask<CommitInfo> ResetAsync(ThreadId id, CancellationToken cancellationToken = default)
    {
        var key = KeyOf(id);
        var (commit, _) = await UpdateAsync(
            key,
            token => OpenAsync(_context, key, new(), allowDeleted: true, token),
            WithoutResult(Whole(Empty)),
            new() { Reason = "reset" },
            cancellationToken).ConfigureAwait(false);
        return commit;
    }

    private static void Empty(ThreadSession session)
    {
        if (session.Version == 0)
        {
            return;
        }

        foreach (var (section, values) in session.State.Sections.ToList())
        {
            foreach (var key in values.Keys.ToList())
            {
                session.Remove(section, key);
            }
        }

        session.Agent = null;
        session.TakeStatus(ThreadStatus.Idle);
        if (session.MessageCount > 0)
        {
            session.ClearHistory();
        }

        if (session.State.IsDeleted)
        {
            session.SetDeleted(false);
        }
    }
}

using Holdfast.Logs;

namespace Holdfast;

public sealed partial class ThreadSession
{
    /// <summary>Moves the session's uncommitted changes onto what others have committed since it was opened.</summary>
    /// <remarks>Afterwards the session shows the newest version with its own changes, and its messages come after the others'. Nothing is written.</remarks>
    /// <exception cref="CommitConflictException">Both changed the same key, the status or the agent, or the session clears messages that it has not seen.</exception>
    /// <exception cref="ThreadNotFoundException">The thread was deleted meanwhile.</exception>
    /// <exception cref="InvalidTransitionException">The session's status may not follow the one that the thread has now.</exception>
    public async ValueTask RebaseAsync(CancellationToken cancellationToken = default)
    {
        if (_prepared is not null)
        {
            throw new InvalidOperationException("The outcome of the last commit is not known yet. Commit again before rebasing.");
        }

        var before = _base;
        var read = await Log.ReadTailAsync(Key, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (read is null || read.Head.Version <= Version)
        {
            RefuseUnlessSame(before, read?.Head);
            return;
        }

        if (read.Head.DeletedAt is not null)
        {
            throw new ThreadNotFoundException(Key, deleted: true);
        }

        if (_open.UserId is { } user && read.Head.UserId is { } owner && owner != user)
        {
            throw new ThreadAccessDeniedException(Key);
        }

        var fold = TailFold.Of(read);
        await RefuseOverlapAsync(before, read, cancellationToken).ConfigureAwait(false);
        if (_pending.Status is { } status && !fold.State.Status.CanBecome(status))
        {
            throw new InvalidTransitionException(fold.State.Status, status);
        }

        Adopt(fold);
        State.Apply(_pending);
    }

    private void RefuseUnlessSame(ThreadHead? before, ThreadHead? now)
    {
        if (before?.ChainHash != now?.ChainHash)
        {
            throw new CommitConflictException(Key, Version, now?.Version ?? 0, "the thread was erased meanwhile");
        }
    }

    private async ValueTask RefuseOverlapAsync(ThreadHead? before, ThreadTail tail, CancellationToken cancellationToken)
    {
        var chain = before?.ChainHash ?? ChainHash.Start;
        var theirs = tail.Entries[0].Version <= Version + 1
            ? tail.Entries.Where(entry => entry.Version > Version).ToAsyncEnumerable()
            : Log.ReadAsync(Key, Version + 1, tail.Head.Version, cancellationToken: cancellationToken);
        await foreach (var entry in theirs.ConfigureAwait(false))
        {
            chain = ChainHash.Next(chain, entry);
            if (OverlapWith(CommitBodyReader.Read(entry)) is { } overlap)
            {
                throw new CommitConflictException(Key, Version, tail.Head.Version, $"version {entry.Version} and this session both changed {overlap}");
            }
        }

        if (chain != tail.Head.ChainHash)
        {
            throw new CommitConflictException(Key, Version, tail.Head.Version, "the thread was erased and begun anew meanwhile");
        }
    }

    private string? OverlapWith(CommitBody theirs)
    {
        if (_pending.Status is not null && theirs.Status is not null)
        {
            return "the status";
        }

        if (_pending.SetsAgent && _open.Agent is null && theirs.SetsAgent && theirs.Agent != _base?.Agent)
        {
            return "the agent";
        }

        if (_pending.History is HistoryEdit.Trim { HidesStored: true } or HistoryEdit.Show && (theirs.Messages.Count > 0 || theirs.History is not null))
        {
            return "the history";
        }

        if (_open.LastWriterWins)
        {
            return null;
        }

        var keys = theirs.Set.Select(set => (set.Section, set.Key)).Concat(theirs.Remove);
        return keys.Where(changed => _pending.Sections.TryGetValue(changed.Section, out var mine) && mine.ContainsKey(changed.Key))
            .Select(changed => $"{changed.Section}/{changed.Key}")
            .FirstOrDefault();
    }
}

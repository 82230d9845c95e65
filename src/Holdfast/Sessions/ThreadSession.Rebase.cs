using Holdfast.Logs;

namespace Holdfast;

public sealed partial class ThreadSession
{
    /// <summary>Moves the session's uncommitted changes onto what others have committed since it was opened.</summary>
    /// <remarks>
    /// Afterwards the session shows the newest version with its own changes, and its messages come after the others'. Nothing is written. After a conflict it
    /// waits a moment first, by chance and longer with each conflict in a row, so that sessions that commit to the same thread do not meet again and again.
    /// </remarks>
    /// <exception cref="CommitConflictException">Both changed the same key, the status or the agent, or the session clears messages that it has not seen.</exception>
    /// <exception cref="ThreadNotFoundException">The thread was deleted meanwhile.</exception>
    /// <exception cref="ThreadExpiredException">The thread expired meanwhile.</exception>
    public async ValueTask RebaseAsync(CancellationToken cancellationToken = default)
    {
        if (_prepared is not null)
        {
            throw new InvalidOperationException("The outcome of the last commit is not known yet. Commit again before rebasing.");
        }

        await WaitAfterConflictAsync(cancellationToken).ConfigureAwait(false);
        await MoveAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask WaitAfterConflictAsync(CancellationToken cancellationToken)
    {
        if (_conflicts > 0)
        {
            await Backoff.AfterConflictAsync(_conflicts, _took, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask MoveAsync(CancellationToken cancellationToken)
    {
        var read = await Log.ReadTailAsync(Key, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (read?.Head.ChainHash == _base?.ChainHash)
        {
            return;
        }

        _pending.ForgetRetired();
        if (!_open.LastWriterWins)
        {
            RefuseUnlessOpen(read?.Head);
            await RefuseOverlapAsync(read!, cancellationToken).ConfigureAwait(false);
        }

        Adopt(read is null ? null : TailFold.Of(read));
        State.Apply(_pending);
    }

    private void RefuseUnlessOpen(ThreadHead? head)
    {
        if (head is null || head.Version <= Version)
        {
            throw new CommitConflictException(Key, Version, head?.Version ?? 0, "the thread was erased meanwhile");
        }

        if (head.IsExpired(_store.Now))
        {
            throw new ThreadExpiredException(Key, head.ExpiresAt!.Value);
        }

        if (head.DeletedAt is not null)
        {
            throw new ThreadNotFoundException(Key, deleted: true);
        }

        if (_open.UserId is { } user && head.UserId is { } owner && owner != user)
        {
            throw new ThreadAccessDeniedException(Key);
        }
    }

    private async ValueTask RefuseOverlapAsync(ThreadTail tail, CancellationToken cancellationToken)
    {
        var chain = _base?.ChainHash ?? ChainHash.Start;
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

        // That two sessions were opened for different agents is no conflict.
        if (_pending.SetsAgent && _pending.Agent != _open.Agent && theirs.SetsAgent && theirs.Agent != _base?.Agent)
        {
            return "the agent";
        }

        if (_pending.History?.Shown is not null && (theirs.Messages.Count > 0 || theirs.History is not null))
        {
            return "the history";
        }

        var keys = theirs.Set.Select(set => (set.Section, set.Key)).Concat(theirs.Remove);
        return keys.Where(changed => _pending.Sections.TryGetValue(changed.Section, out var mine) && mine.ContainsKey(changed.Key))
            .Select(changed => $"{changed.Section}/{changed.Key}")
            .FirstOrDefault();
    }
}

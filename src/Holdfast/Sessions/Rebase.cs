using Holdfast.Logs;

namespace Holdfast;

/// <summary>Moves a session's changes onto what others have committed since it was opened.</summary>
internal static class Rebase
{
    /// <summary>Reads what is newer, refuses what cannot be merged, and bases the session on it.</summary>
    /// <exception cref="CommitConflictException">Both changed the same thing, or the thread is another one now.</exception>
    public static async ValueTask MoveAsync(SessionState session, CancellationToken cancellationToken)
    {
        var known = session.Base;
        var read = await session.Store.Calls.ReadTailAsync(
            new TailRequest { Key = session.Key, Since = known?.Position }, cancellationToken).ConfigureAwait(false);
        if (read?.Head.ChainHash == known?.ChainHash)
        {
            return;
        }

        session.Pending.ForgetRetired();
        var now = await session.Store.NowAsync(cancellationToken).ConfigureAwait(false);
        if (!session.Open.LastWriterWins)
        {
            RefuseUnlessOpen(session, read?.Head, now);
            await RefuseOverlapAsync(session, read!, cancellationToken).ConfigureAwait(false);
        }

        var from = session.Version;
        session.Adopt(await FoldAsync(session, read, cancellationToken).ConfigureAwait(false));
        session.Reapply();
        StoreLog.Rebased(session.Store.Logger, session.Key, from, session.Version);
    }

    private static async ValueTask<TailFold?> FoldAsync(SessionState session, ThreadTail? read, CancellationToken cancellationToken)
    {
        var (known, bodies) = (session.TakeOut(), session.Store.Bodies);
        if (read is null)
        {
            return null;
        }

        if (known is null || !read.Follows(known.Head.Position))
        {
            return TailFold.Of(bodies, read);
        }

        if (known.After(bodies, read) is { } newer)
        {
            return newer;
        }

        // What is there is not what the session knows, continued: a backup was brought back.
        return await session.Store.Calls.ReadTailAsync(session.Key, cancellationToken: cancellationToken).ConfigureAwait(false) is { } whole ? TailFold.Of(bodies, whole) : null;
    }

    private static void RefuseUnlessOpen(SessionState session, ThreadHead? head, DateTimeOffset now)
    {
        if (head is null || head.Version <= session.Version)
        {
            throw new CommitConflictException(session.Key, session.Version, head?.Version ?? 0, "the thread was erased meanwhile");
        }

        if (head.IsExpired(now))
        {
            throw new ThreadExpiredException(session.Key, head.ExpiresAt!.Value);
        }

        if (head.DeletedAt is not null)
        {
            throw new ThreadNotFoundException(session.Key, deleted: true);
        }

        if (session.Open.UserId is { } user && head.UserId is { } owner && owner != user)
        {
            throw new ThreadAccessDeniedException(session.Key);
        }
    }

    private static async ValueTask RefuseOverlapAsync(SessionState session, ThreadTail read, CancellationToken cancellationToken)
    {
        var head = read.Head;
        var walk = new EntryWalk(session.Store.Bodies, session.Key) { Expected = session.Version + 1, Chain = session.Base?.ChainHash ?? ChainHash.Start };
        var isContinued = session.Base is { } known ? read.Follows(known.Position) : head.FirstVersion == 1;
        if (isContinued)
        {
            // Of a thread that others began, the tail may have only the end.
            var theirs = read.Entries.Count > 0 && read.Entries[0].Version > session.Version + 1
                ? session.Store.Calls.ReadAsync(new ReadRequest { Key = session.Key, To = head.Version, Life = head.Life }, cancellationToken)
                : read.Entries.ToAsyncEnumerable();
            await foreach (var entry in theirs.ConfigureAwait(false))
            {
                if (OverlapWith(session, walk.Open(entry).Body.Change) is { } overlap)
                {
                    throw new CommitConflictException(session.Key, session.Version, head.Version, $"version {entry.Version} and this session both changed {overlap}");
                }
            }
        }

        if (!isContinued || walk.Chain != head.ChainHash)
        {
            throw new CommitConflictException(session.Key, session.Version, head.Version, "the thread was erased and begun anew meanwhile");
        }
    }

    private static string? OverlapWith(SessionState session, Change theirs)
    {
        var mine = session.Pending;
        if (mine.Status is not null && theirs.Status is not null)
        {
            return "the status";
        }

        // That two sessions were opened for different agents is no conflict.
        if (mine.SetsAgent && mine.Agent != session.Open.Agent && theirs.SetsAgent)
        {
            return "the agent";
        }

        if (mine.Edit?.Shown is not null && (theirs.Messages.Count > 0 || theirs.History is not null))
        {
            return "the history";
        }

        // Two commits can both append to an array, as they can to the conversation.
        return theirs.Sections
            .Where(changed => mine.Sections.TryGet(changed.Section, changed.Key, out var change) && !(change.OnlyAppends && changed.Change.OnlyAppends))
            .Select(changed => $"{changed.Section}/{changed.Key}")
            .FirstOrDefault();
    }
}

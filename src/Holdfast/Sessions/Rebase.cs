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
        var read = await SessionOpener.ReadTailAsync(session.Store, new() { Key = session.Key, Since = known?.Position }, cancellationToken).ConfigureAwait(false);
        if (read?.Head.ChainHash == known?.ChainHash)
        {
            return;
        }

        var isForced = session.Open.LastWriterWins;
        if (!isForced)
        {
            RefuseUnlessOpen(session, read?.Head, await session.Store.NowAsync(cancellationToken).ConfigureAwait(false));
        }

        // Whatever can fail comes before the session is touched.
        var newer = read is null || (isForced && known is null) ? null : await OpenNewerAsync(session, read, cancellationToken).ConfigureAwait(false);
        session.Addition?.Cross(read?.Head, newer);
        session.Pending.ForgetRetired();
        if (!isForced)
        {
            RefuseOverlap(session, read!.Head, newer);
        }

        var whole = known is null || newer is null ? await FoldWholeAsync(session, read, cancellationToken).ConfigureAwait(false) : null;
        RefuseNewerSchema(session, newer, whole);
        var from = session.Version;
        var before = session.TakeOut();
        session.Adopt(before is null || newer is null ? whole : before.After(read!.Head, newer));
        session.Reapply();
        StoreLog.Rebased(session.Store.Logger, session.Key, from, session.Version);
    }

    // What others committed after the session's version; null where that does not lead from there to the head (another thread, or a backup that was brought back), or part of it was dropped.
    private static async ValueTask<List<OpenedEntry>?> OpenNewerAsync(SessionState session, ThreadTail read, CancellationToken cancellationToken)
    {
        var head = read.Head;
        var isContinued = session.Base is { } known ? read.Follows(known.Position) : head.FirstVersion == 1;
        if (!isContinued)
        {
            return null;
        }

        // Of a thread that others began, the tail may have only the end.
        var theirs = read.Entries.Count > 0 && read.Entries[0].Version > session.Version + 1
            ? session.Store.Calls.ReadAsync(new ReadRequest { Key = session.Key, To = head.Version, Life = head.Life }, cancellationToken)
            : read.Entries.ToAsyncEnumerable();
        var walk = new EntryWalk(session.Store.Bodies, session.Key)
        {
            Expected = session.Version + 1,
            NewestKeyframe = head.KeyframeVersion,
            Chain = session.Base?.ChainHash ?? ChainHash.Start,
            AllowsDropped = true,
        };
        var newer = new List<OpenedEntry>();
        await foreach (var entry in theirs.ConfigureAwait(false))
        {
            newer.Add(walk.Open(entry));
            if (newer[^1].Body.IsDropped)
            {
                return null;
            }
        }

        return walk.Chain == head.ChainHash ? newer : null;
    }

    private static async ValueTask<TailFold?> FoldWholeAsync(SessionState session, ThreadTail? read, CancellationToken cancellationToken)
    {
        if (read is not null && session.Base is { } known && read.Follows(known.Position))
        {
            // It has only what is newer.
            read = await session.Store.Calls.ReadTailAsync(session.Key, cancellationToken: cancellationToken).ConfigureAwait(false);
        }

        return read is null ? null : TailFold.Of(session.Store.Bodies, read);
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

    // Another build of the application may have migrated the thread meanwhile.
    private static void RefuseNewerSchema(SessionState session, List<OpenedEntry>? newer, TailFold? whole)
    {
        var found = Math.Max(newer?.Max(opened => opened.Body.Change.Schema) ?? 0, whole?.State.Schema ?? 0);
        if (found > session.Options.Migrations.Version && !session.Options.AcceptAnySchema && session.Key.Space == ThreadSpace.Threads)
        {
            throw new NewerSchemaException(session.Key, found, session.Options.Migrations.Version);
        }
    }

    private static void RefuseOverlap(SessionState session, ThreadHead head, List<OpenedEntry>? newer)
    {
        if (newer is null)
        {
            throw new CommitConflictException(session.Key, session.Version, head.Version, "the thread was erased and begun anew meanwhile, or some of what was committed since was dropped");
        }

        foreach (var opened in newer)
        {
            if (OverlapWith(session, opened.Body.Change) is { } overlap)
            {
                throw new CommitConflictException(session.Key, session.Version, head.Version, $"version {opened.Version} and this session both changed {overlap}");
            }
        }
    }

    private static string? OverlapWith(SessionState session, Change theirs)
    {
        var mine = session.Pending;
        if (session.Addition is not { FollowsTurns: true } && mine.Status is not null && theirs.Status is not null)
        {
            return "the status";
        }

        // That two sessions were opened for different agents is no conflict.
        if (mine.SetsAgent && mine.Agent != session.Open.Agent && theirs.SetsAgent)
        {
            return "the agent";
        }

        if ((mine.Edit?.Shown is not null && (theirs.Messages.Count > 0 || theirs.History is not null)) || (mine.Summary is not null && theirs.History is not null))
        {
            return "the history";
        }

        // Two commits can both append to an array, as they can to the conversation, and both be signs of life of the same lease.
        return theirs.Sections
            .Where(changed => (changed.Section, changed.Key) != (TurnSections.Lease, TurnSections.HeldAt))
            .Where(changed => mine.Sections.TryGet(changed.Section, changed.Key, out var change) && !(change.OnlyAppends && changed.Change.OnlyAppends))
            .Select(changed => $"{changed.Section}/{changed.Key}")
            .FirstOrDefault();
    }
}

using System.Runtime.CompilerServices;

namespace Holdfast;

/// <summary>Looks at the turns of a thread, waits for them, and stops them: for callers who do not run them.</summary>
internal static class TurnControl
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    public static async IAsyncEnumerable<TurnInfo> ListAsync(StoreContext store, ThreadKey key, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await ReadAsync(store, key, cancellationToken).ConfigureAwait(false) is not { } book)
        {
            yield break;
        }

        await foreach (var turn in TurnReading.ListAsync(book, cancellationToken).ConfigureAwait(false))
        {
            yield return turn;
        }
    }

    /// <summary>The steps of a turn, whether it has ended or not; none if there is no such turn.</summary>
    public static async ValueTask<IReadOnlyList<StepInfo>> StepsAsync(StoreContext store, ThreadKey key, TurnId turn, CancellationToken cancellationToken)
    {
        if (await ReadAsync(store, key, cancellationToken).ConfigureAwait(false) is not { } book)
        {
            return [];
        }

        if (book.Find(turn) is not null)
        {
            return [.. book.Steps(turn).Select(step => StepInfo.Of(step.Key, step.Step))];
        }

        return await book.FindEndedAsync(turn, cancellationToken).ConfigureAwait(false) is var (ended, _)
            ? [.. (ended.Steps ?? new Dictionary<string, StepDocument>()).Select(step => StepInfo.Of(step.Key, step.Value))]
            : [];
    }

    /// <summary>Waits until a turn has ended, or waits for people or for a time.</summary>
    public static async ValueTask<TurnInfo> WaitAsync(StoreContext store, ThreadKey key, TurnId turn, CancellationToken cancellationToken)
    {
        using var changes = new ChangeWait(store, key);
        while (true)
        {
            TurnInfo? found = null;
            await foreach (var info in ListAsync(store, key, cancellationToken).ConfigureAwait(false))
            {
                if (info.Id == turn)
                {
                    found = info;
                    break;
                }
            }

            if (found is null)
            {
                throw TurnEndedException.NotThere(turn, key);
            }

            if (found.State is not (TurnState.Queued or TurnState.Running))
            {
                return found;
            }

            await changes.WaitAsync(Poll, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Asks the runner of a turn to stop; one that nobody runs is ended.</summary>
    /// <returns>Whether it had not ended.</returns>
    public static async ValueTask<bool> CancelAsync(StoreContext store, ThreadKey key, TurnId turn, string? reason, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await OpenAsync(store, key, cancellationToken).ConfigureAwait(false) is not { } session)
            {
                return false;
            }

            var book = new TurnBook(session.State);
            var (open, queued) = (book.Find(turn), book.FindQueued(turn));
            if (open is null && queued is null)
            {
                return false;
            }

            if (queued is not null)
            {
                var batch = new TurnBatch();
                EndQueued(book, batch, turn, queued, reason);
                session.State.Addition = new BatchAddition(book, batch);
            }
            else if (open!.State == TurnState.Running && (open.IsParallel || TurnStart.IsHeld(store, book)))
            {
                book.AskToCancel(turn, reason);
            }
            else
            {
                var batch = new TurnBatch { Releases = book.Lease?.Turn == turn.Value };
                session.History.AddRange(await OpenCallRepair.AnswersAsync(session.State, [turn], cancellationToken).ConfigureAwait(false));
                session.State.Pending.Messages.AddRange(await TurnQueue.UnreadAsync(book, [(turn, open)], cancellationToken).ConfigureAwait(false));
                batch.Close(book, turn, open with { State = TurnState.Cancelled, Error = reason }, store.Now.ToUnixTimeMilliseconds());
                session.State.TakeStatus(ThreadStatus.Idle);
                session.State.Addition = new BatchAddition(book, batch);
            }

            try
            {
                await session.SettleAsync(new() { Reason = "turn to be cancelled", Turn = turn }, cancellationToken).ConfigureAwait(false);
                store.Stops.Cancel(turn.Value, reason);
                if (book.Find(turn) is null)
                {
                    await ChildTurns.CancelAsync(store, key, turn, open?.Waits?.Keys ?? [], reason).ConfigureAwait(false);
                }

                return true;
            }
            catch (CommitConflictException) when (attempt < store.Options.MaxUpdateAttempts)
            {
                await store.Backoff.AfterConflictAsync(attempt, session.Took, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Ends all that is open in a thread, with the commit that is being made: nobody is to go on with it. Whoever brings a key once more is told so.</summary>
    public static void CloseAll(SessionState session, string why)
    {
        var book = new TurnBook(session);
        var batch = new TurnBatch { Releases = book.Lease is not null };
        foreach (var (id, queued) in book.Queue.ToList())
        {
            EndQueued(book, batch, id, queued, why);
        }

        foreach (var (id, turn) in book.Turns.ToList())
        {
            Close(book, batch, id, turn, why);
            session.TakeStatus(ThreadStatus.Idle);
        }

        session.Addition = new BatchAddition(book, batch);
    }

    /// <summary>Ends the turns that have begun, with the commit that is being made, and releases the lease of one that held it. What is queued stays, and so does a lease without a turn.</summary>
    /// <returns>The turns that were ended.</returns>
    public static IReadOnlyList<TurnId> CloseOpen(SessionState session, string why)
    {
        var book = new TurnBook(session);
        var open = book.Turns.ToList();
        if (open.Count == 0)
        {
            return [];
        }

        var batch = new TurnBatch { Releases = open.Exists(turn => turn.Id.Value == book.Lease?.Turn) };
        open.ForEach(turn => Close(book, batch, turn.Id, turn.Turn, why));
        session.Addition = new BatchAddition(book, batch);
        return [.. open.Select(turn => turn.Id)];
    }

    /// <summary>What a thread keeps of turns; null if there is no such thread.</summary>
    public static async ValueTask<TurnBook?> ReadAsync(StoreContext store, ThreadKey key, CancellationToken cancellationToken)
        => await OpenAsync(store, key, cancellationToken).ConfigureAwait(false) is { } session ? new(session.State) : null;

    /// <summary>Takes what was said and not read yet into the history, with the commit that is being made, after what is known of the open calls: it is lost with the turns that are ended otherwise.</summary>
    public static async ValueTask TakeUnreadAsync(SessionState session, CancellationToken cancellationToken)
    {
        var book = new TurnBook(session);
        var unread = await TurnQueue.UnreadAsync(book, book.Turns, cancellationToken).ConfigureAwait(false);
        foreach (var (id, _) in book.Queue.ToList())
        {
            unread.AddRange(await TurnQueue.ReadInputAsync(book, id, cancellationToken).ConfigureAwait(false));
        }

        if (unread.Count > 0)
        {
            await OpenCallRepair.ApplyAsync(session, cancellationToken).ConfigureAwait(false);
            session.Pending.Messages.AddRange(unread);
        }
    }

    // Its input goes with it. The key stays, so that the same message does not run after all when it is delivered once more.
    private static void EndQueued(TurnBook book, TurnBatch batch, TurnId id, QueuedDocument queued, string? why)
    {
        book.RemoveQueued(id);
        var final = new TurnDocument { State = TurnState.Cancelled, At = queued.At, Begun = book.Session.Version, By = queued.By, Agent = queued.Agent, Key = queued.Key, Error = why };
        batch.Close(book, id, final, book.Session.Store.Now.ToUnixTimeMilliseconds());
    }

    private static void Close(TurnBook book, TurnBatch batch, TurnId id, TurnDocument turn, string why)
    {
        var final = turn with { State = turn.State == TurnState.Failed ? TurnState.Failed : TurnState.Cancelled, Error = turn.Error ?? why };
        batch.Close(book, id, final, book.Session.Store.Now.ToUnixTimeMilliseconds());
    }

    private static async ValueTask<ThreadSession?> OpenAsync(StoreContext store, ThreadKey key, CancellationToken cancellationToken)
    {
        try
        {
            return await SessionOpener.OpenAsync(store, key, new() { LoadUser = false, MustExist = true }, allowDeleted: false, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ThreadNotFoundException or ThreadExpiredException)
        {
            return null;
        }
    }
}

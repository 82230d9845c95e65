namespace Holdfast;

/// <summary>Takes the turn of a thread that is to be run by whoever comes first: one that was submitted, that has waited long enough, or whose runner is gone.</summary>
internal static class TurnTaking
{
    /// <summary>After what time somebody wakes a turn again that was woken and did not go on.</summary>
    private static readonly TimeSpan NextWake = TimeSpan.FromMinutes(1);

    /// <summary>Looks at a thread once, and begins or resumes its turn if there is one to run.</summary>
    /// <param name="store">The store.</param>
    /// <param name="key">The thread.</param>
    /// <param name="options">How turns are run; what the turn itself says about its key, its author and its agent holds.</param>
    /// <param name="cancellationToken">Cancels the look before anything was stored.</param>
    /// <exception cref="CommitConflictException">Another was faster.</exception>
    /// <exception cref="ThreadNotFoundException">The thread is gone.</exception>
    public static async ValueTask<DueLook> LookAsync(StoreContext store, ThreadKey key, TurnOptions options, CancellationToken cancellationToken)
    {
        var session = await SessionOpener.OpenAsync(
            store, key, new() { RecentMessages = options.HistoryWindow, LoadUser = false, MustExist = true }, allowDeleted: false, cancellationToken).ConfigureAwait(false);
        var book = new TurnBook(session.State);
        var look = new DueLook { Life = session.State.Base!.Life, Version = session.Version };
        var now = store.Now.ToUnixTimeMilliseconds();
        if (TurnStart.IsHeld(store, book))
        {
            return look with { Lease = SeenLease.Of(book) };
        }

        var open = book.Turns.Where(other => other.Turn is { State: TurnState.Interrupted or TurnState.Sleeping } or { State: TurnState.Running, IsParallel: false })
            .Select(other => (other.Id, other.Turn, Until: WaitsUntil(book, other.Id, other.Turn, now))).ToList();
        if (open.Count == 0)
        {
            return await BeginAsync(store, options, session, book, look, now, cancellationToken).ConfigureAwait(false);
        }

        // One that was left by its runner is older work than one that waits.
        var (id, turn, until) = open.MinBy(other => (other.Until ?? 0, other.Turn.State != TurnState.Running));
        if (until is { } time)
        {
            return look with { Again = time < long.MaxValue ? DateTimeOffset.FromUnixTimeMilliseconds(time) : null };
        }

        if (turn.Up is { } up)
        {
            await WakeAsync(store, session, id, new(up), now, cancellationToken).ConfigureAwait(false);
            return look with { Again = store.Now + NextWake };
        }

        var start = TurnStart.Of(store, key, options with { Key = turn.Key, By = turn.By, Agent = turn.Agent });
        var resumed = await start.GoOnAsync(session, book, id, turn, [], cancellationToken).ConfigureAwait(false);

        // One that was closed instead leaves the thread to what is queued.
        return look with { Turn = resumed, Again = store.Now };
    }

    // A turn of a child runs where the turn that it works for runs, with what that one's handler knows. So it is that one which is due.
    private static async ValueTask WakeAsync(StoreContext store, ThreadSession child, TurnId id, TurnId up, long now, CancellationToken cancellationToken)
    {
        var key = Parentage.Of(child.State.State) is { } parent ? ThreadKey.Of(child.State.Key.Tenant, parent) : child.State.Key;
        var book = await TurnControl.ReadAsync(store, key, cancellationToken).ConfigureAwait(false);
        if (book?.Find(up) is not { } turn)
        {
            await TurnControl.CancelAsync(store, child.State.Key, id, "the turn that it works for has ended", cancellationToken).ConfigureAwait(false);
            return;
        }

        if (turn.State is TurnState.Interrupted or TurnState.Sleeping && !(turn.Wake <= now) && !book.InterruptsOf(up).Any(asked => asked.Interrupt.State == InterruptState.Pending))
        {
            book.Put(up, turn with { Wake = now });
            book.Session.Addition = QueueAddition.Instance;
            await new Committer(book.Session).SettleAsync(new() { Reason = "turn woken", Turn = up }, store.SettlingAttempts, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask<DueLook> BeginAsync(
        StoreContext store, TurnOptions options, ThreadSession session, TurnBook book, DueLook look, long now, CancellationToken cancellationToken)
    {
        // The first in line; input whose sender waits for it is run by its sender.
        var next = book.Queue.Select(queued => (queued.Id, queued.Queued, At: Math.Max(queued.Queued.Until ?? 0, queued.Queued.Due ?? 0))).ToList();
        var (id, first, _) = next.FirstOrDefault(queued => queued.At <= now);
        if (first is null || next.TakeWhile(queued => queued.Id != id).Any(queued => queued.Queued.Until > now))
        {
            return look with { Again = next.Count == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(next.Where(queued => queued.At > now).Min(queued => queued.At)) };
        }

        if (first.Agent is { } agent)
        {
            session.State.TakeAgent(agent);
        }

        var start = TurnStart.Of(store, session.State.Key, options with { Key = first.Key, By = first.By, Agent = first.Agent }, id);
        return look with { Turn = await start.BeginAsync(session, book, cancellationToken).ConfigureAwait(false), Again = store.Now };
    }

    // Until when a turn waits: for as long as it takes for people, or for its time; null if it can go on.
    private static long? WaitsUntil(TurnBook book, TurnId id, TurnDocument turn, long now)
    {
        var pending = book.InterruptsOf(id).Where(asked => asked.Interrupt.State == InterruptState.Pending && !(asked.Interrupt.Until <= now)).ToList();
        return turn.State switch
        {
            TurnState.Interrupted when pending.Count > 0 => pending.Min(asked => asked.Interrupt.Until ?? long.MaxValue),
            TurnState.Sleeping when turn.Wake > now => turn.Wake,
            _ => null,
        };
    }
}

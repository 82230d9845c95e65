using Holdfast.Logs;

namespace Holdfast;

/// <summary>A turn while it runs here: its commits, what it waits for, and whether it is to stop.</summary>
internal sealed class TurnRun : ILeaseHolder, IStoppable, IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly AsyncLocal<string?> _step = new();
    private readonly LeaseHeart? _heart;
    private readonly long _began;
    private int _active;
    private bool _isSuspended;

    public TurnRun(TurnWriter writer, TurnId id, TurnOptions options)
    {
        (Writer, Id, Options) = (writer, id, options);
        (_began, writer.Activity) = (Store.Time.GetTimestamp(), Telemetry.StartTurn(Session.Key, id, Document.Attempt));
        writer.Lost = Stop;
        (writer.Stored, writer.GivenUp) = (Messages.Confirm, Messages.GiveUp);
        Store.Stops.Add(id.Value, this);
        _heart = writer.Token is null ? null : new(this, Store, Session.Key, options.Lease);
        LookForCancel(writer.Book);
    }

    public TurnWriter Writer { get; }

    public TurnId Id { get; }

    public TurnOptions Options { get; }

    public StoreContext Store => Writer.Session.State.Store;

    public SessionState Session => Writer.Session.State;

    /// <summary>Cancelled when the turn is to stop, or has lost its lease.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>Why somebody wants the turn to be cancelled; null if nobody does.</summary>
    public string? CancelReason { get; private set; }

    /// <summary>What is noted of a turn that is let go without an outcome.</summary>
    public string LetGo { get; private set; } = "it was let go without an outcome";

    public TurnState State { get; private set; } = TurnState.Running;

    /// <summary>What the turn waits for; null as long as it runs.</summary>
    public TurnSuspendedException? Suspension { get; private set; }

    /// <summary>The turns that it has begun in child threads.</summary>
    public ChildTurns Children { get; } = new();

    /// <summary>What the turn added to the conversation.</summary>
    public TurnMessages Messages { get; } = new();

    /// <summary>The step that the caller is in; null outside of steps.</summary>
    public string? CurrentStep
    {
        get => _step.Value;
        set => _step.Value = value;
    }

    public long Now => Store.Now.ToUnixTimeMilliseconds();

    public TurnDocument Document => Writer.Book.Find(Id) ?? throw new LeaseLostException(Session.Key, Writer.Token, null);

    /// <summary>Notes an error that was thrown to the caller, who may let the turn go because of it.</summary>
    /// <returns>False, so that it can be a filter of exceptions.</returns>
    public bool Note(Exception error)
    {
        LetGo = error is OperationCanceledException or TurnSuspendedException ? LetGo : $"it was let go without an outcome, after an error: {error.Message}";
        return false;
    }

    /// <exception cref="TurnSuspendedException">The turn waits.</exception>
    /// <exception cref="TurnEndedException">The turn has ended.</exception>
    public void RefuseIfOver()
    {
        if (Suspension is { } waits)
        {
            throw new TurnSuspendedException(Id, waits.Until);
        }

        if (State != TurnState.Running)
        {
            throw new TurnEndedException(Id, State);
        }
    }

    /// <summary>Changes the thread with one commit.</summary>
    public async ValueTask WriteAsync(string reason, Action<TurnBook, TurnBatch> change)
    {
        await Writer.WriteAsync(reason, change).ConfigureAwait(false);
        if (State == TurnState.Running)
        {
            LookForCancel(Writer.Book);
        }
    }

    /// <summary>Notes that a step begins.</summary>
    public void Enter()
    {
        lock (_lock)
        {
            _active++;
        }
    }

    /// <summary>Notes that a step is over. The last one suspends the turn, if something is waited for.</summary>
    public async ValueTask LeaveAsync()
    {
        TurnSuspendedException? waits;
        lock (_lock)
        {
            _active--;
            waits = _active == 0 && !_isSuspended ? Suspension : null;
            _isSuspended |= waits is not null;
        }

        if (waits is not null)
        {
            await Writer.WriteAsync("turn waits", (book, batch) => Suspend(book, batch, waits.Until)).ConfigureAwait(false);
            End(waits.Until is null ? TurnState.Interrupted : TurnState.Sleeping);
        }
    }

    /// <summary>Changes the thread with a commit that makes the turn wait, as soon as no other step runs.</summary>
    public async ValueTask<TurnSuspendedException> SuspendAsync(string reason, Action<TurnBook> change, DateTimeOffset? until)
    {
        var step = CurrentStep;
        bool isLast;
        lock (_lock)
        {
            Suspension = Suspension is { Until: null } ? Suspension : new(Id, until);
            isLast = !_isSuspended && _active <= (step is null ? 0 : 1);
            _isSuspended |= isLast;
        }

        await Writer.WriteAsync(reason, (book, batch) =>
        {
            change(book);
            if (step is not null && book.Step(Id, step) is { State: StepState.Started } started)
            {
                // It asks before it does anything; so it is known that nothing has happened.
                book.Put(Id, step, started with { State = StepState.Waiting });
            }

            if (isLast)
            {
                Suspend(book, batch, Suspension.Until);
            }
        }).ConfigureAwait(false);
        if (isLast)
        {
            End(Suspension.Until is null ? TurnState.Interrupted : TurnState.Sleeping);
        }

        return Suspension;
    }

    /// <summary>Lets the turn go in the middle: it is due at once, and whoever takes it goes on where it stands. That is no failed attempt.</summary>
    /// <exception cref="LeaseLostException">Another runner has it already.</exception>
    public async ValueTask HandBackAsync()
    {
        if (State != TurnState.Running || Suspension is not null)
        {
            return;
        }

        // From here on, nothing more is done here.
        Suspension = new(Id, Store.Now);
        await Writer.WriteAsync("turn handed back", (book, batch) =>
        {
            book.Put(Id, Document with { Wake = Now });
            batch.Releases = Writer.Token is not null;
        }).ConfigureAwait(false);
        End(TurnState.Sleeping);
    }

    ThreadHead ILeaseHolder.Head => Session.Base!;

    long ILeaseHolder.CommittedAt => Writer.CommittedAt;

    void ILeaseHolder.NoteBeat()
    {
        // Nobody asks a turn how long it has its thread.
    }

    bool ILeaseHolder.Look(TurnBook? book)
    {
        if (book is null || book.Lease?.Token != Writer.Token)
        {
            Stop();
            return false;
        }

        LookForCancel(book);
        return true;
    }

    /// <summary>The turn has ended here.</summary>
    public void End(TurnState state)
    {
        State = state;
        Telemetry.TurnOver(Writer.Activity, state.ToString().ToLowerInvariant(), Store.Time.GetElapsedTime(_began));
        Dispose();
    }

    /// <summary>Tells the turn to stop, because somebody wants it to be cancelled.</summary>
    public void Cancel(string reason)
    {
        CancelReason ??= reason;
        Stop();
    }

    public void Stop()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended.
        }
    }

    public void Dispose()
    {
        _heart?.Dispose();
        Store.Stops.Remove(Id.Value);
    }

    private void Suspend(TurnBook book, TurnBatch batch, DateTimeOffset? until)
    {
        var isAsking = IsAsking(book);
        var waits = Children.Waiting(Document.Waits);
        var isWaiting = waits?.Values.Any(status => status != ThreadStatus.Sleeping.ToName()) is true;

        // Answered while other steps still ran: then it is due at once. What a child waits for is due in the child, and whoever looks there wakes this turn.
        book.Put(Id, Document with
        {
            State = isAsking || isWaiting || until is null ? TurnState.Interrupted : TurnState.Sleeping,
            Wake = isAsking ? null : until?.ToUnixTimeMilliseconds() ?? (isWaiting ? null : Now),
            Waits = waits,
        });
        batch.AtVersion((current, _) =>
        {
            if (isAsking && !IsAsking(current))
            {
                // The answer was faster.
                current.Put(Id, Document with { Wake = Now });
            }
        });
        batch.Releases = Writer.Token is not null;
    }

    private bool IsAsking(TurnBook book) => book.InterruptsOf(Id).Any(asked => asked.Interrupt.State == InterruptState.Pending);

    private void LookForCancel(TurnBook book)
    {
        if (book.CancelReason(Id) is { } reason)
        {
            Cancel(reason);
        }
    }
}

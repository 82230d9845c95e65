using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Begins a turn: finds what there is already under its key, waits for others or gives way to them, repairs what they left, and makes the first commit.</summary>
internal sealed class TurnStart
{
    private static readonly TimeSpan WaiterTime = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan FenceTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromMilliseconds(250);

    private readonly StoreContext _store;
    private readonly ThreadKey _key;
    private readonly TurnOptions _options;
    private readonly IReadOnlyList<ChatMessage> _messages;
    private IReadOnlyList<ChatMessage> _new = [];
    private TurnId? _queued;
    private TurnId? _repeats;
    private (TurnId Turn, long Since)? _asked;

    private TurnStart(StoreContext store, ThreadKey key, IReadOnlyList<ChatMessage> messages, TurnOptions options)
        => (_store, _key, _messages, _options) = (store, key, messages, options);

    /// <summary>For a turn that the thread has already: one that is open, or queued.</summary>
    public static TurnStart Of(StoreContext store, ThreadKey key, TurnOptions options, TurnId? queued = null) => new(store, key, [], options) { _queued = queued };

    public static async ValueTask<Turn> BeginAsync(StoreContext store, ThreadKey key, IEnumerable<ChatMessage> messages, TurnOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(messages);
        options ??= new();
        options.Validate();
        var start = new TurnStart(store, key, [.. messages], options);
        var began = store.Time.GetTimestamp();
        using var changes = new ChangeWait(store, key);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (await start.TryAsync(cancellationToken).ConfigureAwait(false) is { } turn)
                {
                    return turn;
                }
            }
            catch (CommitConflictException e) when (store.Time.GetElapsedTime(began) < WaiterTime && !store.IsTaken(e.ExpectedVersion, attempt))
            {
                await store.Backoff.AfterConflictAsync(Math.Min(attempt, 6), TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
                continue;
            }
            catch (OperationCanceledException) when (start._queued is { } queued)
            {
                await TurnQueue.LeaveAsync(store, key, queued).ConfigureAwait(false);
                throw;
            }

            try
            {
                await changes.WaitAsync(LongestPoll * Math.Min(1, attempt / 10.0), cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (start._queued is { } queued)
            {
                await TurnQueue.LeaveAsync(store, key, queued).ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>Whether the lease of a thread is held: by a holder that has given a sign of life, as far as this process has seen.</summary>
    public static bool IsHeld(StoreContext store, TurnBook book)
        => book.Lease is { } lease && book.Session.Base is { } head
            && !store.Leases.HasLapsed(book.Session.Key, new(head.Life, lease.Token, book.HeldAt, head.Heartbeat), lease.By, TimeSpan.FromMilliseconds(lease.Ms), store.Time);

    /// <summary>Opens a thread as a turn needs it.</summary>
    public static ValueTask<ThreadSession> OpenAsync(StoreContext store, ThreadKey key, TurnOptions options, CancellationToken cancellationToken) => SessionOpener.OpenAsync(
        store, key, new() { UserId = options.UserId, Agent = options.Agent, RecentMessages = options.HistoryWindow, LoadUser = false }, allowDeleted: false, cancellationToken);

    // Looks at the thread once: begins, resumes or answers; null when it has to wait and look again.
    private async ValueTask<Turn?> TryAsync(CancellationToken cancellationToken)
    {
        var session = await OpenAsync(_store, _key, _options, cancellationToken).ConfigureAwait(false);
        var book = new TurnBook(session.State);
        _new = _repeats is not null ? [] : _options.Selects is { } selects ? await selects(session, cancellationToken).ConfigureAwait(false) : NewIn(session, _messages);
        _repeats ??= Repeated(book);
        if ((_options.Resumes ?? _repeats) is { } resumed)
        {
            return await ResumeAsync(session, book, resumed, cancellationToken).ConfigureAwait(false);
        }

        if (_options.Key is { } key)
        {
            if (book.Turns.FirstOrDefault(turn => turn.Turn.HasKey(key)) is { Turn: not null } open)
            {
                return await GoOnAsync(session, book, open.Id, open.Turn, [], cancellationToken).ConfigureAwait(false);
            }

            if (await book.Keys.FindAsync(key, cancellationToken).ConfigureAwait(false) is { } version
                && await book.ReadEndedAsync(version, key, cancellationToken).ConfigureAwait(false) is { } ended)
            {
                return ended.Turn.State == TurnState.Failed && ended.Turn.Attempt < _options.MaxAttempts
                    ? await ReviveAsync(session, book, ended, cancellationToken).ConfigureAwait(false)
                    : await Turn.ReplayAsync(session, ended, version, cancellationToken).ConfigureAwait(false);
            }

            _queued ??= book.Queue.FirstOrDefault(queued => queued.Queued.Key == key) is { Queued: not null } waiting ? waiting.Id : null;
        }

        if (_queued is { } mine && book.FindQueued(mine) is null)
        {
            throw new TurnEndedException(mine, TurnState.Cancelled);
        }

        return _options.WhenBusy == WhenBusy.Parallel
            ? await BeginAsync(session, book, cancellationToken).ConfigureAwait(false)
            : await TakeTurnAsync(session, book, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Resumes a turn; null if its runner lives, or if it was closed because it was begun too often.</summary>
    public async ValueTask<Turn?> GoOnAsync(
        ThreadSession session, TurnBook book, TurnId id, TurnDocument turn, IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken)
    {
        var isNewAttempt = turn.State == TurnState.Failed || turn is { State: TurnState.Running, Wake: null };

        // A turn that ran beside others takes the lease like any other once it is gone on with, unless another turn holds it: then it is known whether its runner lives.
        var isParallel = turn.IsParallel && (_options.WhenBusy == WhenBusy.Parallel || (IsHeld(_store, book) && book.Turns.Any(other => other.Id != id && IsOpen(other.Turn))));
        switch (turn.State)
        {
            case TurnState.Interrupted when book.InterruptsOf(id).Any(asked => asked.Interrupt.State == InterruptState.Pending && !IsLate(asked.Interrupt)):
            case TurnState.Sleeping when turn.Wake > _store.Now.ToUnixTimeMilliseconds():
                return await Turn.SuspendedAsync(session, id, turn, cancellationToken).ConfigureAwait(false);
            case var _ when !isParallel && IsHeld(_store, book):
                return null;
            case var _ when isNewAttempt && turn.Attempt >= _options.MaxAttempts:
                await CloseAsync(session, id, turn with { State = TurnState.Failed, Error = turn.Error ?? $"It was begun {turn.Attempt} times and never ended." }, cancellationToken).ConfigureAwait(false);
                return null;
        }

        var said = turn.HasInput && messages.Count > 0 ? await TurnQueue.ReadInputAsync(book, id, cancellationToken).ConfigureAwait(false) : [];
        var resumed = turn with { State = TurnState.Running, Attempt = turn.Attempt + (isNewAttempt ? 1 : 0), Wake = null, Error = null, IsParallel = isParallel, HasInput = turn.HasInput || messages.Count > 0 };
        return await CommitAsync(
            session, id, resumed.With(_options.Key is { } key ? [key] : []), "turn resumed", isResumed: true, (current, _) => TurnQueue.PutInput(current, id, messages, said), cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<Turn?> ReviveAsync(ThreadSession session, TurnBook book, TurnRecord ended, CancellationToken cancellationToken)
    {
        var id = new TurnId(ended.Id);
        var closed = Closed(book);
        if (IsHeld(_store, book) || closed.Exists(other => other.Turn.State is TurnState.Interrupted or TurnState.Sleeping))
        {
            return _options.WhenBusy == WhenBusy.Reject ? throw new TurnBusyException(_key, closed.Count > 0 ? closed[0].Id : new("lease"), "is open") : null;
        }

        var repairs = await OpenCallRepair.AnswersAsync(session.State, closed.Select(other => other.Id), cancellationToken).ConfigureAwait(false);
        var unread = await TurnQueue.UnreadAsync(book, closed, cancellationToken).ConfigureAwait(false);
        var resumed = ended.Turn with { State = TurnState.Running, Attempt = ended.Turn.Attempt + 1, Error = null };
        var begun = await CommitAsync(
            session,
            id,
            resumed,
            "turn resumed",
            isResumed: true,
            (current, batch) =>
            {
                Close(current, batch, closed);
                session.History.AddRange(repairs);
                session.State.Pending.Messages.AddRange(unread);
                current.Restore(id, ended);
            },
            cancellationToken).ConfigureAwait(false);
        await CancelChildrenAsync(closed).ConfigureAwait(false);
        return begun;
    }

    private async ValueTask<Turn?> TakeTurnAsync(ThreadSession session, TurnBook book, CancellationToken cancellationToken)
    {
        var isHeld = IsHeld(_store, book);
        // Beside turns that wait, it is the one that runs.
        var blocking = book.Turns.Where(turn => IsOpen(turn.Turn)).OrderByDescending(turn => isHeld && turn.Id.Value == book.Lease!.Turn).FirstOrDefault();
        if (blocking.Turn is not { } other)
        {
            return isHeld || IsBehindOthers(book)
                ? await WaitAsync(session, book, isHeld ? new(book.Lease!.Turn ?? "lease") : book.Queue.First().Id, cancellationToken).ConfigureAwait(false)
                : await BeginAsync(session, book, cancellationToken).ConfigureAwait(false);
        }

        var pending = book.InterruptsOf(blocking.Id).Where(asked => asked.Interrupt.State == InterruptState.Pending && !IsLate(asked.Interrupt)).ToList();
        switch (other.State)
        {
            case var _ when isHeld:
            case TurnState.Sleeping when _options.WhenBusy != WhenBusy.Interrupt:
            case TurnState.Interrupted when pending.Exists(asked => asked.Interrupt.Audience is not null) && _options.WhenBusy != WhenBusy.Interrupt:
                return _options.ReturnsWhenAsked && other.State != TurnState.Running
                    ? await LeaveInQueueAsync(session, book, blocking.Id, other, cancellationToken).ConfigureAwait(false)
                    : await WaitAsync(session, book, blocking.Id, cancellationToken).ConfigureAwait(false);
            case TurnState.Interrupted when pending.Count > 0 && _new.Count == 0 && _options.ReturnsWhenAsked:
                // Nothing is said: it is asked how things stand.
                return await LeaveInQueueAsync(session, book, blocking.Id, other, cancellationToken).ConfigureAwait(false);
            case TurnState.Interrupted when pending.Count == 0:
                // All is decided: the turn goes on, and what the user says comes after the results.
                return _queued is null ? await GoOnAsync(session, book, blocking.Id, other, _new, cancellationToken).ConfigureAwait(false) : null;
            default:
                return await BeginAsync(session, book, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<Turn?> WaitAsync(ThreadSession session, TurnBook book, TurnId other, CancellationToken cancellationToken)
    {
        switch (_options.WhenBusy)
        {
            case WhenBusy.Reject:
                throw new TurnBusyException(_key, other, book.Find(other) is { } turn ? $"is {turn.State.ToString().ToLowerInvariant()}" : "holds it");
            case WhenBusy.Interrupt when _asked is { } asked && asked.Turn == other:
                return _store.Time.GetElapsedTime(asked.Since) >= FenceTime ? await BeginAsync(session, book, cancellationToken).ConfigureAwait(false) : null;
            case WhenBusy.Interrupt when book.Find(other) is not null:
                book.AskToCancel(other, "another message came");
                await session.SettleAsync(new() { Reason = "turn to be cancelled", Turn = other, By = _options.By }, cancellationToken).ConfigureAwait(false);
                _asked = (other, _store.Time.GetTimestamp());
                _store.Stops.Cancel(other.Value, "another message came");
                return null;
            case WhenBusy.Queue when _queued is null:
                _queued = await QueueAsync(session, book, waits: true, cancellationToken).ConfigureAwait(false);
                return null;
            case WhenBusy.Queue when book.FindQueued(_queued.Value) is { Until: { } until } mine && until - _store.Now.ToUnixTimeMilliseconds() < WaiterTime.TotalMilliseconds / 2:
                book.Put(_queued.Value, mine with { Until = (_store.Now + WaiterTime).ToUnixTimeMilliseconds() });
                await session.SettleAsync(new() { Reason = "turn still waits", Turn = _queued }, cancellationToken).ConfigureAwait(false);
                return null;
            default:
                return null;
        }
    }

    // Those who wait come first, in the order in which they came; whose sender is gone waits for whoever comes next.
    private bool IsBehindOthers(TurnBook book)
    {
        var now = _store.Now.ToUnixTimeMilliseconds();
        var first = book.Queue.Where(queued => queued.Queued.Until > now).Select(queued => (TurnId?)queued.Id).FirstOrDefault();
        return first is { } id && id != _queued;
    }

    /// <summary>Makes the first commit of a turn: with the input that was given, or that was queued.</summary>
    public async ValueTask<Turn?> BeginAsync(ThreadSession session, TurnBook book, CancellationToken cancellationToken)
    {
        var isParallel = _options.WhenBusy == WhenBusy.Parallel;
        var joined = isParallel ? [] : await TurnQueue.AbandonedAsync(book, _queued, _store.Now.ToUnixTimeMilliseconds(), cancellationToken).ConfigureAwait(false);
        var closed = isParallel ? [] : Closed(book);
        var unread = await TurnQueue.UnreadAsync(book, closed, cancellationToken).ConfigureAwait(false);
        var input = _queued is { } waited ? await TurnQueue.ReadInputAsync(book, waited, cancellationToken).ConfigureAwait(false) : [];
        var messages = _queued is null ? _new : [];

        // What the caller itself has carried out needs no other answer; what a turn that runs at the same time has called is its own matter.
        var answered = messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Select(result => result.CallId).ToHashSet(StringComparer.Ordinal);
        var repairs = isParallel ? [] : await OpenCallRepair.RepairAsync(session.State, _options.Repair, closed.Select(other => other.Id), answered, cancellationToken).ConfigureAwait(false);
        var (id, now) = (_queued ?? TurnId.New(_store.Time), _store.Now.ToUnixTimeMilliseconds());
        var turn = new TurnDocument { State = TurnState.Running, At = now, By = _options.By, Agent = _options.Agent ?? session.Agent, Key = _options.Key, IsParallel = isParallel, Up = _options.Up?.Value }
            .With(joined.Select(queued => queued.Key).OfType<string>());
        var pages = await book.Keys.PageAsync(cancellationToken).ConfigureAwait(false);
        var begun = await CommitAsync(
            session,
            id,
            turn,
            "turn begun",
            isResumed: false,
            (current, batch) =>
            {
                Close(current, batch, closed);
                session.History.AddRange(repairs);
                session.State.Pending.Messages.AddRange(unread);
                session.State.Pending.Messages.AddRange(joined.SelectMany(queued => queued.Messages));
                session.State.Pending.Messages.AddRange(input);
                joined.ForEach(queued => current.RemoveQueued(queued.Id));
                pages?.Invoke(batch);
                current.RemoveQueued(id);
                session.History.AddRange(messages);
                batch.AtVersion((last, version) => last.Put(id, turn with { Begun = version }));
            },
            cancellationToken).ConfigureAwait(false);
        await CancelChildrenAsync(closed).ConfigureAwait(false);
        return begun;
    }

    private static bool IsOpen(TurnDocument turn) => !turn.IsParallel && turn.State is TurnState.Running or TurnState.Interrupted or TurnState.Sleeping;

    // The turns that end when another one takes the thread.
    private static List<(TurnId Id, TurnDocument Turn)> Closed(TurnBook book) => [.. book.Turns.Where(open => !(open.Turn.IsParallel && open.Turn.State == TurnState.Running))];

    private void Close(TurnBook book, TurnBatch batch, List<(TurnId Id, TurnDocument Turn)> closed)
        => closed.ForEach(other => batch.Close(book, other.Id, Abandoned(other.Turn), _store.Now.ToUnixTimeMilliseconds()));

    private async ValueTask CancelChildrenAsync(List<(TurnId Id, TurnDocument Turn)> closed)
    {
        foreach (var (id, turn) in closed.Where(other => other.Turn.Waits is not null))
        {
            await ChildTurns.CancelAsync(_store, _key, id, turn.Waits!.Keys, "the conversation went on").ConfigureAwait(false);
        }
    }

    private static TurnDocument Abandoned(TurnDocument turn) => turn.State switch
    {
        TurnState.Failed => turn,
        TurnState.Running => turn with { State = TurnState.Failed, Error = "abandoned: its runner gave no sign of life, and another turn began" },
        _ => turn with { State = TurnState.Cancelled, Error = "the conversation went on" },
    };

    private async ValueTask<Turn?> CommitAsync(
        ThreadSession session, TurnId id, TurnDocument turn, string reason, bool isResumed, Action<TurnBook, TurnBatch> change, CancellationToken cancellationToken)
    {
        var writer = new TurnWriter(session, id, _options.By, _options.Lease);
        var now = _store.Now.ToUnixTimeMilliseconds();
        await writer.BeginAsync(
            reason,
            (book, batch) =>
            {
                change(book, batch);
                book.Put(id, turn);
                if (!turn.IsParallel)
                {
                    var lease = new LeaseDocument { By = ProcessIdentity.Current, Ms = (long)_options.Lease.TotalMilliseconds, Turn = id.Value };
                    batch.AtVersion((current, version) => current.TakeLease(lease, version, now));
                }
            },
            cancellationToken).ConfigureAwait(false);
        return await Turn.StartAsync(writer, id, _options, isResumed, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask CloseAsync(ThreadSession session, TurnId id, TurnDocument final, CancellationToken cancellationToken)
    {
        var batch = new TurnBatch { Releases = true };
        var book = new TurnBook(session.State);
        session.State.Pending.Messages.AddRange(await TurnQueue.UnreadAsync(book, [(id, final)], cancellationToken).ConfigureAwait(false));
        batch.Close(book, id, final, _store.Now.ToUnixTimeMilliseconds());
        session.State.TakeStatus(ThreadStatus.Failed);
        session.State.Addition = new BatchAddition(book, batch);
        await session.SettleAsync(new() { Reason = "turn failed", Turn = id }, cancellationToken).ConfigureAwait(false);
    }

    private bool IsLate(InterruptDocument interrupt) => interrupt.Until <= _store.Now.ToUnixTimeMilliseconds();

    // A message with an id that the end of the thread has is there already.
    internal static IReadOnlyList<ChatMessage> NewIn(ThreadSession session, IReadOnlyList<ChatMessage> messages)
    {
        var known = session.State.Recent.SelectMany(entry => entry.Messages).Select(message => message.ToChatMessage().MessageId).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return known.Count == 0 ? messages : [.. messages.Where(message => message.MessageId is null || !known.Contains(message.MessageId))];
    }

    private ValueTask<TurnId> QueueAsync(ThreadSession session, TurnBook book, bool waits, CancellationToken cancellationToken)
    {
        DateTimeOffset? until = waits ? _store.Now + WaiterTime : _options.ReturnsWhenAsked ? _store.Now : null;
        return TurnQueue.AddAsync(session, book, _options.Selects is null || !waits ? _new : NewIn(session, _messages), _options, until, cancellationToken);
    }

    // What came before with the same key is in the queue already.
    private async ValueTask QueueOnceAsync(ThreadSession session, TurnBook book, CancellationToken cancellationToken)
    {
        if (_new.Count > 0 && _queued is null && !(_options.Key is { } key && book.Queue.Any(queued => queued.Queued.Key == key)))
        {
            await QueueAsync(session, book, waits: false, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<Turn> LeaveInQueueAsync(ThreadSession session, TurnBook book, TurnId other, TurnDocument turn, CancellationToken cancellationToken)
    {
        await QueueOnceAsync(session, book, cancellationToken).ConfigureAwait(false);
        return await Turn.SuspendedAsync(session, other, turn, cancellationToken).ConfigureAwait(false);
    }

    // What is said without a key, and is there already as what an open turn began with, is that turn once more: it is resumed, or waited for.
    private TurnId? Repeated(TurnBook book)
        => _options is { Key: null, Selects: not null } && _messages.Count > 0 && _new.Count == 0 && _queued is null
            && book.Turns.FirstOrDefault(open => !open.Turn.IsParallel && open.Turn.State is TurnState.Failed or TurnState.Running) is { Turn: not null } left
                ? left.Id
                : null;

    private async ValueTask<Turn?> ResumeAsync(ThreadSession session, TurnBook book, TurnId id, CancellationToken cancellationToken)
    {
        if (book.Find(id) is { } open)
        {
            if (_new.Count > 0 && book.InterruptsOf(id).Any(asked => asked.Interrupt.State == InterruptState.Pending && !IsLate(asked.Interrupt)))
            {
                await QueueOnceAsync(session, book, cancellationToken).ConfigureAwait(false);
                return await Turn.SuspendedAsync(session, id, open, cancellationToken).ConfigureAwait(false);
            }

            return await GoOnAsync(session, book, id, open, _new, cancellationToken).ConfigureAwait(false);
        }

        if (_new.Count > 0)
        {
            return await TakeTurnAsync(session, book, cancellationToken).ConfigureAwait(false);
        }

        return await book.FindEndedAsync(id, cancellationToken).ConfigureAwait(false) is var (ended, version)
            ? await Turn.ReplayAsync(session, ended, version, cancellationToken).ConfigureAwait(false)
            : throw new TurnEndedException(id, TurnState.Cancelled);
    }
}

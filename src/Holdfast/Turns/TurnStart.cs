using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Begins a turn: finds what there is already under its key, waits for others or gives way to them, repairs what they left, and makes the first commit.</summary>
internal sealed partial class TurnStart
{
    /// <summary>The most turns that wait for one thread.</summary>
    public const int MostQueued = 16;

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

    public static async ValueTask<Turn> BeginAsync(StoreContext store, ThreadKey key, IEnumerable<ChatMessage> messages, TurnOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(messages);
        options ??= new();
        options.Validate();
        var start = new TurnStart(store, key, [.. messages], options);
        var began = store.Time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (await start.TryAsync(cancellationToken).ConfigureAwait(false) is { } turn)
                {
                    return turn;
                }
            }
            catch (CommitConflictException e) when (store.Time.GetElapsedTime(began) < WaiterTime && e.ActualVersion > 0)
            {
                await Backoff.AfterConflictAsync(Math.Min(attempt, 6), TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
                continue;
            }
            catch (OperationCanceledException) when (start._queued is { } queued)
            {
                await start.LeaveQueueAsync(queued).ConfigureAwait(false);
                throw;
            }

            try
            {
                await Task.Delay(LongestPoll * Math.Min(1, attempt / 10.0), TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (start._queued is { } queued)
            {
                await start.LeaveQueueAsync(queued).ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>Stores input for a turn that a worker runs.</summary>
    public static async ValueTask<TurnInfo> SubmitAsync(StoreContext store, ThreadKey key, IEnumerable<ChatMessage> messages, TurnOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(messages);
        options ??= new();
        options.Validate();
        var start = new TurnStart(store, key, [.. messages], options);
        for (var attempt = 1; ; attempt++)
        {
            var session = await start.OpenAsync(cancellationToken).ConfigureAwait(false);
            var book = new TurnBook(session.State);
            start._new = NewIn(session, start._messages);
            if (options.Key is { } known && await FindAsync(book, known, cancellationToken).ConfigureAwait(false) is { } found)
            {
                return found;
            }

            try
            {
                var id = await start.QueueAsync(session, book, waits: false, cancellationToken).ConfigureAwait(false);
                return TurnInfo.Of(id, book.FindQueued(id)!);
            }
            catch (CommitConflictException) when (attempt < store.Options.MaxUpdateAttempts)
            {
                await Backoff.AfterConflictAsync(attempt, session.Took, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Whether the lease of a thread is held: by a holder that has given a sign of life, as far as this process has seen.</summary>
    public static bool IsHeld(StoreContext store, TurnBook book)
        => book.Lease is { } lease && book.Session.Base is { } head
            && !store.Leases.HasLapsed(book.Session.Key, new(head.Life, lease.Token, book.HeldAt, head.Heartbeat), lease.By, TimeSpan.FromMilliseconds(lease.Ms), store.Time);

    private static async ValueTask<TurnInfo?> FindAsync(TurnBook book, string key, CancellationToken cancellationToken)
    {
        if (book.Turns.FirstOrDefault(turn => turn.Turn.Key == key) is { Turn: not null } open)
        {
            return TurnInfo.Of(open.Id, open.Turn, book.Steps(open.Id).Count());
        }

        if (book.Queue.FirstOrDefault(queued => queued.Queued.Key == key) is { Queued: not null } queued)
        {
            return TurnInfo.Of(queued.Id, queued.Queued);
        }

        return book.RecordOf(key) is { } version && (await book.ReadTurnsAsync(version, cancellationToken).ConfigureAwait(false)).FirstOrDefault(turn => turn.Turn.Key == key) is { } ended
            ? TurnInfo.Of(new(ended.Id), ended.Turn, ended.Steps?.Count ?? 0, ended.EndedAt, version)
            : null;
    }

    private ValueTask<ThreadSession> OpenAsync(CancellationToken cancellationToken) => SessionOpener.OpenAsync(
        _store, _key, new() { UserId = _options.UserId, Agent = _options.Agent, RecentMessages = _options.HistoryWindow, LoadUser = false }, allowDeleted: false, cancellationToken);

    // Looks at the thread once: begins, resumes or answers; null when it has to wait and look again.
    private async ValueTask<Turn?> TryAsync(CancellationToken cancellationToken)
    {
        var session = await OpenAsync(cancellationToken).ConfigureAwait(false);
        var book = new TurnBook(session.State);
        _new = _repeats is not null ? [] : _options.Selects is { } selects ? await selects(session, cancellationToken).ConfigureAwait(false) : NewIn(session, _messages);
        _repeats ??= Repeated(book);
        if ((_options.Resumes ?? _repeats) is { } resumed)
        {
            return await ResumeAsync(session, book, resumed, cancellationToken).ConfigureAwait(false);
        }

        if (_options.Key is { } key)
        {
            if (book.Turns.FirstOrDefault(turn => turn.Turn.Key == key) is { Turn: not null } open)
            {
                return await GoOnAsync(session, book, open.Id, open.Turn, [], cancellationToken).ConfigureAwait(false);
            }

            if (book.RecordOf(key) is { } version
                && (await book.ReadTurnsAsync(version, cancellationToken).ConfigureAwait(false)).FirstOrDefault(turn => turn.Turn.Key == key) is { } ended)
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

    // The turn that is under the same key: it is resumed, or waited for.
    private async ValueTask<Turn?> GoOnAsync(
        ThreadSession session, TurnBook book, TurnId id, TurnDocument turn, IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken)
    {
        switch (turn.State)
        {
            case TurnState.Running when IsHeld(_store, book) && book.Lease?.Turn == id.Value:
                return null;
            case TurnState.Running or TurnState.Failed when turn.Attempt >= _options.MaxAttempts:
                await CloseAsync(session, id, turn with { State = TurnState.Failed, Error = turn.Error ?? $"It was begun {turn.Attempt} times and never ended." }, cancellationToken).ConfigureAwait(false);
                return null;
            case TurnState.Interrupted when book.InterruptsOf(id).Any(asked => asked.Interrupt.State == InterruptState.Pending && !IsLate(asked.Interrupt)):
            case TurnState.Sleeping when turn.Wake > _store.Now.ToUnixTimeMilliseconds():
                return await Turn.SuspendedAsync(session, id, turn, cancellationToken).ConfigureAwait(false);
        }

        var isNewAttempt = turn.State is TurnState.Running or TurnState.Failed;
        var resumed = turn with { State = TurnState.Running, Attempt = turn.Attempt + (isNewAttempt ? 1 : 0), Wake = null, Error = null, HasInput = turn.HasInput || messages.Count > 0 };
        return await CommitAsync(session, id, resumed, "turn resumed", isResumed: true, (current, _) => PutInput(current, id, messages), cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<Turn?> ReviveAsync(ThreadSession session, TurnBook book, TurnRecord ended, CancellationToken cancellationToken)
    {
        var id = new TurnId(ended.Id);
        if (IsHeld(_store, book))
        {
            return null;
        }

        var resumed = ended.Turn with { State = TurnState.Running, Attempt = ended.Turn.Attempt + 1, Error = null };
        return await CommitAsync(
            session,
            id,
            resumed,
            "turn resumed",
            isResumed: true,
            (current, _) =>
            {
                foreach (var (key, step) in ended.Steps ?? new Dictionary<string, StepDocument>())
                {
                    current.Put(id, key, step);
                    if (ended.Outputs?.GetValueOrDefault(key) is { } place)
                    {
                        session.State.Set(SectionNames.Records, TurnSections.StepRecord(TurnSections.StepKey(id, key)), JsonSerializer.SerializeToUtf8Bytes(place, TurnJson.Compact.Int64Array));
                    }
                }
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<Turn?> TakeTurnAsync(ThreadSession session, TurnBook book, CancellationToken cancellationToken)
    {
        var isHeld = IsHeld(_store, book);
        var blocking = book.Turns.FirstOrDefault(turn => !turn.Turn.IsParallel && turn.Turn.State is TurnState.Running or TurnState.Interrupted or TurnState.Sleeping);
        if (blocking.Turn is not { } other)
        {
            return isHeld || IsBehindOthers(book)
                ? await WaitAsync(session, book, isHeld ? new(book.Lease!.Turn ?? "lease") : book.Queue.First().Id, cancellationToken).ConfigureAwait(false)
                : await BeginAsync(session, book, cancellationToken).ConfigureAwait(false);
        }

        var pending = book.InterruptsOf(blocking.Id).Where(asked => asked.Interrupt.State == InterruptState.Pending && !IsLate(asked.Interrupt)).ToList();
        switch (other.State)
        {
            case TurnState.Running when isHeld:
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
                _store.Stops.Stop(other.Value);
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

    private async ValueTask<Turn?> BeginAsync(ThreadSession session, TurnBook book, CancellationToken cancellationToken)
    {
        if (_options.Repair == Repair.Report && session.State.State.OpenCalls.Calls is { Count: > 0 } calls)
        {
            throw new OpenCallsException(_key, [.. calls.Select(call => call.Id)]);
        }

        var isParallel = _options.WhenBusy == WhenBusy.Parallel;
        var repairs = isParallel ? [] : await OpenCallRepair.AnswersAsync(book, cancellationToken).ConfigureAwait(false);
        var joined = isParallel ? [] : await JoinedAsync(book, cancellationToken).ConfigureAwait(false);
        var input = _queued is { } waited ? await ReadInputAsync(book, waited, cancellationToken).ConfigureAwait(false) : [];
        var messages = _queued is null ? _new : [];

        // What the caller itself has carried out needs no other answer.
        var answered = messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Select(result => result.CallId).ToHashSet(StringComparer.Ordinal);
        repairs = answered.Count == 0 ? repairs : [.. repairs.Where(repair => !repair.Contents.OfType<FunctionResultContent>().Any(result => answered.Contains(result.CallId)))];
        var (id, now) = (_queued ?? TurnId.New(_store.Time), _store.Now.ToUnixTimeMilliseconds());
        var turn = new TurnDocument { State = TurnState.Running, At = now, By = _options.By, Agent = _options.Agent ?? session.Agent, Key = _options.Key, IsParallel = isParallel };
        return await CommitAsync(
            session,
            id,
            turn,
            "turn begun",
            isResumed: false,
            (current, batch) =>
            {
                foreach (var (other, left) in current.Turns.Where(open => !isParallel && !(open.Turn.IsParallel && open.Turn.State == TurnState.Running)).ToList())
                {
                    batch.Close(current, other, Abandoned(left), now);
                }

                session.History.AddRange(repairs);
                session.State.Pending.Messages.AddRange(joined.SelectMany(queued => queued.Messages));
                session.State.Pending.Messages.AddRange(input);
                joined.ForEach(queued => current.RemoveQueued(queued.Id));
                current.RemoveQueued(id);
                session.History.AddRange(messages);
                batch.AtVersion((last, version) => last.Put(id, turn with { Begun = version }));
            },
            cancellationToken).ConfigureAwait(false);
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
        batch.Close(book, id, final, _store.Now.ToUnixTimeMilliseconds());
        session.State.TakeStatus(ThreadStatus.Failed);
        session.State.Addition = new BatchAddition(book, batch);
        await session.SettleAsync(new() { Reason = "turn failed", Turn = id }, cancellationToken).ConfigureAwait(false);
    }

    private bool IsLate(InterruptDocument interrupt) => interrupt.Until <= _store.Now.ToUnixTimeMilliseconds();

    // A message with an id that the end of the thread has is there already.
    private static IReadOnlyList<ChatMessage> NewIn(ThreadSession session, IReadOnlyList<ChatMessage> messages)
    {
        var known = session.State.Recent.SelectMany(entry => entry.Messages).Select(message => message.ToChatMessage().MessageId).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return known.Count == 0 ? messages : [.. messages.Where(message => message.MessageId is null || !known.Contains(message.MessageId))];
    }
}

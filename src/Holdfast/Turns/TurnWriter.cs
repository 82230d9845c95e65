using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>The commits of one turn: one at a time; what comes meanwhile shares the next one.</summary>
/// <param name="session">The session of the turn.</param>
/// <param name="id">The turn.</param>
/// <param name="by">Who makes the commits.</param>
/// <param name="lease">How long a commit is tried while the store does not answer.</param>
internal sealed class TurnWriter(ThreadSession session, TurnId id, string? by, TimeSpan lease) : ICommitAddition
{
    private readonly List<Work> _waiting = [];
    private TurnBatch _batch = new();
    private LeaseGuard? _guard;
    private int? _attempt;

    public ThreadSession Session => session;

    public TurnBook Book { get; } = new(session.State);

    /// <summary>The token of the lease; null while the turn does not hold one.</summary>
    public long? Token => Guard.Token;

    /// <summary>Why nothing can be committed any more; null as long as the turn is run here.</summary>
    public LeaseLostException? Loss => Guard.Loss;

    /// <summary>When the last commit was made, by the monotonic clock.</summary>
    public long CommittedAt { get; private set; }

    /// <summary>What the commits are part of.</summary>
    public Activity? Activity { get; set; }

    /// <summary>Called when the lease is lost.</summary>
    public Action? Lost { get; set; }

    /// <summary>Called when all that was changed is durable.</summary>
    public Action? Stored { get; set; }

    /// <summary>Called when what was changed and is not durable was given up.</summary>
    public Action? GivenUp { get; set; }

    private LeaseGuard Guard => _guard ??= new(session.State.Key, () => Lost?.Invoke());

    private SemaphoreSlim Gate { get; } = new(1, 1);

    private StoreContext Store => session.State.Store;

    /// <summary>Changes the thread: durable when it returns.</summary>
    /// <exception cref="LeaseLostException">Another runner holds the thread now.</exception>
    public async ValueTask WriteAsync(string reason, Action<TurnBook, TurnBatch> change)
    {
        Telemetry.Enter(Activity);
        var work = new Work(reason, change);
        lock (_waiting)
        {
            _waiting.Add(work);
        }

        await Gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!work.IsDone)
            {
                await CommitAsync(TakeWaiting()).ConfigureAwait(false);
            }
        }
        finally
        {
            Gate.Release();
        }

        work.Error?.Throw();
    }

    /// <summary>Reads from the session while nothing is committed.</summary>
    public async ValueTask<T> ReadAsync<T>(Func<TurnBook, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        await Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await read(Book).ConfigureAwait(false);
        }
        finally
        {
            Gate.Release();
        }
    }

    /// <summary>Makes the first commit of the turn, which takes the lease. A conflict is the caller's.</summary>
    public async ValueTask BeginAsync(string reason, Action<TurnBook, TurnBatch> change, CancellationToken cancellationToken)
    {
        _batch = new();
        session.State.Addition = this;
        change(Book, _batch);
        await session.SettleAsync(new() { Reason = reason, Turn = id, By = by }, cancellationToken).ConfigureAwait(false);
        _batch = new();
        Guard.Begin(session.State.Base!.Life, Book.Lease is { } held && held.Turn == id.Value ? held.Token : null);
        _attempt = Book.Find(id)?.Attempt;
        CommittedAt = Store.Time.GetTimestamp();
        session.State.Open = session.State.Open with { RebaseOnConflict = true, LastWriterWins = true };
    }

    public void Complete(long version)
    {
        Guard.Complete(Book, _batch.Releases, Store.Now.ToUnixTimeMilliseconds());
        _batch.Complete(Book, version);
    }

    public void Cross(ThreadHead? head, IReadOnlyList<OpenedEntry>? newer)
    {
        Guard.Cross(head, newer);
        Book.LeaveAnswers(newer ?? []);
        if (newer?.Any(opened => opened.Body.Change.Sections.TryGet(TurnSections.Turns, id.Value, out var turn) && (turn.Removes || IsAnotherAttempt(turn))) is true)
        {
            throw Guard.Lose(null);
        }
    }

    // Where there is no lease, whoever began the turn once more runs it.
    private bool IsAnotherAttempt(KeyChange turn)
        => _attempt is { } mine && Token is null && turn.Value is { } json && JsonSerializer.Deserialize(json.Span, TurnJson.Compact.TurnDocument)!.Attempt != mine;

    private async ValueTask CommitAsync(List<Work> works)
    {
        if (Guard.Loss is { } loss)
        {
            works.ForEach(work => work.Fail(loss));
            return;
        }

        _batch = new();
        var hasOthers = session.HasChanges;
        foreach (var work in works)
        {
            try
            {
                work.Change(Book, _batch);
            }
            catch (Exception e)
            {
                work.Fail(e);
            }
        }

        try
        {
            var options = new CommitOptions { Reason = works[0].Reason, Turn = id, By = by };
            await SendAsync(options).ConfigureAwait(false);
            NoteStored();
            works.ForEach(work => work.IsDone = true);
        }
        catch (StateTooLargeException e) when (!hasOthers && session.TryGiveUp())
        {
            // What is too large is not to be in the way of what comes next, nor of what happened to share its commit.
            GivenUp?.Invoke();
            await AloneAsync(works, e).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (e is PartialCommitException)
            {
                NoteStored();
            }

            works.ForEach(work => work.Fail(e));
        }
    }

    private async ValueTask AloneAsync(List<Work> works, StateTooLargeException error)
    {
        if (works is [var alone])
        {
            alone.Fail(error);
            return;
        }

        foreach (var work in works.Where(work => !work.IsDone))
        {
            await CommitAsync([work]).ConfigureAwait(false);
        }
    }

    private void NoteStored()
    {
        CommittedAt = Store.Time.GetTimestamp();
        Stored?.Invoke();
    }

    // What happened in the world is to be stored: as long as nobody else may take the turn over, it is tried again.
    private async ValueTask SendAsync(CommitOptions options)
    {
        var began = Store.Time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await session.SettleAsync(options, CancellationToken.None).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is StoreUnavailableException or PartialCommitException { InnerException: StoreUnavailableException } && Store.Time.GetElapsedTime(began) < lease)
            {
                await Store.Backoff.AfterFailureAsync(attempt, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private List<Work> TakeWaiting()
    {
        lock (_waiting)
        {
            var works = _waiting.ToList();
            _waiting.Clear();
            return works;
        }
    }

    private sealed class Work(string reason, Action<TurnBook, TurnBatch> change)
    {
        public string Reason => reason;

        public Action<TurnBook, TurnBatch> Change => change;

        public bool IsDone { get; set; }

        public ExceptionDispatchInfo? Error { get; private set; }

        public void Fail(Exception error)
        {
            Error ??= ExceptionDispatchInfo.Capture(error);
            IsDone = true;
        }
    }
}

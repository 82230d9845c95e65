using System.Runtime.CompilerServices;
using System.Text;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>What turns ask people, over all threads of a tenant: listed, read and answered from anywhere.</summary>
/// <remarks>Through a user's view, only questions of the user's own threads that have no <see cref="InterruptRequest.Audience"/> are there: who may approve for others is for the application to check, on a wider store.</remarks>
public sealed class InterruptInbox
{
    private const int Attempts = 20;

    private readonly StoreContext _store;
    private readonly string _tenant;

    internal InterruptInbox(StoreContext store, string tenant) => (_store, _tenant) = (store, tenant);

    /// <summary>The pending interrupts. No log is read: the catalogue has what is listed.</summary>
    /// <param name="query">Which ones; null for all.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public IAsyncEnumerable<InterruptInfo> ListAsync(InterruptQuery? query = null, CancellationToken cancellationToken = default)
    {
        query ??= new();
        query.Validate();
        return ReadAsync(query, cancellationToken);
    }

    /// <summary>All that is known of an interrupt; null if there is none of the id, or if it was closed long ago.</summary>
    public async ValueTask<Interrupt?> GetAsync(InterruptId id, CancellationToken cancellationToken = default)
        => await FindAsync(null, id, cancellationToken).ConfigureAwait(false) is var (_, book, asked) ? await InterruptRaiser.ReadAsync(book, id, asked, cancellationToken).ConfigureAwait(false) : null;

    /// <summary>Answers an interrupt: durable when it returns. Of several answers at the same time, one holds.</summary>
    /// <exception cref="InterruptNotFoundException">There is no such interrupt, or it was closed long ago.</exception>
    /// <exception cref="InterruptClosedException">It was answered, has expired or was withdrawn; the error has the answer that holds.</exception>
    /// <exception cref="AnswerNotAllowedException">It cannot be answered in this way.</exception>
    public ValueTask<Interrupt> AnswerAsync(InterruptId id, InterruptAnswer answer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return AnswerInAsync(null, id, answer, cancellationToken);
    }

    /// <summary>Answers an interrupt of a thread that is known.</summary>
    internal ValueTask<Interrupt> AnswerInAsync(ThreadKey? thread, InterruptId id, InterruptAnswer answer, CancellationToken cancellationToken)
        => ChangeAsync(
            thread,
            id,
            "interrupt answered",
            answer.By,
            (book, asked) =>
            {
                if (!asked.Allow.HasFlag(answer.Kind))
                {
                    throw new AnswerNotAllowedException(id, answer.Kind, asked.Allow);
                }

                book.Answer(id, asked, answer, _store.Now.ToUnixTimeMilliseconds());
            },
            cancellationToken);

    /// <summary>Takes an interrupt back: it counts as refused.</summary>
    /// <inheritdoc cref="AnswerAsync"/>
    public ValueTask<Interrupt> WithdrawAsync(InterruptId id, string? reason = null, CancellationToken cancellationToken = default)
        => ChangeAsync(
            null,
            id,
            "interrupt withdrawn",
            null,
            (book, asked) => book.Answer(id, asked, InterruptAnswer.Reject(reason ?? "it was withdrawn"), _store.Now.ToUnixTimeMilliseconds()),
            cancellationToken);

    private async IAsyncEnumerable<InterruptInfo> ReadAsync(InterruptQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var terms = new List<string> { TurnFacts.PendingTerm };
        if (query.Kind is { } kind)
        {
            terms.Add("ik:" + kind);
        }

        if (query.Audience is { } audience)
        {
            terms.Add("ia:" + audience);
        }

        string? continuation = null;
        do
        {
            var page = await _store.Calls.ListAsync(
                new()
                {
                    Space = ThreadSpace.Threads,
                    Tenant = _tenant,
                    Terms = terms,
                    AsOf = await _store.NowAsync(cancellationToken).ConfigureAwait(false),
                    Filter = new() { UserId = query.UserId, Agent = query.Agent, PageSize = query.PageSize, Continuation = continuation, Order = ThreadOrder.Id },
                },
                cancellationToken).ConfigureAwait(false);
            foreach (var found in page.Heads.SelectMany(InterruptInfo.Of).Where(found => Matches(query, found)).OrderBy(found => found.RaisedAt))
            {
                yield return found;
            }

            continuation = page.Continuation;
        }
        while (continuation is not null);
    }

    private bool Matches(InterruptQuery query, InterruptInfo found)
        => (query.Kind is null || found.Kind == query.Kind)
            && (query.Audience is null || found.Audience == query.Audience)
            && (query.RaisedBefore is null || found.RaisedAt < query.RaisedBefore)
            && (_store.User is null || found.Audience is null);

    // The index nominates, the thread decides.
    private async ValueTask<(ThreadSession Session, TurnBook Book, InterruptDocument Asked)?> FindAsync(ThreadKey? thread, InterruptId id, CancellationToken cancellationToken)
    {
        foreach (var key in thread is { } known ? [known] : await NominateAsync(id, cancellationToken).ConfigureAwait(false))
        {
            var session = await SessionOpener.OpenAsync(_store, key, new() { LoadUser = false }, allowDeleted: false, cancellationToken).ConfigureAwait(false);
            var book = new TurnBook(session.State);
            if (book.Interrupt(id) is { } asked && (_store.User is null || asked.Audience is null))
            {
                return (session, book, InterruptRaiser.Expire(asked, _store.Now.ToUnixTimeMilliseconds())!);
            }
        }

        return null;
    }

    private async ValueTask<IEnumerable<ThreadKey>> NominateAsync(InterruptId id, CancellationToken cancellationToken)
    {
        var page = await _store.Calls.ListAsync(
            new() { Space = ThreadSpace.Threads, Tenant = _tenant, Terms = ["i:" + id], AsOf = await _store.NowAsync(cancellationToken).ConfigureAwait(false), Filter = new() { PageSize = 10 } },
            cancellationToken).ConfigureAwait(false);
        return page.Heads.Select(head => head.Key);
    }

    private async ValueTask<Interrupt> ChangeAsync(ThreadKey? thread, InterruptId id, string reason, string? by, Action<TurnBook, InterruptDocument> change, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await FindAsync(thread, id, cancellationToken).ConfigureAwait(false) is not var (session, book, asked))
            {
                throw new InterruptNotFoundException(id);
            }

            if (asked.State != InterruptState.Pending)
            {
                throw new InterruptClosedException(id, asked.State, (await InterruptRaiser.ReadAsync(book, id, asked, cancellationToken).ConfigureAwait(false)).Answer);
            }

            change(book, asked);
            session.State.Addition = QueueAddition.Instance;
            try
            {
                await session.SettleAsync(new() { Reason = reason, Turn = new(asked.Turn), By = by }, cancellationToken).ConfigureAwait(false);
                Telemetry.AnswerStored(asked.Kind);
                return await InterruptRaiser.ReadAsync(book, id, book.Interrupt(id)!, cancellationToken).ConfigureAwait(false);
            }
            catch (CommitConflictException) when (attempt < Attempts)
            {
                await _store.Backoff.AfterConflictAsync(attempt, session.Took, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}

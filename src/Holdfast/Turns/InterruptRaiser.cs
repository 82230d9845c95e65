using System.Text.Json;

namespace Holdfast;

/// <summary>Asks people on behalf of a turn: raises interrupts, and gives their answers to the turn when it is resumed.</summary>
internal sealed class InterruptRaiser(TurnRun run)
{
    /// <summary>Asks one question.</summary>
    public async ValueTask<InterruptAnswer> AskAsync(InterruptRequest request, CancellationToken cancellationToken)
        => (await AskAsync([request], null, cancellationToken).ConfigureAwait(false))[0];

    /// <summary>Asks several questions with one commit; the turn waits until all of them are decided.</summary>
    /// <param name="requests">The questions.</param>
    /// <param name="along">What is changed by the same commit.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="TurnSuspendedException">One is not decided yet.</exception>
    public async ValueTask<IReadOnlyList<InterruptAnswer>> AskAsync(IReadOnlyList<InterruptRequest> requests, Action<TurnBook>? along, CancellationToken cancellationToken)
    {
        run.RefuseIfOver();
        foreach (var request in requests)
        {
            ArgumentNullException.ThrowIfNull(request, nameof(requests));
            request.Validate();
        }

        var known = await KnownAsync(requests, cancellationToken).ConfigureAwait(false);
        if (known.Exists(asked => asked is null or { State: InterruptState.Pending }))
        {
            var suspension = await run.SuspendAsync("asked", book => Raise(book, requests, along), null).ConfigureAwait(false);
            requests.Where((_, i) => known[i] is null).ToList().ForEach(request => Telemetry.Asked(request.Kind));
            throw suspension;
        }

        if (known.Exists(asked => asked!.State == InterruptState.Expired))
        {
            await run.WriteAsync("deadline passed", (book, _) => Raise(book, requests, along)).ConfigureAwait(false);

            // An answer that was faster holds.
            known = await KnownAsync(requests, cancellationToken).ConfigureAwait(false);
        }

        if (known.Exists(asked => asked!.State == InterruptState.Withdrawn))
        {
            throw new InterruptClosedException(IdOf(requests[known.FindIndex(asked => asked!.State == InterruptState.Withdrawn)]), InterruptState.Withdrawn, null);
        }

        var answers = new List<InterruptAnswer>(requests.Count);
        for (var i = 0; i < requests.Count; i++)
        {
            answers.Add(await AnswerAsync(run.Writer, IdOf(requests[i]), known[i]!.Answer!, cancellationToken).ConfigureAwait(false));
        }

        return answers;
    }

    public InterruptId IdOf(InterruptRequest request) => InterruptId.Of(run.Id, request.Name);

    /// <summary>All that is known of the interrupts of the turn.</summary>
    public static async ValueTask<IReadOnlyList<Interrupt>> ReadAsync(TurnBook book, TurnId turn, CancellationToken cancellationToken)
    {
        var interrupts = new List<Interrupt>();
        foreach (var (id, asked) in book.InterruptsOf(turn).Where(asked => asked.Interrupt.State == InterruptState.Pending).OrderBy(asked => asked.Interrupt.At).ToList())
        {
            interrupts.Add(await ReadAsync(book, id, asked, cancellationToken).ConfigureAwait(false));
        }

        return interrupts;
    }

    /// <summary>All that is known of an interrupt.</summary>
    public static async ValueTask<Interrupt> ReadAsync(TurnBook book, InterruptId id, InterruptDocument asked, CancellationToken cancellationToken)
    {
        var ask = await book.ReadRecordAsync(TurnSections.AskRecord(id), TurnJson.Compact.AskRecord, cancellationToken).ConfigureAwait(false);
        var value = asked.Answer is { HasValue: true }
            ? await book.Session.Records.ReadAsync(TurnSections.AnswerRecord(id), cancellationToken).ConfigureAwait(false)
            : null;
        return Interrupt.Of(book.Session.Key.Id, id, asked, ask, value is { } json ? Utf8Json.Parse(json) : null);
    }

    /// <summary>An interrupt whose deadline has passed counts as answered with what the deadline says.</summary>
    public static InterruptDocument? Expire(InterruptDocument? asked, long now) => asked is { State: InterruptState.Pending, Until: { } until } && until <= now
        ? asked with { State = InterruptState.Expired, Answer = new() { Kind = asked.Late, At = until, Reason = "nobody answered in time" } }
        : asked;

    private ValueTask<List<InterruptDocument?>> KnownAsync(IReadOnlyList<InterruptRequest> requests, CancellationToken cancellationToken)
        => run.Writer.ReadAsync(book => new ValueTask<List<InterruptDocument?>>([.. requests.Select(request => Expired(book.Interrupt(IdOf(request))))]), cancellationToken);

    private InterruptDocument? Expired(InterruptDocument? asked) => Expire(asked, run.Now);

    private void Raise(TurnBook book, IReadOnlyList<InterruptRequest> requests, Action<TurnBook>? along)
    {
        along?.Invoke(book);
        foreach (var request in requests)
        {
            var (id, now) = (IdOf(request), run.Now);
            if (book.Interrupt(id) is { } asked)
            {
                book.Put(id, Expired(asked)!);
                continue;
            }

            var arguments = request.Call is { Arguments: { } given } ? JsonSerializer.SerializeToElement(given, MessageCodec.Options.GetTypeInfo(typeof(IDictionary<string, object?>))) : (JsonElement?)null;
            book.Put(id, new InterruptDocument
            {
                Turn = run.Id.Value,
                Name = request.Name,
                Kind = request.Kind,
                Audience = request.Audience,
                State = InterruptState.Pending,
                Call = request.Call?.CallId,
                Hash = request.Call is { } call ? CallHash.Of(run.Session.Base!.Life, run.Id, call) : null,
                At = now,
                Until = request.Time is { } time ? now + (long)time.TotalMilliseconds : null,
                Allow = request.Allowed,
                Late = request.AtDeadline,
            });
            var record = new AskRecord { Prompt = request.Prompt, Note = request.Note, Payload = request.Payload, CallName = request.Call?.Name, Arguments = arguments };
            book.PutRecord(TurnSections.AskRecord(id), record, TurnJson.Compact.AskRecord);
        }
    }

    private static async ValueTask<InterruptAnswer> AnswerAsync(TurnWriter writer, InterruptId id, AnswerDocument answer, CancellationToken cancellationToken)
    {
        var json = answer.HasValue
            ? await writer.ReadAsync(book => book.Session.Records.ReadAsync(TurnSections.AnswerRecord(id), cancellationToken), cancellationToken).ConfigureAwait(false)
            : null;
        return InterruptAnswer.Of(answer, json is { } value ? Utf8Json.Parse(value) : null);
    }
}

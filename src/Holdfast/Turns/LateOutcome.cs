namespace Holdfast;

/// <summary>
/// What came of a step whose runner was silent for longer than its lease. Nobody may write for the turn any more but the runner that took it over; if that one asks people what came of the step, here is who knows.
/// </summary>
internal static class LateOutcome
{
    private const int Attempts = 5;

    /// <summary>Answers the question, if it is asked and nobody has answered it yet.</summary>
    public static async ValueTask TellAsync(StoreContext store, ThreadKey key, InterruptId id, InterruptAnswer answer)
    {
        try
        {
            for (var attempt = 1; !await TryAsync(store, key, id, answer).ConfigureAwait(false) && attempt < Attempts; attempt++)
            {
                await store.Backoff.AfterConflictAsync(attempt, TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is AgentStateException or ObjectDisposedException)
        {
            // Then it is for a person to say.
        }
    }

    private static async ValueTask<bool> TryAsync(StoreContext store, ThreadKey key, InterruptId id, InterruptAnswer answer)
    {
        var session = await SessionOpener.OpenAsync(store, key, new() { LoadUser = false, MustExist = true }, allowDeleted: false, CancellationToken.None).ConfigureAwait(false);
        var (book, now) = (new TurnBook(session.State), store.Now.ToUnixTimeMilliseconds());
        if (InterruptRaiser.Expire(book.Interrupt(id), now) is not { State: InterruptState.Pending } asked)
        {
            return true;
        }

        book.Answer(id, asked, answer, now);
        session.State.Addition = QueueAddition.Instance;
        try
        {
            await session.SettleAsync(new() { Reason = "interrupt answered", Turn = new(asked.Turn), By = answer.By }, CancellationToken.None).ConfigureAwait(false);
            Telemetry.AnswerStored(asked.Kind);
            return true;
        }
        catch (CommitConflictException)
        {
            return false;
        }
    }
}

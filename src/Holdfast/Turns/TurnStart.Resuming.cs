using Microsoft.Extensions.AI;

namespace Holdfast;

internal sealed partial class TurnStart
{
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
                await QueueAsync(session, book, waits: false, cancellationToken).ConfigureAwait(false);
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

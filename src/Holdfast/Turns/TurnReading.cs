using System.Runtime.CompilerServices;
using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Reads what turns left in the log.</summary>
internal static class TurnReading
{
    /// <summary>The messages that a turn added after those it began with.</summary>
    public static async ValueTask<IReadOnlyList<ChatMessage>> MessagesAsync(SessionState session, TurnId id, long begun, long to, CancellationToken cancellationToken)
    {
        if (begun >= to || session.Base is not { } head)
        {
            return [];
        }

        var messages = new List<ChatMessage>();
        if (session.Entries.FirstMissing(begun + 1, to) is { } dropped)
        {
            throw new HistoryDroppedException(session.Key, dropped, head.FirstVersion);
        }

        await foreach (var opened in session.Entries.ReadAsync(begun + 1, to, ReadDirection.Forward, cancellationToken).ConfigureAwait(false))
        {
            if (opened.Body.IsDropped)
            {
                throw HistoryDroppedException.Between(session.Key, opened.Version, head.FirstVersion);
            }

            if (opened.Body.Turn == id.Value)
            {
                messages.AddRange(opened.Body.Change.Messages.Select(message => message.ToChatMessage()));
            }
        }

        return messages;
    }

    /// <summary>The turns of a thread: those that have not ended, then the others, newest first.</summary>
    public static async IAsyncEnumerable<TurnInfo> ListAsync(TurnBook book, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A failed turn that was begun again has a record of each end.
        var met = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (id, queued) in book.Queue.Reverse())
        {
            yield return TurnInfo.Of(id, queued);
        }

        foreach (var (id, turn) in book.Turns.OrderByDescending(turn => turn.Turn.At))
        {
            met.Add(id.Value);
            yield return TurnInfo.Of(id, turn, book.Steps(id).Count());
        }

        await foreach (var (turn, version) in book.EndedAsync(cancellationToken).ConfigureAwait(false))
        {
            if (met.Add(turn.Id))
            {
                yield return TurnInfo.Of(new(turn.Id), turn.Turn, turn.Steps?.Count ?? 0, turn.EndedAt, version);
            }
        }
    }
}

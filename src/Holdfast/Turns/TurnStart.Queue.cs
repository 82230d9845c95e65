using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast;

internal sealed partial class TurnStart
{
    private async ValueTask<TurnId> QueueAsync(ThreadSession session, TurnBook book, bool waits, CancellationToken cancellationToken)
    {
        if (book.Queue.Count() >= MostQueued)
        {
            throw new TurnQueueFullException(_key, MostQueued);
        }

        var (id, now) = (TurnId.New(_store.Time), _store.Now);
        book.Put(id, new QueuedDocument
        {
            At = now.ToUnixTimeMilliseconds(),
            Due = _options.NotBefore?.ToUnixTimeMilliseconds(),
            Until = waits ? (now + WaiterTime).ToUnixTimeMilliseconds() : _options.ReturnsWhenAsked ? now.ToUnixTimeMilliseconds() : null,
            Key = _options.Key,
            By = _options.By,
            Agent = _options.Agent,
        });
        PutInput(book, id, _options.Selects is null || !waits ? _new : NewIn(session, _messages));
        session.State.Addition = QueueAddition.Instance;
        await session.SettleAsync(new() { Reason = "turn queued", Turn = id, By = _options.By }, cancellationToken).ConfigureAwait(false);
        return id;
    }

    private async ValueTask LeaveQueueAsync(TurnId id)
    {
        try
        {
            var session = await SessionOpener.OpenAsync(_store, _key, new() { LoadUser = false, RebaseOnConflict = true }, allowDeleted: false, CancellationToken.None).ConfigureAwait(false);
            var book = new TurnBook(session.State);
            if (book.FindQueued(id) is not null)
            {
                book.RemoveQueued(id);
                await session.SettleAsync(new() { Reason = "turn left the queue", Turn = id }, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (AgentStateException)
        {
            // It stays in the queue and is joined to the turn that begins next.
        }
    }

    private async ValueTask<Turn> LeaveInQueueAsync(ThreadSession session, TurnBook book, TurnId other, TurnDocument turn, CancellationToken cancellationToken)
    {
        if (_new.Count > 0)
        {
            await QueueAsync(session, book, waits: false, cancellationToken).ConfigureAwait(false);
        }

        return await Turn.SuspendedAsync(session, other, turn, cancellationToken).ConfigureAwait(false);
    }

    // What a caller whose process died left in the queue is joined to this turn.
    private async ValueTask<List<(TurnId Id, List<StoredMessage> Messages)>> JoinedAsync(TurnBook book, CancellationToken cancellationToken)
    {
        var now = _store.Now.ToUnixTimeMilliseconds();
        var joined = new List<(TurnId, List<StoredMessage>)>();
        foreach (var (id, queued) in book.Queue.Where(queued => queued.Id != _queued && queued.Queued.Until <= now && !(queued.Queued.Due > now)).ToList())
        {
            joined.Add((id, await ReadInputAsync(book, id, cancellationToken).ConfigureAwait(false)));
        }

        return joined;
    }

    internal static async ValueTask<List<StoredMessage>> ReadInputAsync(TurnBook book, TurnId id, CancellationToken cancellationToken)
        => await book.Session.Records.ReadAsync(TurnSections.InputRecord(id.Value), cancellationToken).ConfigureAwait(false) is { } json
            ? [.. JsonElement.Parse(json.Span, new() { MaxDepth = Utf8Json.MaxBodyDepth }).EnumerateArray().Select((message, i) => new StoredMessage(Utf8Json.Raw(message, $"messages[{i}]")))]
            : [];

    private static void PutInput(TurnBook book, TurnId id, IReadOnlyList<ChatMessage> messages)
    {
        if (messages.Count > 0)
        {
            var texts = messages.Select((message, i) => Encoding.UTF8.GetString(MessageCodec.Write(message, $"messages[{i}]").Json.Span));
            book.Session.Records.Put(TurnSections.InputRecord(id.Value), Encoding.UTF8.GetBytes($"[{string.Join(',', texts)}]"));
        }
    }
}

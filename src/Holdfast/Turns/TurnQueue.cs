using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>The input that waits for its turn: stored in records, in the order in which it came.</summary>
internal static class TurnQueue
{
    /// <summary>The most turns that wait for one thread.</summary>
    public const int Most = 16;

    /// <summary>Stores input for a turn that a worker runs; one whose key is known is not stored again.</summary>
    public static async ValueTask<TurnInfo> SubmitAsync(StoreContext store, ThreadKey key, IEnumerable<ChatMessage> messages, TurnOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(messages);
        options ??= new();
        options.Validate();
        var said = messages.ToList();
        for (var attempt = 1; ; attempt++)
        {
            var session = await TurnStart.OpenAsync(store, key, options, cancellationToken).ConfigureAwait(false);
            var book = new TurnBook(session.State);
            if (options.Key is { } known && await FindAsync(book, known, cancellationToken).ConfigureAwait(false) is { } found)
            {
                return found;
            }

            try
            {
                var id = await AddAsync(session, book, TurnStart.NewIn(session, said), options, until: null, cancellationToken).ConfigureAwait(false);
                return TurnInfo.Of(id, book.FindQueued(id)!);
            }
            catch (CommitConflictException) when (attempt < store.Options.MaxUpdateAttempts && !store.IsTaken(session.Version, attempt))
            {
                await store.Backoff.AfterConflictAsync(attempt, session.Took, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Stores input with a commit.</summary>
    /// <param name="session">The session that is committed.</param>
    /// <param name="book">What it keeps of turns.</param>
    /// <param name="messages">The input.</param>
    /// <param name="options">How its turn is to be begun.</param>
    /// <param name="until">Until when its sender waits for its turn; null for input that a worker runs.</param>
    /// <param name="cancellationToken">Cancels the commit as long as it was not sent.</param>
    /// <exception cref="TurnQueueFullException">Too many wait already.</exception>
    public static async ValueTask<TurnId> AddAsync(
        ThreadSession session, TurnBook book, IReadOnlyList<ChatMessage> messages, TurnOptions options, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        if (book.Queue.Count() >= Most)
        {
            throw new TurnQueueFullException(session.State.Key, Most);
        }

        var store = session.State.Store;
        var id = TurnId.New(store.Time);
        book.Put(id, new QueuedDocument
        {
            At = store.Now.ToUnixTimeMilliseconds(),
            Due = options.NotBefore?.ToUnixTimeMilliseconds(),
            Until = until?.ToUnixTimeMilliseconds(),
            Key = options.Key,
            By = options.By,
            Agent = options.Agent,
        });
        PutInput(book, id, messages);
        session.State.Addition = QueueAddition.Instance;
        await session.SettleAsync(new() { Reason = "turn queued", Turn = id, By = options.By }, cancellationToken).ConfigureAwait(false);
        return id;
    }

    /// <summary>Takes input out that its sender does not wait for any more.</summary>
    public static async ValueTask LeaveAsync(StoreContext store, ThreadKey key, TurnId id)
    {
        try
        {
            var session = await SessionOpener.OpenAsync(store, key, new() { LoadUser = false, RebaseOnConflict = true }, allowDeleted: false, CancellationToken.None).ConfigureAwait(false);
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

    /// <summary>Input whose sender is gone, which is joined to the turn that begins next.</summary>
    /// <param name="book">What the thread keeps of turns.</param>
    /// <param name="own">The input of the turn that begins.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public static async ValueTask<List<(TurnId Id, string? Key, List<StoredMessage> Messages)>> AbandonedAsync(TurnBook book, TurnId? own, long now, CancellationToken cancellationToken)
    {
        var joined = new List<(TurnId, string?, List<StoredMessage>)>();
        foreach (var (id, queued) in book.Queue.Where(queued => queued.Id != own && queued.Queued.Until <= now && !(queued.Queued.Due > now)).ToList())
        {
            joined.Add((id, queued.Key, await ReadInputAsync(book, id, cancellationToken).ConfigureAwait(false)));
        }

        return joined;
    }

    /// <summary>The messages that wait for a turn.</summary>
    public static async ValueTask<List<StoredMessage>> ReadInputAsync(TurnBook book, TurnId id, CancellationToken cancellationToken)
        => await book.Session.Records.ReadAsync(TurnSections.InputRecord(id.Value), cancellationToken).ConfigureAwait(false) is { } json
            ? [.. JsonElement.Parse(json.Span, new() { MaxDepth = Utf8Json.MaxBodyDepth }).EnumerateArray().Select((message, i) => new StoredMessage(Utf8Json.Raw(message, $"messages[{i}]")))]
            : [];

    /// <summary>Stores messages that wait for a turn with the next commit.</summary>
    /// <param name="book">What the thread keeps of turns.</param>
    /// <param name="id">The turn.</param>
    /// <param name="messages">The messages.</param>
    /// <param name="before">Those that wait already, and come before them.</param>
    public static void PutInput(TurnBook book, TurnId id, IReadOnlyList<ChatMessage> messages, IReadOnlyList<StoredMessage>? before = null)
    {
        if (messages.Count > 0)
        {
            var known = (before ?? []).Select(message => message.ToChatMessage().MessageId).OfType<string>().ToHashSet(StringComparer.Ordinal);
            var added = messages.Where(message => message.MessageId is null || !known.Contains(message.MessageId)).Select((message, i) => MessageCodec.Write(message, $"messages[{i}]"));
            var texts = (before ?? []).Concat(added).Select(message => Encoding.UTF8.GetString(message.Json.Span));
            book.Session.Records.Put(TurnSections.InputRecord(id.Value), Encoding.UTF8.GetBytes($"[{string.Join(',', texts)}]"));
        }
    }

    /// <summary>What was said to turns that have not read it. It belongs to the history when they end.</summary>
    public static async ValueTask<List<StoredMessage>> UnreadAsync(TurnBook book, IEnumerable<(TurnId Id, TurnDocument Turn)> turns, CancellationToken cancellationToken)
    {
        var unread = new List<StoredMessage>();
        foreach (var (id, _) in turns.Where(turn => turn.Turn.HasInput).ToList())
        {
            unread.AddRange(await ReadInputAsync(book, id, cancellationToken).ConfigureAwait(false));
        }

        return unread;
    }

    private static async ValueTask<TurnInfo?> FindAsync(TurnBook book, string key, CancellationToken cancellationToken)
    {
        if (book.Turns.FirstOrDefault(turn => turn.Turn.HasKey(key)) is { Turn: not null } open)
        {
            return TurnInfo.Of(open.Id, open.Turn, book.Steps(open.Id).Count());
        }

        if (book.Queue.FirstOrDefault(queued => queued.Queued.Key == key) is { Queued: not null } queued)
        {
            return TurnInfo.Of(queued.Id, queued.Queued);
        }

        return await book.Keys.FindAsync(key, cancellationToken).ConfigureAwait(false) is { } version && await book.ReadEndedAsync(version, key, cancellationToken).ConfigureAwait(false) is { } ended
            ? TurnInfo.Of(new(ended.Id), ended.Turn, ended.Steps?.Count ?? 0, ended.EndedAt, version)
            : null;
    }
}

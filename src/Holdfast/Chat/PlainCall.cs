using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>A call of a persistent chat client that is not part of a turn: what is said is committed, then what is replied.</summary>
internal sealed class PlainCall : IChatCall
{
    private const int ReplyCommitAttempts = 5;

    private readonly AgentStateStore _store;
    private readonly ThreadSession _session;

    private PlainCall(AgentStateStore store, ThreadSession session, IReadOnlyList<ChatMessage> forModel, ChatOptions? options)
        => (_store, _session, ForModel, Options) = (store, session, forModel, options);

    public string ThreadId => _session.Id.Value;

    public IReadOnlyList<ChatMessage> ForModel { get; }

    public ChatOptions? Options { get; }

    public ChatResponse? Recorded => null;

    public static async ValueTask<PlainCall> BeginAsync(
        ChatCaller caller,
        ThreadId thread,
        PersistentChatOptions options,
        IReadOnlyList<ChatMessage> messages,
        ChatOptions? modelOptions,
        CancellationToken cancellationToken)
    {
        Telemetry.InConversation(thread);
        var said = messages.Where(message => !SaidMessages.IsInstruction(message)).ToList();
        var session = await SayAsync(caller, thread, options, said, cancellationToken).ConfigureAwait(false);
        var view = new ModelViewOptions { Last = options.HistoryWindow, Answers = said };
        var history = await session.History.ForModelAsync(view, cancellationToken).ConfigureAwait(false);
        return new(caller.Store, session, [.. messages.Where(SaidMessages.IsInstruction), .. history], modelOptions);
    }

    /// <summary>Stores a reply to a model that others have called: what of it is not known by its ids.</summary>
    public static async ValueTask KeepAsync(ChatCaller caller, ThreadId thread, PersistentChatOptions options, ChatResponse reply, CancellationToken cancellationToken)
    {
        Telemetry.InConversation(thread);
        var session = await OpenAsync(caller, thread, options, options.HistoryWindow, cancellationToken).ConfigureAwait(false);
        await session.History.AddIfNewAsync(ReplyInfo.Noted(reply), options.HistoryWindow, cancellationToken).ConfigureAwait(false);
        await new PlainCall(caller.Store, session, [], null).CommitReplyAsync([]).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<ChatMessage>> KeepAsync(ChatResponse reply)
    {
        await CommitReplyAsync(ReplyInfo.Noted(reply)).ConfigureAwait(false);
        return [.. reply.Messages];
    }

    public async ValueTask KeepStreamAsync(List<ChatResponseUpdate> arrived, bool isComplete)
    {
        var reply = ReplyInfo.Noted(arrived.ToChatResponse());
        if (!isComplete && reply.Count > 0)
        {
            reply = ReplyInfo.WithProperty([.. reply], PersistentChatClient.PartialProperty, true);
            StoreLog.PartialTurn(_store.Logger, _session.State.Key, reply.Count);
        }

        await CommitReplyAsync(reply).ConfigureAwait(false);
    }

    public bool Holds(ChatResponseUpdate update) => false;

    public ChatResponseUpdate Shown(ChatResponseUpdate update) => update;

    // What is new depends on what is stored, so it is found once more when others were faster.
    private static async ValueTask<ThreadSession> SayAsync(
        ChatCaller caller, ThreadId thread, PersistentChatOptions options, IReadOnlyList<ChatMessage> said, CancellationToken cancellationToken)
    {
        var needed = SaidMessages.Needed(said, options);
        for (var attempt = 1; ; attempt++)
        {
            var session = await OpenAsync(caller, thread, options, Math.Max(needed, options.HistoryWindow), cancellationToken).ConfigureAwait(false);
            var stored = await session.History.LastAsync(needed, cancellationToken).ConfigureAwait(false);
            session.History.AddRange(SaidMessages.NewIn(said, stored, session.State.History.HasMessagesBefore(stored.Count), options.RecognizeRepeats));
            try
            {
                await session.CommitAsync("said", cancellationToken).ConfigureAwait(false);
                return session;
            }
            catch (CommitConflictException) when (attempt < session.State.Options.MaxUpdateAttempts)
            {
                await session.State.Store.Backoff.AfterConflictAsync(attempt, session.Took, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async ValueTask<ThreadSession> OpenAsync(ChatCaller caller, ThreadId thread, PersistentChatOptions options, int recent, CancellationToken cancellationToken)
    {
        var open = new OpenOptions { UserId = caller.UserId, Agent = options.Agent, RecentMessages = recent, LoadUser = false };
        var session = await caller.Store.OpenAsync(thread, open, cancellationToken).ConfigureAwait(false);
        return caller.IsAnonymous && session.UserId is not null ? throw new ThreadAccessDeniedException(session.State.Key) : session;
    }

    private async ValueTask CommitReplyAsync(IReadOnlyList<ChatMessage> reply)
    {
        Telemetry.InConversation(_session.Id);
        _session.History.AddRange(reply);
        for (var (failures, conflicts) = (0, 0); ;)
        {
            try
            {
                // The reply is there and was paid for: a cancellation comes too late for it.
                await _session.CommitAsync("replied", CancellationToken.None).ConfigureAwait(false);
                return;
            }
            catch (StoreUnavailableException) when (++failures < ReplyCommitAttempts)
            {
                await _session.State.Store.Backoff.AfterFailureAsync(failures, CancellationToken.None).ConfigureAwait(false);
            }
            catch (CommitConflictException) when (++conflicts < _session.State.Options.MaxUpdateAttempts)
            {
                await _session.RebaseAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
    }
}

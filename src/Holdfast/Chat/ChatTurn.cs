using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>One call of a persistent chat client: what is said is committed, then what is replied.</summary>
internal sealed class ChatTurn
{
    private const int ReplyCommitAttempts = 5;

    private readonly AgentStateStore _store;
    private readonly ThreadSession _session;

    private ChatTurn(AgentStateStore store, ThreadSession session, IReadOnlyList<ChatMessage> forModel, ChatOptions? options)
        => (_store, _session, ForModel, Options) = (store, session, forModel, options);

    public string ThreadId => _session.Id.Value;

    /// <summary>What the model is sent: instructions, and the end of the conversation.</summary>
    public IReadOnlyList<ChatMessage> ForModel { get; }

    public ChatOptions? Options { get; }

    public static async ValueTask<ChatTurn> BeginAsync(
        AgentStateStore store,
        ThreadId thread,
        PersistentChatOptions options,
        IReadOnlyList<ChatMessage> messages,
        ChatOptions? modelOptions,
        CancellationToken cancellationToken)
    {
        var open = new OpenOptions
        {
            UserId = options.UserId,
            Agent = options.Agent,
            RecentMessages = options.HistoryWindow,
            RebaseOnConflict = true,
            LoadUser = false,
        };
        var session = await store.OpenAsync(thread, open, cancellationToken).ConfigureAwait(false);
        session.History.AddRange(await NewAsync(session, options.HistoryWindow, messages, cancellationToken).ConfigureAwait(false));
        await session.CommitAsync("said", cancellationToken).ConfigureAwait(false);
        var history = await session.History.LastAsync(options.HistoryWindow, cancellationToken).ConfigureAwait(false);
        return new(store, session, [.. messages.Where(IsInstruction), .. ToolCallRepair.Apply(history)], modelOptions);
    }

    /// <summary>Makes a complete reply durable.</summary>
    public async ValueTask CommitReplyAsync(IEnumerable<ChatMessage> reply)
    {
        _session.History.AddRange(reply);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                // The reply is there and was paid for: a cancellation comes too late for it.
                await _session.CommitAsync("replied", CancellationToken.None).ConfigureAwait(false);
                return;
            }
            catch (StoreUnavailableException) when (attempt < ReplyCommitAttempts)
            {
                await Backoff.AfterFailureAsync(attempt, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Makes what arrived of a stream durable.</summary>
    public async ValueTask CommitStreamAsync(List<ChatResponseUpdate> arrived, bool isComplete)
    {
        var reply = arrived.ToChatResponse().Messages;
        if (!isComplete && reply.Count > 0)
        {
            (reply[^1].AdditionalProperties ??= [])[PersistentChatClient.PartialProperty] = true;
            StoreLog.PartialTurn(_store.Logger, _session.Key, reply.Count);
        }

        await CommitReplyAsync(reply).ConfigureAwait(false);
    }

    // A caller who repeats a call after an error sends the same message once more: it is known by its id.
    private static async ValueTask<IEnumerable<ChatMessage>> NewAsync(
        ThreadSession session, int window, IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken)
    {
        var said = messages.Where(message => !IsInstruction(message));
        if (session.Version == 0 || messages.All(message => message.MessageId is null))
        {
            return said;
        }

        var recent = await session.History.LastAsync(window, cancellationToken).ConfigureAwait(false);
        var known = recent.Select(message => message.MessageId).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return said.Where(message => message.MessageId is null || !known.Contains(message.MessageId));
    }

    private static bool IsInstruction(ChatMessage message) => message.Role == ChatRole.System;
}

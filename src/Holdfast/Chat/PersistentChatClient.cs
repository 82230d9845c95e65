using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>A chat client that remembers: callers pass only what is new, and the conversation so far comes from the store.</summary>
/// <remarks>
/// <para>
/// <see cref="ChatOptions.ConversationId"/> is the thread id; without one a new thread begins. Its id is on every response and update. The client below
/// sees neither the id nor the store: it is sent the last messages of the thread, as many as <see cref="PersistentChatOptions.HistoryWindow"/> says.
/// </para>
/// <para>
/// What the caller says is durable before the model is called; the reply is committed when it is complete. If a stream is cut short by an error,
/// a cancellation or a caller who stops listening, what had arrived is kept, with the property <see cref="PartialProperty"/> on its last message.
/// System messages are sent but not stored: they are instructions, not conversation. Messages that the thread already has are not stored again, so a call may be
/// repeated, and a caller may pass the whole conversation each time; see <see cref="PersistentChatOptions.RecognizeRepeats"/>.
/// </para>
/// <para>
/// It may stand above or below a client that invokes functions. Calls for the same thread may run at the same time: their messages interleave and none is lost.
/// If a tool call never got its result (after a crash, or because nobody answered the request for its approval), the model is given a note that says so.
/// </para>
/// <para>
/// While <see cref="Turn.Current"/> is a turn of the same thread, it stores by that turn: a reply is one commit with what it asks people for, and with the end of the turn where the turn is its own.
/// A turn that was resumed gets its recorded calls back, and the model is not asked for what it has said already.
/// </para>
/// <para>What the model reports about a reply (tokens, ids, why it ended) is stored with it; see <see cref="ReplyInfo"/>.</para>
/// </remarks>
public sealed partial class PersistentChatClient : DelegatingChatClient, IKeepsTurns
{
    /// <summary>The property of <see cref="ChatMessage.AdditionalProperties"/> that marks a reply that was cut short; its value is true.</summary>
    public const string PartialProperty = ModelView.PartialProperty;

    /// <summary>The property of <see cref="ChatOptions.AdditionalProperties"/> that names the user of a call; its value is a string.</summary>
    public const string UserProperty = "holdfast.user";

    /// <summary>The property of <see cref="ChatOptions.AdditionalProperties"/> that names the tenant of a call; its value is a string.</summary>
    public const string TenantProperty = "holdfast.tenant";

    /// <summary>The property of <see cref="ChatOptions.AdditionalProperties"/> that has the idempotency key of a turn; its value is a string. See <see cref="BeginTurnAsync"/>.</summary>
    public const string KeyProperty = "holdfast.key";

    /// <summary>The property of <see cref="ChatMessage.AdditionalProperties"/> that marks what was not said now but recorded before; its value is true.</summary>
    public const string ReplayedProperty = "holdfast.replayed";

    private readonly AgentStateStore _store;
    private readonly PersistentChatOptions _options;

    /// <summary>Makes the client; see <see cref="PersistentChatClientExtensions.WithState"/>.</summary>
    /// <exception cref="StateConfigurationException">An option is out of its range.</exception>
    public PersistentChatClient(IChatClient innerClient, AgentStateStore store, PersistentChatOptions? options = null)
        : base(innerClient)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        options ??= new();
        options.Validate();
        _options = options.Snapshot();
    }

    /// <inheritdoc/>
    /// <exception cref="ThreadAccessDeniedException">The thread belongs to another user, or the call has no user where one is needed. The model was not called.</exception>
    /// <exception cref="AgentStateException">The thread cannot be opened or committed. If the model had already replied, its reply is lost.</exception>
    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var call = await BeginAsync(messages, options, cancellationToken).ConfigureAwait(false);
        if (call.Recorded is { } recorded)
        {
            return recorded;
        }

        var response = await base.GetResponseAsync(call.ForModel, call.Options, cancellationToken).ConfigureAwait(false);
        var shown = await call.KeepAsync(response).ConfigureAwait(false);

        // The response itself may be kept by clients below, which take an id on it for one of the model's service.
        return new([.. shown])
        {
            ResponseId = response.ResponseId,
            ConversationId = call.ThreadId,
            ModelId = response.ModelId,
            CreatedAt = response.CreatedAt,
            FinishReason = response.FinishReason,
            Usage = response.Usage,
            ContinuationToken = response.ContinuationToken,
            RawRepresentation = response.RawRepresentation,
            AdditionalProperties = response.AdditionalProperties,
        };
    }

    /// <inheritdoc/>
    /// <exception cref="ThreadAccessDeniedException">The thread belongs to another user, or the call has no user where one is needed. The model was not called.</exception>
    /// <exception cref="AgentStateException">The thread cannot be opened or committed.</exception>
    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var call = await BeginAsync(messages, options, cancellationToken).ConfigureAwait(false);
        if (call.Recorded is { } recorded)
        {
            foreach (var update in recorded.ToChatResponseUpdates())
            {
                update.ConversationId = call.ThreadId;
                yield return update;
            }

            yield break;
        }

        var (arrived, held) = (new List<ChatResponseUpdate>(), new List<ChatResponseUpdate>());
        var stream = base.GetStreamingResponseAsync(call.ForModel, call.Options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var isComplete = false;
        try
        {
            while (await stream.MoveNextAsync().ConfigureAwait(false))
            {
                // A client below keeps its updates and looks at them again; one above may change what it gets.
                arrived.Add(CopyOf(stream.Current));
                var update = CopyOf(stream.Current);
                update.ConversationId = call.ThreadId;
                if (held.Count > 0 || call.Holds(update))
                {
                    // Whether it is a call or a question to a person is known when the reply is whole.
                    held.Add(update);
                    continue;
                }

                yield return update;
            }

            isComplete = true;
        }
        finally
        {
            // Also reached when the stream fails or its reader leaves: what arrived is kept whatever comes.
            try
            {
                await stream.DisposeAsync().ConfigureAwait(false);
            }
            finally
            {
                await call.KeepStreamAsync(arrived, isComplete).ConfigureAwait(false);
            }
        }

        foreach (var update in held)
        {
            yield return call.Shown(update);
        }
    }

    /// <summary>Begins the turn of a call, or resumes it: what <c>UseDurableFunctionInvocation</c> does for you, for code that runs the tools of a model itself.</summary>
    /// <remarks>
    /// <para>
    /// The key of the turn is the property <see cref="KeyProperty"/> of the options, else the <see cref="ChatMessage.MessageId"/> of the newest message of the user, else there is none. With a key that was used
    /// before, the turn goes on where it stood, or gives its recorded reply. Without one, a message that the thread ends with, and that was never answered, resumes the turn that it began.
    /// </para>
    /// <para>
    /// Answers to requests for approval become the answers of the interrupts that they belong to, and resume the turn that waits for them. What counts is the call that is stored: a copy that
    /// differs is refused. The same answer once more means "go on".
    /// </para>
    /// <para>Set <see cref="Turn.Current"/> to the turn while you call the client. The turn ends with a reply that has no calls; end it yourself where there is no such reply.</para>
    /// </remarks>
    /// <param name="messages">What is said.</param>
    /// <param name="options">The options of the call; its tools tell which calls need approval.</param>
    /// <param name="cancellationToken">Cancels the wait for the thread.</param>
    /// <returns>The turn; <see cref="Turn.Current"/> itself if it is one of the thread of the call.</returns>
    /// <exception cref="InterruptNotFoundException">An answer is to a question that the thread never asked.</exception>
    /// <exception cref="ApprovalMismatchException">An answer is about another call than the one that is stored.</exception>
    /// <exception cref="InterruptClosedException">The question was answered otherwise, or nobody waits for its answer any more.</exception>
    /// <exception cref="ThreadAccessDeniedException">The thread belongs to another user, or the call has no user where one is needed.</exception>
    public ValueTask<Turn> BeginTurnAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var thread = ThreadOf(options);
        return ChatTurns.BeginAsync(ChatCaller.Of(_store, _options, options, thread), thread, _options, [.. messages], options, cancellationToken);
    }

    /// <inheritdoc/>
    public override object? GetService(Type serviceType, object? serviceKey = null)
        => serviceKey is null && serviceType == typeof(AgentStateStore) ? _store : base.GetService(serviceType, serviceKey);

    private static ChatResponseUpdate CopyOf(ChatResponseUpdate update)
    {
        var copy = update.Clone();
        copy.Contents = [.. update.Contents];
        return copy;
    }

    private ThreadId ThreadOf(ChatOptions? options) => options?.ConversationId is { } id ? ThreadId.Parse(id) : ThreadId.New(_store.Time);

    private async ValueTask<IChatCall> BeginAsync(IEnumerable<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(messages);
        messages = [.. messages];
        var thread = ThreadOf(options);
        var caller = ChatCaller.Of(_store, _options, options, thread);
        if (_options.Compaction is { } policy && messages.Any(message => message.Role == ChatRole.User))
        {
            await CompactAsync(caller, thread, policy, cancellationToken).ConfigureAwait(false);
        }

        return ChatTurns.CurrentOf(caller, thread) is { } turn
            ? await TurnCall.BeginAsync(turn, caller, _options, [.. messages], ForModel(options), cancellationToken).ConfigureAwait(false)
            : await PlainCall.BeginAsync(caller, thread, _options, [.. messages], ForModel(options), cancellationToken).ConfigureAwait(false);
    }

    // A conversation that is too long can still be answered: the model is sent the end of it.
    private static async ValueTask CompactAsync(ChatCaller caller, ThreadId thread, CompactionPolicy policy, CancellationToken cancellationToken)
    {
        var handle = caller.Store.Thread(thread);
        try
        {
            await handle.CompactAsync(policy, new() { UserId = caller.UserId }, caller.IsAnonymous, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not ThreadAccessDeniedException && !cancellationToken.IsCancellationRequested)
        {
            StoreLog.CompactionFailed(caller.Store.Logger, handle.Key, e);
        }
    }

    // What names the conversation and its user is for us, not for a model's service.
    private static ChatOptions? ForModel(ChatOptions? options)
    {
        var inner = options?.Clone();
        if (inner is not null)
        {
            inner.ConversationId = null;
            if (inner.AdditionalProperties is { } properties)
            {
                inner.AdditionalProperties = new(properties.Where(property => !property.Key.StartsWith(ModelView.OwnProperties, StringComparison.Ordinal)));
            }
        }

        return inner;
    }
}

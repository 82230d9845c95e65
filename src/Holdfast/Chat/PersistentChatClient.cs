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
/// <para>What the model reports about a reply (tokens, ids, why it ended) is stored with it; see <see cref="ReplyInfo"/>.</para>
/// </remarks>
public sealed class PersistentChatClient : DelegatingChatClient
{
    /// <summary>The property of <see cref="ChatMessage.AdditionalProperties"/> that marks a reply that was cut short; its value is true.</summary>
    public const string PartialProperty = "holdfast.partial";

    /// <summary>The property of <see cref="ChatOptions.AdditionalProperties"/> that names the user of a call; its value is a string.</summary>
    public const string UserProperty = "holdfast.user";

    /// <summary>The property of <see cref="ChatOptions.AdditionalProperties"/> that names the tenant of a call; its value is a string.</summary>
    public const string TenantProperty = "holdfast.tenant";

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
        var turn = await BeginAsync(messages, options, cancellationToken).ConfigureAwait(false);
        var response = await base.GetResponseAsync(turn.ForModel, turn.Options, cancellationToken).ConfigureAwait(false);
        await turn.CommitReplyAsync(response).ConfigureAwait(false);

        // The response itself may be kept by clients below, which take an id on it for one of the model's service.
        return new([.. response.Messages])
        {
            ResponseId = response.ResponseId,
            ConversationId = turn.ThreadId,
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
        var turn = await BeginAsync(messages, options, cancellationToken).ConfigureAwait(false);
        var arrived = new List<ChatResponseUpdate>();
        var stream = base.GetStreamingResponseAsync(turn.ForModel, turn.Options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var isComplete = false;
        try
        {
            while (await stream.MoveNextAsync().ConfigureAwait(false))
            {
                // A client below keeps its updates and looks at them again; one above may change what it gets.
                arrived.Add(CopyOf(stream.Current));
                var update = CopyOf(stream.Current);
                update.ConversationId = turn.ThreadId;
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
                await turn.CommitStreamAsync(arrived, isComplete).ConfigureAwait(false);
            }
        }
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

    private ValueTask<ChatTurn> BeginAsync(IEnumerable<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var thread = options?.ConversationId is { } id ? ThreadId.Parse(id) : ThreadId.New(_store.Time);
        var caller = ChatCaller.Of(_store, _options, options, thread);
        return ChatTurn.BeginAsync(caller, thread, _options, [.. messages], ForModel(options), cancellationToken);
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

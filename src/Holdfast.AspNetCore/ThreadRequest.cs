using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>What a request says of its thread: which one it is, and whose. A handler with <c>WithState</c> or <c>WithThread</c> takes it as a parameter.</summary>
public sealed class ThreadRequest
{
    private readonly AgentStateStore _store;

    internal ThreadRequest(AgentStateStore store, ThreadId id, string? idempotencyKey) => (_store, Id, IdempotencyKey) = (store, id, idempotencyKey);

    /// <summary>The thread.</summary>
    public ThreadId Id { get; }

    /// <summary>The user; null for nobody, where <see cref="HandlerOptions.AllowAnonymous"/> is set.</summary>
    public string? UserId => _store.UserId;

    /// <summary>The header <c>Idempotency-Key</c>, which is the key of the turn (<see cref="TurnOptions.Key"/>); null without one.</summary>
    public string? IdempotencyKey { get; }

    /// <summary>The thread as a whole. Nothing is read.</summary>
    public ThreadHandle Thread => _store.Thread(Id);

    /// <summary>The store as the user may see it.</summary>
    /// <exception cref="InvalidOperationException">The user is not known: such a request has one thread, and no store.</exception>
    public AgentStateStore Store => UserId is not null ? _store : throw new InvalidOperationException("A request without a user has one thread, and no store that it may see. Use Thread.");

    internal HandlerCall Call { get; set; } = null!;

    /// <summary>How a turn of the request is begun: with its key, for its user.</summary>
    /// <param name="options">The other settings; null for the defaults. Their key is used where the request has none.</param>
    public TurnOptions ToTurnOptions(TurnOptions? options = null)
    {
        options ??= new();
        return options with { Key = IdempotencyKey ?? options.Key, UserId = UserId };
    }

    /// <summary>The options of a call of a chat client with Holdfast in its pipeline: for the thread and the user of the request, with its key.</summary>
    /// <param name="options">The other options; null for none. They are copied.</param>
    public ChatOptions ToChatOptions(ChatOptions? options = null)
    {
        var result = options?.Clone() ?? new();
        result.ConversationId = Id.Value;
        result.AdditionalProperties ??= [];
        Set(PersistentChatClient.UserProperty, UserId);
        Set(PersistentChatClient.KeyProperty, IdempotencyKey);
        Set(PersistentChatClient.TenantProperty, _store.Tenant.Length > 0 ? _store.Tenant : null);
        return result;

        void Set(string name, string? value)
        {
            if (value is not null)
            {
                result.AdditionalProperties[name] = value;
            }
        }
    }

    /// <summary>Has a chat client answer, and gives the reply as server-sent events.</summary>
    /// <inheritdoc cref="StreamChatAsync(IChatClient, IEnumerable{ChatMessage}, ChatStreamOptions?, CancellationToken)"/>
    /// <param name="chat">The client.</param>
    /// <param name="text">What the user says.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the waiting; the reply is made all the same.</param>
    public Task<IResult> StreamChatAsync(IChatClient chat, string text, ChatStreamOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return StreamChatAsync(chat, [new ChatMessage(ChatRole.User, text)], options, cancellationToken);
    }

    /// <summary>Has a chat client answer, and gives the reply as server-sent events.</summary>
    /// <remarks>
    /// <para>
    /// The events are <c>start</c>, then <c>update</c> with what the model says, <c>waiting</c> with what the turn asks people, and at last <c>done</c>, or <c>problem</c> for an error. An error before the model says anything is
    /// thrown, and so has a status of its own.
    /// </para>
    /// <para>
    /// The reply is made, and stored, whether anybody listens or not. A request with the same <c>Idempotency-Key</c> listens to the same reply: with <c>Last-Event-ID</c> after that event while it is made in this process, else from
    /// <c>start</c> on, at which a client forgets what it has shown of the reply. One that is complete is given as it is recorded.
    /// </para>
    /// <para>The client must not be disposed of with the request. Its pipeline has <c>UseDurableFunctionInvocation</c> above <c>UseHoldfast</c>, over the store of the handler; use it with <c>WithThread</c>.</para>
    /// </remarks>
    /// <param name="chat">The client.</param>
    /// <param name="messages">What is said.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the waiting; the reply is made all the same.</param>
    /// <returns>The answer, once the model has begun.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The options are out of their ranges.</exception>
    /// <exception cref="AgentStateException">The turn cannot begin.</exception>
    public Task<IResult> StreamChatAsync(IChatClient chat, IEnumerable<ChatMessage> messages, ChatStreamOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(chat);
        ArgumentNullException.ThrowIfNull(messages);
        options ??= new();
        options.Validate();
        return Call.StreamAsync(chat, [.. messages], options, cancellationToken);
    }

    /// <summary>Begins anew. A visitor whose thread comes from a cookie gets a new thread, and the old one is deleted; any other thread is emptied under its id (<see cref="ThreadHandle.ResetAsync"/>).</summary>
    /// <remarks>What the session of the handler has changed is dropped.</remarks>
    /// <param name="cancellationToken">Cancels it as long as nothing was sent.</param>
    /// <exception cref="InvalidOperationException">The handler only reads.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed.</exception>
    public ValueTask ResetStateAsync(CancellationToken cancellationToken = default) => Call.ResetAsync(cancellationToken);
}

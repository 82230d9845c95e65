using System.Diagnostics.CodeAnalysis;
using Holdfast;
using Microsoft.Extensions.AI;

namespace Microsoft.Agents.AI;

/// <summary>The history of an agent's sessions, kept in threads: what is said is durable before the model is called, and the model is sent a conversation that every provider accepts.</summary>
/// <remarks>
/// <para>
/// A session has one thread (<see cref="HoldfastAgentSessionExtensions.GetThreadId"/>); one without it gets a new one. With
/// <see cref="ChatClientAgentOptions.RequirePerServiceCallChatHistoryPersistence"/> each call of the model and each result is durable as it happens, otherwise a run is stored when it has ended.
/// </para>
/// <para>
/// In a turn (<see cref="HoldfastAIAgentBuilderExtensions.UseHoldfast"/>) it stores by the turn, and calls are durable before functions run. A run that failed is left to whoever runs the turn.
/// What is told twice is stored once. Thread safe; several sessions, and several processes, may use one thread at the same time.
/// </para>
/// </remarks>
[SuppressMessage("Reliability", "CA1001", Justification = "There is nothing to dispose of: the client is used for its parts, and has no client below.")]
public sealed class HoldfastChatHistoryProvider : ChatHistoryProvider
{
    private static readonly AgentRequestMessageSourceType[] NotSaid = [AgentRequestMessageSourceType.AIContextProvider, AgentRequestMessageSourceType.ChatHistory];

    private readonly PersistentChatClient _chat;

    /// <summary>Makes the provider.</summary>
    /// <param name="store">Where the threads are.</param>
    /// <param name="options">Which users and agents the threads belong to, and how much of them the model is sent; null for the defaults.</param>
    /// <exception cref="StateConfigurationException">An option is out of its range.</exception>
    public HoldfastChatHistoryProvider(AgentStateStore store, PersistentChatOptions? options = null) => _chat = new(NoChatClient.Instance, store, options);

    /// <inheritdoc/>
    public override IReadOnlyList<string> StateKeys { get; } = [HoldfastAgentSessionExtensions.ThreadKey];

    /// <inheritdoc/>
    protected override async ValueTask<IEnumerable<ChatMessage>> InvokingCoreAsync(InvokingContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        List<ChatMessage> requests = [.. context.RequestMessages];
        var said = requests.Where(IsSaid).ToList();
        var history = await _chat.SayAsync(said, CallOf(context.Session), cancellationToken).ConfigureAwait(false);

        // What was said now stays what the caller said, so that other providers of the agent know it for new.
        var now = said.Where(message => message.Role == ChatRole.User).ToList();
        var shown = history.Reverse().Select(message => Taken(now, message) ?? message.WithAgentRequestMessageSource(AgentRequestMessageSourceType.ChatHistory, nameof(HoldfastChatHistoryProvider))).Reverse().ToList();
        var approvals = now.Where(message => message.Contents.Any(Approvals.IsOne) && !shown.Contains(message));
        return [.. requests.Where(message => !IsSaid(message) && message.Role == ChatRole.System), .. shown, .. requests.Where(message => !IsSaid(message) && message.Role != ChatRole.System), .. approvals];
    }

    /// <inheritdoc/>
    protected override async ValueTask InvokedCoreAsync(InvokedContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        List<ChatMessage> replied = [.. context.ResponseMessages ?? []];
        if (context.InvokeException is not null || replied.Count == 0)
        {
            return;
        }

        // Told once more, they are known by their ids. What was replied is kept, whatever became of the run.
        replied.ForEach(message => message.MessageId ??= $"msg_{Guid.NewGuid():N}");
        await _chat.KeepAsync(replied, null, CallOf(context.Session), CancellationToken.None).ConfigureAwait(false);
    }

    private static ChatOptions CallOf(AgentSession? session)
    {
        var thread = session?.GetThreadId() ?? ThreadId.New();
        session?.SetThreadId(thread);
        return new() { ConversationId = thread.Value };
    }

    private static bool IsSaid(ChatMessage message) => message.Role != ChatRole.System && !NotSaid.Contains(message.GetAgentRequestMessageSourceType());

    private static ChatMessage? Taken(List<ChatMessage> now, ChatMessage message)
    {
        var found = now.FindLastIndex(said => message.Role == ChatRole.User && said.Text == message.Text && (said.MessageId is null || said.MessageId == message.MessageId));
        if (found < 0)
        {
            return null;
        }

        var said = now[found];
        now.RemoveAt(found);
        return said;
    }
}

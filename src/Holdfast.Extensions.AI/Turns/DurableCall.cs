using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>One call of a client that invokes functions durably: its turn, and what the client below is given.</summary>
internal sealed class DurableCall : IAsyncDisposable
{
    private readonly PersistentChatClient _chat;
    private readonly CancellationTokenSource _stop;
    private readonly bool _isOwner;
    private readonly Dictionary<string, FunctionCallContent> _calls = new(StringComparer.Ordinal);
    private bool _hasEnded;

    private DurableCall(PersistentChatClient chat, Turn turn, bool isOwner, IReadOnlyList<ChatMessage> messages, ChatOptions options, CancellationToken cancellationToken)
    {
        (_chat, Turn, _isOwner, Messages, Options) = (chat, turn, isOwner, messages, options);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, turn.Stopping);
    }

    public Turn Turn { get; }

    /// <summary>What is said, without approvals: the turn knows them.</summary>
    public IReadOnlyList<ChatMessage> Messages { get; }

    public ChatOptions Options { get; }

    /// <summary>Cancelled when the caller cancels, or the turn is to stop.</summary>
    public CancellationToken Token => _stop.Token;

    public static async ValueTask<DurableCall> BeginAsync(
        PersistentChatClient chat, IEnumerable<AITool>? additional, IReadOnlyList<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken)
    {
        var own = options?.Clone() ?? new();
        List<AITool> tools = [.. own.Tools ?? [], .. (additional ?? []).Select(UnaskedFunction.Known)];
        own.Tools = tools;
        var before = Turn.Current;
        var turn = await chat.BeginTurnAsync(messages, own, cancellationToken).ConfigureAwait(false);

        // What the options do not say the model is not told; it is found among the additional tools.
        own.Tools = options?.Tools is { } given ? [.. given.Select(UnaskedFunction.Of)] : null;
        own.ConversationId = turn.Session.Id.Value;
        return new(chat, turn, !ReferenceEquals(turn, before), [.. messages.Select(WithoutApprovals).OfType<ChatMessage>()], own, cancellationToken);
    }

    /// <summary>Ends the turn, unless its reply did or it waits.</summary>
    public async ValueTask EndAsync()
    {
        _hasEnded = true;
        if (_isOwner && Turn.State == TurnState.Running)
        {
            await Turn.CompleteAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Ends the turn by an error: it can be resumed, unless the caller wanted it to stop. One that others stopped ends when it is let go.</summary>
    public async ValueTask FailAsync(Exception error, CancellationToken callers)
    {
        _hasEnded = true;
        if (_isOwner)
        {
            await Turn.FailOrCancelAsync(error, callers).ConfigureAwait(false);
        }
    }

    /// <summary>The response as the caller gets it: nothing stands for the result of a call that waits.</summary>
    public ChatResponse Shown(ChatResponse response)
    {
        foreach (var message in response.Messages)
        {
            message.Contents = Shown(message.Contents);
        }

        response.Messages = [.. response.Messages.Where(message => message.Contents.Count > 0)];
        response.ConversationId ??= Turn.Session.Id.Value;
        if (Waits)
        {
            (response.AdditionalProperties ??= [])[DurableFunctionInvokingChatClient.InterruptsProperty] = _chat.InterruptsOf(Turn, Options);
        }

        return response;
    }

    /// <inheritdoc cref="Shown(ChatResponse)"/>
    public ChatResponseUpdate? Shown(ChatResponseUpdate update)
    {
        if (!update.Contents.Any(content => content is FunctionCallContent || IsPlaceholder(content)))
        {
            return update;
        }

        // The client below keeps its updates and looks at them again.
        var copy = update.Clone();
        copy.Contents = Shown(update.Contents);
        return copy.Contents.Count > 0 ? copy : null;
    }

    /// <summary>What a stream ends with when the turn waits; null when it does not.</summary>
    public ChatResponseUpdate? Waiting() => Waits
        ? new() { ConversationId = Turn.Session.Id.Value, AdditionalProperties = new() { [DurableFunctionInvokingChatClient.InterruptsProperty] = _chat.InterruptsOf(Turn, Options) } }
        : null;

    public async ValueTask DisposeAsync()
    {
        if (!_hasEnded)
        {
            await FailAsync(new OperationCanceledException("the reader left"), new(canceled: true)).ConfigureAwait(false);
        }

        if (_isOwner)
        {
            await Turn.DisposeAsync().ConfigureAwait(false);
        }

        _stop.Dispose();
    }

    private bool Waits => Turn.State is TurnState.Interrupted or TurnState.Sleeping;

    private static bool IsPlaceholder(AIContent content) => content is FunctionResultContent { Result: SuspendedCall };

    private static ChatMessage? WithoutApprovals(ChatMessage message)
    {
        if (!message.Contents.Any(IsApproval))
        {
            return message;
        }

        var copy = message.Clone();
        copy.Contents = [.. message.Contents.Where(content => !IsApproval(content))];
        return copy.Contents.Count > 0 ? copy : null;
    }

    private static bool IsApproval(AIContent content)
        => content is ToolApprovalRequestContent { ToolCall: FunctionCallContent } or ToolApprovalResponseContent { ToolCall: FunctionCallContent };

    private List<AIContent> Shown(IList<AIContent> contents)
    {
        var shown = new List<AIContent>(contents.Count);
        foreach (var content in contents)
        {
            if (content is FunctionCallContent call)
            {
                _calls[call.CallId] = call;
            }

            if (!IsPlaceholder(content))
            {
                shown.Add(content);
            }
            else if (_calls.TryGetValue(((FunctionResultContent)content).CallId, out var waiting))
            {
                // The client below took it for carried out.
                waiting.InformationalOnly = false;
            }
        }

        return shown;
    }
}

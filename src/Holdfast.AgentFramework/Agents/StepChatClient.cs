using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Stands above the client of an agent that invokes functions: the calls that the turn has recorded are made, or their results found, before the model is asked, and those that follow are steps.</summary>
internal sealed class StepChatClient(IChatClient inner, PersistentChatClient chat, ChatOptions call, IServiceProvider? services) : DelegatingChatClient(inner)
{
    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => Turn.Current is { } turn && await PrepareAsync(turn, messages, options, cancellationToken).ConfigureAwait(false) is var (said, own)
            ? said is null ? new() : await base.GetResponseAsync(said, own, cancellationToken).ConfigureAwait(false)
            : await base.GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Turn.Current is { } turn)
        {
            (var said, options) = await PrepareAsync(turn, messages, options, cancellationToken).ConfigureAwait(false);
            messages = said ?? [];
            if (said is null)
            {
                yield break;
            }
        }

        await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken).ConfigureAwait(false))
        {
            yield return update;
        }
    }

    // No messages: the turn waits, and the model is not asked.
    private async ValueTask<(IReadOnlyList<ChatMessage>? Messages, ChatOptions Options)> PrepareAsync(Turn turn, IEnumerable<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken)
    {
        var own = options?.Clone() ?? new();
        var tools = own.Tools ?? [];
        var known = call.Clone();
        known.Tools = tools;
        await chat.BeginTurnAsync([], known, cancellationToken).ConfigureAwait(false);    // the turn learns which calls need approval
        own.Tools = own.Tools is null ? null : [.. tools.Select(tool => tool is AIFunction function ? new StepFunction(function, chat, known) : tool)];
        try
        {
            foreach (var open in await turn.OpenCallsAsync(cancellationToken).ConfigureAwait(false))
            {
                await MakeAsync(turn, open, tools.FirstOrDefault(tool => tool.Name == open.Name) as AIFunction, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (TurnSuspendedException)
        {
            return (null, own);
        }

        var said = Approvals.Without(messages);
        return ([.. said, .. MissingIn(said, turn.Reply)], own);
    }

    private async ValueTask MakeAsync(Turn turn, FunctionCallContent open, AIFunction? function, CancellationToken cancellationToken)
    {
        try
        {
            if (function is null)
            {
                await turn.AddAsync([new(ChatRole.Tool, [new FunctionResultContent(open.CallId, $"Error: there is no tool '{open.Name}'.")])], null, cancellationToken).ConfigureAwait(false);
                return;
            }

            await turn.RunToolAsync(open, function, InvokeAsync, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StepFailedException or StepUnknownException)
        {
            // It is recorded, and the model is told.
        }

        ValueTask<object?> InvokeAsync(AIFunctionArguments arguments, CancellationToken token)
        {
            arguments.Services = services;
            return function.InvokeAsync(arguments, token);
        }
    }

    // Calls and results of the turn that a history without it does not have.
    private static IEnumerable<ChatMessage> MissingIn(IEnumerable<ChatMessage> messages, IEnumerable<ChatMessage> reply)
    {
        var known = messages.SelectMany(message => message.Contents).Select(IdOf).OfType<(Type, string)>().ToHashSet();
        foreach (var message in reply)
        {
            if (message.Contents.Where(content => IdOf(content) is { } id && !known.Contains(id)).ToList() is { Count: > 0 } contents)
            {
                var copy = message.Clone();
                copy.Contents = contents;
                yield return copy;
            }
        }
    }

    private static (Type, string)? IdOf(AIContent content) => content switch
    {
        FunctionCallContent asked => (typeof(FunctionCallContent), asked.CallId),
        FunctionResultContent result => (typeof(FunctionResultContent), result.CallId),
        _ => null,
    };
}

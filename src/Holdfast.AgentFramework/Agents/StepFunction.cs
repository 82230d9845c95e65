using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>A function whose calls are steps of the current turn.</summary>
internal sealed class StepFunction(AIFunction function, PersistentChatClient chat, ChatOptions options) : DelegatingAIFunction(function)
{
    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        if (Turn.Current is not { State: TurnState.Running or TurnState.Interrupted } turn || FunctionInvokingChatClient.CurrentContext is not { } context)
        {
            return await base.InvokeCoreAsync(arguments, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            // The call is durable before it is made.
            var asking = context.Messages.LastOrDefault(message => message.Contents.Any(content => content is FunctionCallContent call && call.CallId == context.CallContent.CallId));
            await chat.KeepAsync([asking ?? new(ChatRole.Assistant, [context.CallContent])], null, options, cancellationToken).ConfigureAwait(false);
            return await turn.RunToolAsync(context.CallContent, InnerFunction, InvokeAsync, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (TurnSuspendedException)
        {
            context.Terminate = true;
            return Approvals.Pending;
        }

        ValueTask<object?> InvokeAsync(AIFunctionArguments own, CancellationToken token)
        {
            own.Services = arguments.Services;
            return InnerFunction.InvokeAsync(own, token);
        }
    }
}

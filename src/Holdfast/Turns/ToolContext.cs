using System.Text;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>What a tool is given besides its arguments; the model does not see it.</summary>
public sealed class ToolContext
{
    internal ToolContext(string callId, StepContext step) => (CallId, Step) = (callId, step);

    /// <summary>The id of the call.</summary>
    public string CallId { get; }

    /// <summary>The step that the call is.</summary>
    public StepContext Step { get; }

    /// <summary>The turn.</summary>
    public Turn Turn => Step.Turn;

    /// <summary>Asks people before anything is done, and gives their answer once the turn is resumed and the tool is called again.</summary>
    /// <exception cref="TurnSuspendedException">Nobody has answered yet: let it pass.</exception>
    public ValueTask<InterruptAnswer> AskAsync(InterruptRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Turn.AskAsync(request with { Name = $"{CallId}/{request.Name}" }, cancellationToken);
    }

    internal static ToolContext Of(AIFunctionArguments arguments)
        => arguments.Context?.TryGetValue(typeof(ToolContext), out var context) is true && context is ToolContext tool
            ? tool
            : throw new InvalidOperationException("The function takes a ToolContext, which only a turn can give: run the model with Turn.ReplyAsync, or put UseDurableFunctionInvocation into the pipeline of the chat client.");
}

using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Carries out the tool calls of a turn as steps: a result is durable before it is used, and a call that has one is not made again.</summary>
internal sealed class ToolRunner(Turn turn)
{
    private readonly TurnRun _run = turn.Running;

    /// <summary>How a function is invoked.</summary>
    public delegate ValueTask<object?> Invoker(AIFunctionArguments arguments, CancellationToken cancellationToken);

    /// <summary>Whether people have to approve the calls of a tool.</summary>
    public static bool NeedsApproval(AITool? tool)
        => tool is AIFunction function && (DurableFunctionOptions.Of(function).RequiresApproval || function.GetService<ApprovalRequiredAIFunction>() is not null);

    /// <summary>What people are asked before a call is made; null if it needs nobody.</summary>
    public static InterruptRequest? RequestFor(FunctionCallContent call, AITool? tool) => NeedsApproval(tool) ? ApprovalOf(call, DurableFunctionOptions.Of((AIFunction)tool!)) : null;

    /// <summary>The question whether a call may be made.</summary>
    public static InterruptRequest ApprovalOf(FunctionCallContent call, DurableFunctionOptions? options) => new()
    {
        Name = call.CallId,
        Kind = InterruptKinds.Approval,
        Prompt = $"May '{call.Name}' be called?",
        Audience = options?.Audience,
        Time = options?.ApprovalTime,
        Allowed = AnswerKinds.Accept | AnswerKinds.Edit | AnswerKinds.Reject | AnswerKinds.Respond,
        Call = call,
    };

    /// <summary>Makes a call, or gives what is recorded of it.</summary>
    /// <param name="call">The call, as it is stored.</param>
    /// <param name="function">The function; null if there is none of the name.</param>
    /// <param name="invoke">How it is invoked.</param>
    /// <param name="includeDetailedErrors">Whether the model is told the message of the exception when the function throws.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    /// <exception cref="StepFailedException">The function failed, and the model is told.</exception>
    /// <exception cref="StepUnknownException">It is not known whether it took effect, and the model is told.</exception>
    public async ValueTask<object?> RunAsync(FunctionCallContent call, AIFunction? function, Invoker invoke, bool includeDetailedErrors, CancellationToken cancellationToken)
    {
        if (_run.Messages.ResultOf(call.CallId) is { } recorded)
        {
            return recorded.Result;
        }

        var answer = await AnswerAsync(call, function, cancellationToken).ConfigureAwait(false);
        if (function is null || answer is { Kind: AnswerKinds.Reject })
        {
            var text = answer is null ? $"Error: there is no tool '{call.Name}'." : $"{ModelView.Refused}{(answer.Reason is { Length: > 0 } reason ? " " + reason : "")}";
            var told = turn.Prepare([ResultOf(call, text, null)]);
            await _run.WriteAsync(answer is null ? "tool not found" : "tool refused", (book, _) => told.Put(book, null)).ConfigureAwait(false);
            return text;
        }

        var takesContext = DurableFunction.TakesContext(function) && answer is not { Kind: AnswerKinds.Respond };
        var options = DurableFunctionOptions.Of(function);
        if (takesContext)
        {
            // Before the step begins: that the store cannot be reached is no failure of the tool.
            await _run.Writer.ReadAsync(async _ => { await ToolDraft.LoadAsync(turn.Session, options, cancellationToken).ConfigureAwait(false); return true; }, cancellationToken).ConfigureAwait(false);
        }

        AddedMessages? result = null;
        var step = new StepWork<Outcome>(
            StepRunner.ToolKind,
            function.Name,
            async (context, token) =>
            {
                if (answer is { Kind: AnswerKinds.Respond })
                {
                    return new(answer.Value, null);
                }

                var draft = takesContext ? await _run.Writer.ReadAsync(_ => new ValueTask<ToolDraft>(ToolDraft.Of(turn.Session, function.Name)), token).ConfigureAwait(false) : null;
                return new(await invoke(ArgumentsOf(call, answer, new(call.CallId, context, draft)), token).ConfigureAwait(false), draft);
            },
            outcome =>
            {
                // The result is the message that the model gets; it is not stored twice.
                result = turn.Prepare([ResultOf(call, outcome.Value, answer)]);
                return null;
            },
            json => new(Utf8Json.Parse(json), null),
            options.ForCall(call.CallId))
        {
            CallId = call.CallId,
            Tell = _ => result!.ResultJson,
            Along = (book, outcome) =>
            {
                result!.Put(book, null);
                outcome.Draft?.Put(turn.Session);
                if (answer is not { Kind: AnswerKinds.Respond } && HandOff.TargetOf(function) is { } agent)
                {
                    HandOff.Put(book, turn, agent, HandOff.ReasonOf(Given(call, answer)));
                }
            },
            AlongFailure = (book, error, isOfWork) => turn.Prepare([ResultOf(call, isOfWork && !includeDetailedErrors ? "Error: the function failed." : $"Error: {error}", answer)]).Put(book, null),
        };
        return (await turn.Runner.RunAsync(step, cancellationToken).ConfigureAwait(false)).Value;
    }

    private async ValueTask<InterruptAnswer?> AnswerAsync(FunctionCallContent call, AIFunction? function, CancellationToken cancellationToken)
    {
        if (RequestFor(call, function) is not { } request)
        {
            return null;
        }

        var answer = (await turn.Asking.AskAsync([request], null, cancellationToken).ConfigureAwait(false))[0];

        // What was approved is what is stored, and nothing else is run. Where nothing is run, it need not be: a redaction may have taken the arguments away.
        var asked = _run.Writer.Book.Interrupt(InterruptId.Of(turn.Id, call.CallId));
        return answer.Kind is AnswerKinds.Accept or AnswerKinds.Edit && asked?.Hash is { } hash && hash != CallHash.Of(_run.Session.Base!.Life, turn.Id, call) ? throw new ApprovalMismatchException(call.CallId) : answer;
    }

    private static AIFunctionArguments ArgumentsOf(FunctionCallContent call, InterruptAnswer? answer, ToolContext context)
        => new(Given(call, answer)) { Context = new Dictionary<object, object?> { [typeof(ToolContext)] = context } };

    private static IDictionary<string, object?>? Given(FunctionCallContent call, InterruptAnswer? answer) => answer is { Kind: AnswerKinds.Edit, Value: { } edited }
        ? edited.EnumerateObject().ToDictionary(pair => pair.Name, pair => (object?)pair.Value, StringComparer.Ordinal)
        : call.Arguments;

    private static ChatMessage ResultOf(FunctionCallContent call, object? result, InterruptAnswer? answer)
    {
        var content = new FunctionResultContent(call.CallId, result);
        if (answer is { Kind: AnswerKinds.Edit, Value: { } edited })
        {
            content.AdditionalProperties = new() { [ModelView.EditedProperty] = edited };
        }

        return new(ChatRole.Tool, [content]);
    }

    // What a call came to, and what it changed on the way.
    private sealed record Outcome(object? Value, ToolDraft? Draft);
}

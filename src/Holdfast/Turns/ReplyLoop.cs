using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Asks a model and runs its tools until it has replied. What is durable is never asked or run again.</summary>
internal sealed class ReplyLoop(Turn turn, IChatClient client, ChatOptions? options)
{
    private readonly TurnRun _run = turn.Running;

    public async Task<ChatResponse> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, turn.Stopping);
        ChatResponse? response = null;
        while (true)
        {
            stop.Token.ThrowIfCancellationRequested();
            var calls = await OpenCallsAsync(stop.Token).ConfigureAwait(false);
            if (calls.Exists(call => FindTool(call) is AIFunctionDeclaration and not AIFunction))
            {
                // Somebody else carries it out.
                return response ?? new([.. turn.Reply]);
            }

            if (calls.Count > 0)
            {
                await RunAsync(calls, stop.Token).ConfigureAwait(false);
                continue;
            }

            await TakeInputAsync(stop.Token).ConfigureAwait(false);
            if (turn.Reply is [.., { Role: var role }] reply && role == ChatRole.Assistant)
            {
                return response ?? new([.. reply]) { Usage = turn.Usage };
            }

            response = await client.GetResponseAsync(await turn.ForModelAsync(stop.Token).ConfigureAwait(false), ForModel(), stop.Token).ConfigureAwait(false);
            if (response.Messages.Count == 0)
            {
                return response;
            }

            await KeepAsync(response, cancellationToken).ConfigureAwait(false);
        }
    }

    // A reply is durable before any of its tools runs. What it needs people for is asked by the same commit.
    private async ValueTask KeepAsync(ChatResponse response, CancellationToken cancellationToken)
    {
        var added = turn.Prepare(response.Messages);
        var answered = response.Messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Select(result => result.CallId).ToHashSet(StringComparer.Ordinal);
        var requests = response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>()
            .Where(call => !call.InformationalOnly && !answered.Contains(call.CallId)).Select(Request).OfType<InterruptRequest>().ToList();
        if (requests.Count > 0)
        {
            await AskAsync(requests, book => added.Put(book, response.Usage), cancellationToken).ConfigureAwait(false);
            return;
        }

        await _run.WriteAsync("replied", (book, _) => added.Put(book, response.Usage)).ConfigureAwait(false);
    }

    private async ValueTask<IReadOnlyList<InterruptAnswer>> AskAsync(IReadOnlyList<InterruptRequest> requests, Action<TurnBook>? along, CancellationToken cancellationToken)
    {
        try
        {
            return await turn.Asking.AskAsync(requests, along, cancellationToken).ConfigureAwait(false);
        }
        catch (TurnSuspendedException)
        {
            await turn.NoteInterruptsAsync(cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask RunAsync(List<FunctionCallContent> calls, CancellationToken cancellationToken)
    {
        var requests = calls.Select(Request).OfType<InterruptRequest>().ToList();
        var answers = requests.Count > 0 ? await AskAsync(requests, null, cancellationToken).ConfigureAwait(false) : [];
        var decided = requests.Zip(answers).ToDictionary(pair => pair.First.Name, pair => pair.Second, StringComparer.Ordinal);
        if (_run.Options.ConcurrentTools)
        {
            await Task.WhenAll(calls.Select(call => RunAsync(call, decided.GetValueOrDefault(call.CallId), cancellationToken))).ConfigureAwait(false);
            return;
        }

        foreach (var call in calls)
        {
            await RunAsync(call, decided.GetValueOrDefault(call.CallId), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RunAsync(FunctionCallContent call, InterruptAnswer? answer, CancellationToken cancellationToken)
    {
        if (answer is not null)
        {
            RefuseOther(call);
        }

        if (answer is { Kind: AnswerKinds.Reject } || FindTool(call) is not AIFunction function)
        {
            var text = answer is null ? $"Error: there is no tool '{call.Name}'." : $"{ModelView.Refused}{(answer.Reason is { Length: > 0 } reason ? " " + reason : "")}";
            var told = turn.Prepare([ResultOf(call, text)]);
            await _run.WriteAsync(answer is null ? "tool not found" : "tool refused", (book, _) => told.Put(book, null)).ConfigureAwait(false);
            return;
        }

        var durable = DurableFunctionOptions.Of(function);
        AddedMessages? result = null;
        var step = new StepWork<object?>(
            StepRunner.ToolKind,
            function.Name,
            async (context, token) => answer is { Kind: AnswerKinds.Respond } ? answer.Value : await InvokeAsync(function, call, answer, context, token).ConfigureAwait(false),
            value =>
            {
                // The result is the message that the model gets; it is not stored twice.
                result = turn.Prepare([ResultOf(call, value)]);
                return null;
            },
            json => Utf8Json.Parse(json),
            durable.ForCall(call.CallId))
        {
            CallId = call.CallId,
            Along = (book, _) => result!.Put(book, null),
            AlongFailure = (book, error) => turn.Prepare([ResultOf(call, $"Error: {error}")]).Put(book, null),
        };
        try
        {
            await turn.Runner.RunAsync(step, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StepFailedException or StepUnknownException)
        {
            // It is recorded, and the model is told.
        }
    }

    private static async Task<object?> InvokeAsync(AIFunction function, FunctionCallContent call, InterruptAnswer? answer, StepContext step, CancellationToken cancellationToken)
    {
        var given = answer is { Kind: AnswerKinds.Edit, Value: { } edited }
            ? edited.EnumerateObject().ToDictionary(pair => pair.Name, pair => (object?)pair.Value, StringComparer.Ordinal)
            : call.Arguments;
        var arguments = new AIFunctionArguments(given)
        {
            Context = new Dictionary<object, object?> { [typeof(ToolContext)] = new ToolContext(call.CallId, step) },
        };
        return await function.InvokeAsync(arguments, cancellationToken).ConfigureAwait(false);
    }

    // What was approved is what is stored, and nothing else is run.
    private void RefuseOther(FunctionCallContent call)
    {
        var asked = _run.Writer.Book.Interrupt(InterruptId.Of(turn.Id, call.CallId));
        if (asked?.Hash is { } hash && hash != CallHash.Of(_run.Session.Base!.Life, turn.Id, call))
        {
            throw new ApprovalMismatchException(call.CallId);
        }
    }

    // The calls of this turn that have no result yet.
    private async ValueTask<List<FunctionCallContent>> OpenCallsAsync(CancellationToken cancellationToken)
    {
        var open = await _run.Writer.ReadAsync(
            book => new ValueTask<HashSet<string>>(book.Session.State.OpenCalls.Calls.Where(call => call.Version > _run.Document.Begun).Select(call => call.Id).ToHashSet(StringComparer.Ordinal)),
            cancellationToken).ConfigureAwait(false);
        return open.Count == 0
            ? []
            : [.. turn.Reply.SelectMany(message => message.Contents).OfType<FunctionCallContent>().Where(call => !call.InformationalOnly && open.Remove(call.CallId))];
    }

    // What the user said while the turn waited comes after the results.
    private async ValueTask TakeInputAsync(CancellationToken cancellationToken)
    {
        if (!_run.Document.HasInput)
        {
            return;
        }

        var input = await _run.Writer.ReadAsync(book => TurnQueue.ReadInputAsync(book, turn.Id, cancellationToken), cancellationToken).ConfigureAwait(false);
        var added = turn.Prepare(input.Select(message => message.ToChatMessage()));
        await _run.WriteAsync("said", (book, _) =>
        {
            added.Put(book, null);
            book.Session.Records.Remove(TurnSections.InputRecord(turn.Id.Value));
            book.Put(turn.Id, _run.Document with { HasInput = false });
        }).ConfigureAwait(false);
    }

    private InterruptRequest? Request(FunctionCallContent call)
    {
        if (FindTool(call) is not AIFunction function || DurableFunctionOptions.Of(function) is not { } durable || !(durable.RequiresApproval || function.GetService<ApprovalRequiredAIFunction>() is not null))
        {
            return null;
        }

        return new()
        {
            Name = call.CallId,
            Kind = InterruptKinds.Approval,
            Prompt = $"May '{call.Name}' be called?",
            Audience = durable.Audience,
            Time = durable.ApprovalTime,
            Allowed = AnswerKinds.Accept | AnswerKinds.Edit | AnswerKinds.Reject | AnswerKinds.Respond,
            Call = call,
        };
    }

    private AITool? FindTool(FunctionCallContent call) => options?.Tools?.FirstOrDefault(tool => tool.Name == call.Name);

    private static ChatMessage ResultOf(FunctionCallContent call, object? result) => new(ChatRole.Tool, [new FunctionResultContent(call.CallId, result)]);

    // The thread's id is nothing for a model's service.
    private ChatOptions? ForModel()
    {
        if (options is null)
        {
            return null;
        }

        var forModel = options.Clone();
        forModel.ConversationId = null;
        return forModel;
    }
}

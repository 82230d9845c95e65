using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Asks a model and runs its tools until it has replied. What is durable is never asked or run again.</summary>
/// <param name="turn">The turn.</param>
/// <param name="client">The model.</param>
/// <param name="options">What the model is told besides.</param>
/// <param name="ends">Whether the last reply ends the turn.</param>
internal sealed class ReplyLoop(Turn turn, IChatClient client, ChatOptions? options, bool ends)
{
    private readonly TurnRun _run = turn.Running;

    public async Task<ChatResponse> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, turn.Stopping);
        Telemetry.Enter(_run.Writer.Activity);
        ChatResponse? response = null;
        while (true)
        {
            stop.Token.ThrowIfCancellationRequested();
            var calls = await TurnProgress.OpenCallsAsync(turn, stop.Token).ConfigureAwait(false);
            if (calls.Exists(call => FindTool(call) is AIFunctionDeclaration and not AIFunction))
            {
                // Somebody else carries it out.
                return response ?? new([.. turn.Reply]);
            }

            if (calls.Count > 0)
            {
                var agent = turn.Session.Agent;
                await RunAsync(calls, stop.Token).ConfigureAwait(false);
                if (turn.Session.Agent != agent)
                {
                    // The next reply is for another agent, whose model and tools its caller knows.
                    return response ?? new([.. turn.Reply]);
                }

                continue;
            }

            await TurnProgress.TakeInputAsync(turn, stop.Token).ConfigureAwait(false);
            if (turn.Reply is [.., var last] reply && TurnProgress.IsLast(last) && AddedMessages.AgentOf(last) is var by && (by is null || by == AddedMessages.AuthorOf(_run)))
            {
                return await EndAsync(response ?? new([.. reply]) { Usage = turn.Usage }).ConfigureAwait(false);
            }

            if (client.GetService(typeof(IKeepsTurns)) is not null)
            {
                // It keeps the turn by itself, and knows the conversation.
                response = await client.GetResponseAsync([], ForModel(turn.Session.Id.Value), stop.Token).ConfigureAwait(false);
                _run.RefuseIfOver();
                return await EndAsync(response).ConfigureAwait(false);
            }

            if (turn.Reply.Count(message => message.Role == ChatRole.Assistant) >= _run.Options.MaxReplies)
            {
                throw new ReplyLimitException(turn.Id, _run.Options.MaxReplies);
            }

            response = await client.GetResponseAsync(await turn.ForModelAsync(stop.Token).ConfigureAwait(false), ForModel(null), stop.Token).ConfigureAwait(false);
            if (response.Messages.Count == 0)
            {
                return await EndAsync(response).ConfigureAwait(false);
            }

            if (await KeepAsync(response, cancellationToken).ConfigureAwait(false) == TurnState.Completed)
            {
                return response;
            }
        }
    }

    private async ValueTask<ChatResponse> EndAsync(ChatResponse response)
    {
        if (ends)
        {
            await turn.CompleteAsync(cancellationToken: CancellationToken.None).ConfigureAwait(false);
        }

        return response;
    }

    // A reply is durable before any of its tools runs. What it needs people for is asked by the same commit.
    private async ValueTask<TurnState> KeepAsync(ChatResponse response, CancellationToken cancellationToken)
    {
        var messages = response.Messages.Select(new CallIds(turn).Renew).ToList();
        var added = turn.Prepare(messages);
        var answered = messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Select(result => result.CallId).ToHashSet(StringComparer.Ordinal);
        var calls = messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().Where(call => !call.InformationalOnly && !answered.Contains(call.CallId)).ToList();
        var requests = calls.Select(Request).OfType<InterruptRequest>().ToList();
        if (ends && calls.Count == 0 && messages[^1].Role == ChatRole.Assistant)
        {
            return await turn.EndAsync(TurnState.Completed, null, ThreadStatus.Idle, messages, response.Usage).ConfigureAwait(false);
        }

        if (requests.Count > 0)
        {
            await AskAsync(requests, book => added.Put(book, response.Usage), cancellationToken).ConfigureAwait(false);
            return turn.State;
        }

        await _run.WriteAsync("replied", (book, _) => added.Put(book, response.Usage)).ConfigureAwait(false);
        return turn.State;
    }

    private async ValueTask AskAsync(IReadOnlyList<InterruptRequest> requests, Action<TurnBook>? along, CancellationToken cancellationToken)
    {
        try
        {
            await turn.Asking.AskAsync(requests, along, cancellationToken).ConfigureAwait(false);
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
        if (requests.Count > 0)
        {
            await AskAsync(requests, null, cancellationToken).ConfigureAwait(false);
        }

        if (_run.Options.ConcurrentTools)
        {
            await Task.WhenAll(calls.Select(call => RunAsync(call, cancellationToken))).ConfigureAwait(false);
            return;
        }

        foreach (var call in calls)
        {
            await RunAsync(call, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RunAsync(FunctionCallContent call, CancellationToken cancellationToken)
    {
        var function = FindTool(call) as AIFunction;
        try
        {
            await new ToolRunner(turn).RunAsync(call, function, (arguments, token) => function!.InvokeAsync(arguments, token), _run.Options.IncludeDetailedErrors, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StepFailedException or StepUnknownException)
        {
            // It is recorded, and the model is told.
        }
    }

    private InterruptRequest? Request(FunctionCallContent call) => ToolRunner.RequestFor(call, FindTool(call));

    private AITool? FindTool(FunctionCallContent call) => options?.Tools?.FirstOrDefault(tool => tool.Name == call.Name);

    // The thread's id is nothing for a model's service, but for a client that keeps the thread.
    private ChatOptions? ForModel(string? thread)
    {
        if (options is null && thread is null)
        {
            return null;
        }

        var forModel = options?.Clone() ?? new();
        forModel.ConversationId = thread;
        return forModel;
    }
}

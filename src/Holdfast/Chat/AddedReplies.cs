using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>What is said and replied in a turn whose model is called by others.</summary>
internal static class AddedReplies
{
    /// <inheritdoc cref="PersistentChatClient.SayAsync"/>
    public static async ValueTask<IReadOnlyList<ChatMessage>> SayAsync(Turn turn, PersistentChatOptions options, IReadOnlyList<ChatMessage> said, CancellationToken cancellationToken)
    {
        await TurnCall.SayAsync(turn, options, said, cancellationToken).ConfigureAwait(false);
        var open = await TurnProgress.OpenCallsAsync(turn, cancellationToken).ConfigureAwait(false);
        if (open.Count == 0)
        {
            await TurnProgress.TakeInputAsync(turn, cancellationToken).ConfigureAwait(false);
        }

        var view = new ModelViewOptions { Last = options.HistoryWindow, RepeatsCutEnd = true, WithoutCalls = [.. open.Select(call => call.CallId)] };
        return await turn.Running.Writer.ReadAsync(_ => turn.Session.History.ForModelAsync(view, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="PersistentChatClient.KeepAsync"/>
    public static async ValueTask AddAsync(Turn turn, IReadOnlyList<ChatMessage> reply, UsageDetails? usage)
    {
        if (turn.State != TurnState.Running)
        {
            return;
        }

        var messages = NewIn(turn, ApprovalContents.Without(reply));
        if (messages.Count == 0)
        {
            return;
        }

        var added = turn.Prepare(messages);
        var requests = Requests(turn, messages, reply.SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>().Select(request => request.ToolCall.CallId).ToHashSet(StringComparer.Ordinal));
        if (requests.Count == 0)
        {
            await turn.Running.WriteAsync("replied", (book, _) => added.Put(book, usage)).ConfigureAwait(false);
            return;
        }

        try
        {
            // The reply and what it asks people for are one commit.
            await turn.Asking.AskAsync(requests, book => added.Put(book, usage), CancellationToken.None).ConfigureAwait(false);
        }
        catch (TurnSuspendedException)
        {
            await turn.NoteInterruptsAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    // Copies: whoever invokes functions marks the calls that it has carried out.
    private static List<ChatMessage> NewIn(Turn turn, IEnumerable<ChatMessage> messages)
    {
        var known = new KnownMessages(turn.Reply);
        var added = new List<ChatMessage>();
        foreach (var message in messages)
        {
            if (known.NewIn(message) is { } found)
            {
                known.Add(found);
                added.Add(CallCopies.CopyOf(found));
            }
        }

        return added;
    }

    // Clients that invoke functions ask for all calls of a reply if one of them needs it; of a tool that is known, it is known whether it does.
    private static List<InterruptRequest> Requests(Turn turn, List<ChatMessage> messages, HashSet<string> asked)
    {
        var answered = messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Select(result => result.CallId).ToHashSet(StringComparer.Ordinal);
        return [.. messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().Where(call => !call.InformationalOnly && !answered.Contains(call.CallId)).Select(Request).OfType<InterruptRequest>()];

        InterruptRequest? Request(FunctionCallContent call) => turn.Tools?.FirstOrDefault(tool => tool.Name == call.Name) is { } tool
            ? ToolRunner.RequestFor(call, tool)
            : asked.Contains(call.CallId) ? ToolRunner.ApprovalOf(call, null) : null;
    }
}

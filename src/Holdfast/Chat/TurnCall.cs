using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>A call of a persistent chat client that is part of a turn: what is recorded is returned, and what is replied is stored by the turn.</summary>
internal sealed class TurnCall : IChatCall
{
    private readonly Turn _turn;
    private readonly Dictionary<string, bool> _asked = new(StringComparer.Ordinal);
    private readonly CallIds _ids;
    private readonly bool _isOfUser;

    private TurnCall(Turn turn, bool isOfUser, ChatOptions? options) => (_turn, _ids, _isOfUser, Options) = (turn, new(turn), isOfUser, options);

    public string ThreadId => _turn.Session.Id.Value;

    public IReadOnlyList<ChatMessage> ForModel { get; private init; } = [];

    public ChatOptions? Options { get; }

    public ChatResponse? Recorded { get; private init; }

    public bool Holds(ChatResponseUpdate update) => update.Contents.Any(content => content is FunctionCallContent)
        && (_turn.Tools?.Any(ToolRunner.NeedsApproval) is true || _ids.AreTakenBy(update.Contents));

    public static async ValueTask<TurnCall> BeginAsync(
        Turn turn, ChatCaller caller, PersistentChatOptions options, IReadOnlyList<ChatMessage> messages, ChatOptions? modelOptions, CancellationToken cancellationToken)
    {
        Telemetry.InConversation(turn.Session.Id);
        if (turn.IsReplay)
        {
            return turn.State == TurnState.Failed ? throw new TurnEndedException(turn.Id, TurnState.Failed) : new(turn, caller.IsOfUser, modelOptions) { Recorded = TurnReplies.Ended(turn) };
        }

        if (turn.State != TurnState.Running)
        {
            return new(turn, caller.IsOfUser, modelOptions) { Recorded = TurnReplies.Waiting(turn, caller.IsOfUser) };
        }

        var hasMore = await SayAsync(turn, options, messages, cancellationToken).ConfigureAwait(false);
        var calls = await TurnProgress.OpenCallsAsync(turn, cancellationToken).ConfigureAwait(false);
        if (calls.Count > 0)
        {
            return new(turn, caller.IsOfUser, modelOptions) { Recorded = TurnReplies.OpenCalls(turn, calls) };
        }

        await TurnProgress.TakeInputAsync(turn, cancellationToken).ConfigureAwait(false);
        if (!hasMore && LastRecorded(turn) is { } reply)
        {
            return new(turn, caller.IsOfUser, modelOptions) { Recorded = TurnReplies.With(turn, [TurnReplies.Replayed(reply)]) };
        }

        var history = await turn.Running.Writer.ReadAsync(
            _ => turn.Session.History.ForModelAsync(new() { Last = options.HistoryWindow, RepeatsCutEnd = true }, cancellationToken), cancellationToken).ConfigureAwait(false);
        return new(turn, caller.IsOfUser, modelOptions) { ForModel = [.. turn.Instructions, .. history] };
    }

    public async ValueTask<IReadOnlyList<ChatMessage>> KeepAsync(ChatResponse reply)
    {
        // A message with an id is known again, whoever brings it.
        var messages = reply.Messages.Select(message =>
        {
            var copy = message.Clone();
            copy.MessageId ??= $"msg_{Guid.NewGuid():N}";
            return copy;
        }).ToList();
        var kept = await KeepAsync(With(reply, messages), isComplete: true).ConfigureAwait(false);
        return [.. messages.Zip(kept).Select(pair => Asking(pair.First, pair.Second)).Where(message => _asked.Count == 0 || message.Contents.Count > 0)];
    }

    public async ValueTask KeepStreamAsync(List<ChatResponseUpdate> arrived, bool isComplete)
    {
        var reply = arrived.ToChatResponse();
        if (isComplete || reply.Messages.Count > 0)
        {
            await KeepAsync(reply, isComplete).ConfigureAwait(false);
        }
    }

    public ChatResponseUpdate Shown(ChatResponseUpdate update)
    {
        update.Contents = [.. update.Contents.Select(_ids.Renew).Select(Asking).OfType<AIContent>()];
        return update;
    }

    // What is said besides what the turn began with: by whoever runs the turn, or results that a client above made itself.
    public static async ValueTask<bool> SayAsync(Turn turn, PersistentChatOptions options, IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken)
    {
        var instructions = messages.Where(SaidMessages.IsInstruction).ToList();
        turn.Instructions = instructions.Count > 0 ? instructions : turn.Instructions;
        var said = ApprovalContents.Without([.. messages.Where(message => !SaidMessages.IsInstruction(message) && !turn.Said.Contains(message))]);
        if (said.Count == 0)
        {
            return false;
        }

        var stored = await turn.Running.Writer.ReadAsync(
            _ => turn.Session.History.LastAsync(SaidMessages.Needed(said, options), cancellationToken), cancellationToken).ConfigureAwait(false);
        var added = SaidMessages.NewIn(said, stored, turn.Session.State.History.HasMessagesBefore(stored.Count), options.RecognizeRepeats);
        if (added.Count > 0)
        {
            await turn.AddAsync(added, null, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    // A reply that was recorded and not ended by whoever runs the turn.
    public static ChatMessage? LastRecorded(Turn turn)
        => turn is { IsResumed: true, Recorded: > 0 } && turn.Reply is [.., var last] reply && reply.Count == turn.Recorded && TurnProgress.IsLast(last)
            && last.AdditionalProperties?.ContainsKey(PersistentChatClient.PartialProperty) is not true
                ? last
                : null;

    private static ChatResponse With(ChatResponse reply, IList<ChatMessage> messages)
        => new(messages) { ResponseId = reply.ResponseId, ModelId = reply.ModelId, FinishReason = reply.FinishReason, Usage = reply.Usage };

    private async ValueTask<IReadOnlyList<ChatMessage>> KeepAsync(ChatResponse reply, bool isComplete)
    {
        Telemetry.InConversation(_turn.Session.Id);
        var messages = ReplyInfo.Noted(reply).Select(_ids.Renew).ToList();
        var answered = messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Select(result => result.CallId).ToHashSet(StringComparer.Ordinal);
        var calls = messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().Where(call => !call.InformationalOnly && !answered.Contains(call.CallId)).ToList();
        if (!isComplete)
        {
            // A list of arguments that is not complete is no call.
            var partial = ReplyInfo.WithProperty(messages, PersistentChatClient.PartialProperty, true);
            StoreLog.PartialTurn(_turn.Running.Store.Logger, _turn.Session.State.Key, partial.Count);
            await WriteAsync([.. partial, .. calls.Select(call => new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, OpenCallRepair.NotMade)]))], reply.Usage).ConfigureAwait(false);
            return messages;
        }

        var requests = calls.Select(call => ToolRunner.RequestFor(call, _turn.Tools?.FirstOrDefault(tool => tool.Name == call.Name))).OfType<InterruptRequest>().ToList();
        if (requests.Count > 0)
        {
            await AskAsync(requests, messages, reply.Usage).ConfigureAwait(false);
        }
        else if (_turn.EndsWithReply && calls.Count == 0)
        {
            await _turn.EndAsync(TurnState.Completed, null, ThreadStatus.Idle, messages, reply.Usage).ConfigureAwait(false);
        }
        else
        {
            await WriteAsync(messages, reply.Usage).ConfigureAwait(false);
        }

        return messages;
    }

    private async ValueTask WriteAsync(IReadOnlyList<ChatMessage> messages, UsageDetails? usage)
    {
        var added = _turn.Prepare(messages);
        await _turn.Running.WriteAsync("replied", (book, _) => added.Put(book, usage)).ConfigureAwait(false);
    }

    // The reply and what it asks people for are one commit.
    private async ValueTask AskAsync(IReadOnlyList<InterruptRequest> requests, IReadOnlyList<ChatMessage> messages, UsageDetails? usage)
    {
        var added = _turn.Prepare(messages);
        foreach (var request in requests)
        {
            _asked[request.Name] = !(_isOfUser && request.Audience is not null);
        }

        try
        {
            await _turn.Asking.AskAsync(requests, book => added.Put(book, usage), CancellationToken.None).ConfigureAwait(false);
        }
        catch (TurnSuspendedException)
        {
            await _turn.NoteInterruptsAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    // What the caller gets is a copy of what is kept, without what is noted there for ourselves.
    private ChatMessage Asking(ChatMessage message, ChatMessage kept)
    {
        message.Contents = [.. CallCopies.CopyOf(kept).Contents.Select(Asking).OfType<AIContent>()];
        return message;
    }

    // While people are asked, the other calls of the reply wait too: nobody is to carry them out now. What others than the user are asked is not for the user to answer.
    private AIContent? Asking(AIContent content) => _asked.Count == 0 || content is not FunctionCallContent { InformationalOnly: false } call
        ? content
        : _asked.GetValueOrDefault(call.CallId) ? ApprovalContents.RequestOf(call) : null;
}

using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Begins, resumes and finds the turns of calls of a persistent chat client.</summary>
internal static class ChatTurns
{
    /// <summary>The current turn, if it is one of the thread of a call and has not ended; null otherwise.</summary>
    public static Turn? CurrentOf(ChatCaller caller, ThreadId thread)
        => Turn.Current is { } turn
            && turn.Session.State.Key == ThreadKey.Of(caller.Store.Tenant, thread)
            && ReferenceEquals(turn.Session.State.Store.Log, caller.Store.Context.Log)
            && (turn.IsReplay || turn.State is not (TurnState.Completed or TurnState.Failed or TurnState.Cancelled))
                ? turn
                : null;

    public static async ValueTask<Turn> BeginAsync(
        ChatCaller caller, ThreadId thread, PersistentChatOptions options, IReadOnlyList<ChatMessage> messages, ChatOptions? call, CancellationToken cancellationToken)
    {
        Telemetry.InConversation(thread);
        var answers = ApprovalContents.AnswersIn(messages);
        if (CurrentOf(caller, thread) is { } current)
        {
            if (answers.Count > 0)
            {
                await ApprovalAnswers.StoreAsync(caller, thread, answers, cancellationToken).ConfigureAwait(false);
            }

            current.Tools = [.. call?.Tools ?? []];
            return current;
        }

        TurnId? resumes = answers.Count > 0 ? await ApprovalAnswers.StoreAsync(caller, thread, answers, cancellationToken).ConfigureAwait(false) : null;
        var said = ApprovalContents.Without([.. messages.Where(message => !SaidMessages.IsInstruction(message))]);
        var turn = await TurnStart.BeginAsync(
            caller.Store.Context,
            ThreadKey.Of(caller.Store.Tenant, thread),
            said,
            options.Turns with
            {
                Key = KeyOf(said, call),
                UserId = caller.UserId,
                Agent = options.Agent,
                HistoryWindow = options.HistoryWindow,
                Selects = (session, token) => SelectAsync(caller, options, session, said, token),
                Resumes = resumes,
                ReturnsWhenAsked = true,
            },
            cancellationToken).ConfigureAwait(false);
        turn.EndsWithReply = true;
        turn.Tools = [.. call?.Tools ?? []];
        turn.Said = new HashSet<ChatMessage>(messages, ReferenceEqualityComparer.Instance);
        return turn;
    }

    private static async ValueTask<IReadOnlyList<ChatMessage>> SelectAsync(
        ChatCaller caller, PersistentChatOptions options, ThreadSession session, IReadOnlyList<ChatMessage> said, CancellationToken cancellationToken)
    {
        if (caller.IsAnonymous && session.UserId is not null)
        {
            throw new ThreadAccessDeniedException(session.State.Key);
        }

        var stored = await session.History.LastAsync(SaidMessages.Needed(said, options), cancellationToken).ConfigureAwait(false);
        return SaidMessages.NewIn(said, stored, session.State.History.HasMessagesBefore(stored.Count), options.RecognizeRepeats);
    }

    private static string? KeyOf(IReadOnlyList<ChatMessage> said, ChatOptions? call)
    {
        if (call?.AdditionalProperties?.TryGetValue(PersistentChatClient.KeyProperty, out var value) is true && value is not null)
        {
            return value as string ?? throw new ArgumentException($"The property '{PersistentChatClient.KeyProperty}' of the call must be a string; it is of type {value.GetType()}.", nameof(call));
        }

        return said.LastOrDefault(message => message.Role == ChatRole.User) is { MessageId: { } id } && Identifiers.Problem(id) is null ? id : null;
    }
}

using Microsoft.Extensions.AI;

namespace Holdfast;

// The parts of a call, for code that calls the model itself, such as an agent of another framework.
public sealed partial class PersistentChatClient
{
    /// <summary>What the caller of a turn gets without anybody asking a model: the recorded reply of one that has ended, or that was resumed with all that it has to say; what people are asked, by one that waits.</summary>
    /// <param name="turn">A turn of <see cref="BeginTurnAsync"/>.</param>
    /// <param name="options">The options that it was begun with.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The response; null if the turn has something to do.</returns>
    /// <exception cref="TurnEndedException">The turn was begun too often, and never ended.</exception>
    public async ValueTask<ChatResponse?> RecordedAsync(Turn turn, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(turn);
        if (turn.IsReplay)
        {
            return turn.State == TurnState.Failed ? throw new TurnEndedException(turn.Id, TurnState.Failed) : TurnReplies.Ended(turn);
        }

        if (turn.State != TurnState.Running)
        {
            return TurnReplies.Waiting(turn, ChatCaller.Of(_store, _options, options, turn.Session.Id).IsOfUser);
        }

        return (await TurnProgress.OpenCallsAsync(turn, cancellationToken).ConfigureAwait(false)).Count == 0
            && !turn.Running.Document.HasInput
            && TurnCall.LastRecorded(turn) is { } reply ? TurnReplies.With(turn, [TurnReplies.Replayed(reply)]) : null;
    }

    /// <summary>What a turn waits for, as far as the caller may see it: a call that is made for a user does not see what others are asked (<see cref="Interrupt.Audience"/>).</summary>
    /// <param name="turn">A turn of <see cref="BeginTurnAsync"/>.</param>
    /// <param name="options">The options that it was begun with.</param>
    /// <returns>The interrupts of the turn, or some of them.</returns>
    public IReadOnlyList<Interrupt> InterruptsOf(Turn turn, ChatOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(turn);
        return ChatCaller.Of(_store, _options, options, turn.Session.Id).IsOfUser ? [.. turn.Interrupts.Where(asked => asked.Audience is null)] : turn.Interrupts;
    }

    /// <summary>Makes what is said durable, and gives the conversation for the model, as a call does before it asks the model.</summary>
    /// <remarks>
    /// What the thread has already is not stored again; see <see cref="PersistentChatOptions.RecognizeRepeats"/>. While <see cref="Turn.Current"/> is a turn of the thread, it is stored by the turn,
    /// and the open calls of the turn (<see cref="Turn.OpenCallsAsync"/>) are not part of the conversation: make them, and say their results.
    /// </remarks>
    /// <param name="messages">What is said; instructions are not stored.</param>
    /// <param name="options">The options of the call: <see cref="ChatOptions.ConversationId"/> is the thread.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The conversation, without instructions.</returns>
    /// <exception cref="ThreadAccessDeniedException">The thread belongs to another user, or the call has no user where one is needed.</exception>
    /// <exception cref="TurnSuspendedException">The turn waits for people.</exception>
    public async ValueTask<IReadOnlyList<ChatMessage>> SayAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var thread = ThreadOf(options);
        var caller = ChatCaller.Of(_store, _options, options, thread);
        List<ChatMessage> said = [.. messages.Where(message => !SaidMessages.IsInstruction(message))];
        return ChatTurns.CurrentOf(caller, thread) is { } turn
            ? await AddedReplies.SayAsync(turn, _options, said, cancellationToken).ConfigureAwait(false)
            : (await PlainCall.BeginAsync(caller, thread, _options, said, null, cancellationToken).ConfigureAwait(false)).ForModel;
    }

    /// <summary>Makes what was replied durable, as a call does after it has asked the model. What the thread has already, by the ids of messages and calls, is not stored again.</summary>
    /// <remarks>
    /// While <see cref="Turn.Current"/> is a turn of the thread, it is stored by the turn. Requests for approval, and calls of tools that need one (the turn knows the tools that it was begun with), become
    /// interrupts with the same commit, and the turn waits. A turn that does not run stores nothing.
    /// </remarks>
    /// <param name="messages">What was replied: messages of the model, and results of calls.</param>
    /// <param name="usage">How many tokens it took; null if that is not known.</param>
    /// <param name="options">The options of the call: <see cref="ChatOptions.ConversationId"/> is the thread.</param>
    /// <param name="cancellationToken">Cancels the call before anything was stored.</param>
    /// <exception cref="ThreadAccessDeniedException">The thread belongs to another user, or the call has no user where one is needed.</exception>
    /// <exception cref="LeaseLostException">Another process has taken the turn over.</exception>
    public async ValueTask KeepAsync(IEnumerable<ChatMessage> messages, UsageDetails? usage = null, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        cancellationToken.ThrowIfCancellationRequested();
        var thread = ThreadOf(options);
        var caller = ChatCaller.Of(_store, _options, options, thread);
        if (ChatTurns.CurrentOf(caller, thread) is { } turn)
        {
            await AddedReplies.AddAsync(turn, [.. messages], usage).ConfigureAwait(false);
        }
        else
        {
            await PlainCall.KeepAsync(caller, thread, _options, new([.. messages]) { Usage = usage }, cancellationToken).ConfigureAwait(false);
        }
    }
}

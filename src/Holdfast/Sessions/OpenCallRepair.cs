using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>
/// Answers, or hides, tool calls that never got a result, so that the conversation stays valid for every provider. An answer says what is known, and is never worded as a refusal.
/// </summary>
internal static class OpenCallRepair
{
    public const string NotMade = "This call was not made: the program stopped before it.";

    /// <summary>Repairs a session that was opened, with changes that are not committed. Calls of turns that have not ended are left to them.</summary>
    /// <exception cref="OpenCallsException">There are open calls, and they are to be reported.</exception>
    public static async ValueTask ApplyAsync(SessionState session, Repair repair, CancellationToken cancellationToken)
    {
        var begun = TurnFacts.All(session.State, TurnSections.Turns, TurnJson.Compact.TurnDocument).Select(turn => turn.Value.Begun).DefaultIfEmpty(long.MaxValue).Min();
        Put(session, await RepairAsync(session, repair, [.. session.State.OpenCalls.Calls.Where(call => call.Version <= begun)], cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Answers all open calls with the commit that is being made.</summary>
    public static async ValueTask ApplyAsync(SessionState session, CancellationToken cancellationToken)
        => Put(session, await AnswersAsync(session, session.State.OpenCalls.Calls, cancellationToken).ConfigureAwait(false));

    /// <summary>What the next turn says of the open calls; with <see cref="Repair.Drop"/>, the rest is hidden by the commit that is being made.</summary>
    /// <param name="session">The thread.</param>
    /// <param name="repair">What becomes of the calls.</param>
    /// <param name="ending">The turns that end with it.</param>
    /// <param name="except">Calls that get their results otherwise.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="OpenCallsException">There are open calls, and they are to be reported.</exception>
    public static async ValueTask<IReadOnlyList<ChatMessage>> RepairAsync(SessionState session, Repair repair, IEnumerable<TurnId> ending, IReadOnlySet<string> except, CancellationToken cancellationToken)
    {
        var calls = await OfAsync(session, ending, cancellationToken).ConfigureAwait(false);
        return await RepairAsync(session, repair, [.. calls.Where(call => !except.Contains(call.Id))], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A message with an answer for each open call, without those of turns that go on.</summary>
    /// <param name="session">The thread.</param>
    /// <param name="ending">The turns that end with the commit that is being made.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public static async ValueTask<IReadOnlyList<ChatMessage>> AnswersAsync(SessionState session, IEnumerable<TurnId> ending, CancellationToken cancellationToken)
        => await AnswersAsync(session, await OfAsync(session, ending, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    // What a turn that goes on has called is its own matter. Most often there is none, and nothing to read.
    private static async ValueTask<IReadOnlyList<CallPlace>> OfAsync(SessionState session, IEnumerable<TurnId> ending, CancellationToken cancellationToken)
    {
        var calls = session.State.OpenCalls.Calls;
        if (calls.Count == 0)
        {
            return calls;
        }

        var ends = ending.Select(turn => turn.Value).ToHashSet(StringComparer.Ordinal);
        var others = TurnFacts.All(session.State, TurnSections.Turns, TurnJson.Compact.TurnDocument).Where(turn => turn.Value.State != TurnState.Failed && !ends.Contains(turn.Key)).ToDictionary();
        if (others.Count == 0)
        {
            return calls;
        }

        var reader = new RecordReader(session.Entries, session.Key);
        var own = new List<CallPlace>();
        foreach (var call in calls)
        {
            if (call.Version < others.Values.Min(turn => turn.Begun) || (await reader.ReadAsync(call.Version, cancellationToken).ConfigureAwait(false)).Turn is not { } turn || !others.ContainsKey(turn))
            {
                own.Add(call);
            }
        }

        return own;
    }

    private static async ValueTask<IReadOnlyList<ChatMessage>> RepairAsync(SessionState session, Repair repair, IReadOnlyList<CallPlace> calls, CancellationToken cancellationToken)
    {
        if (calls.Count == 0)
        {
            return [];
        }

        switch (repair)
        {
            case Repair.Report:
                throw new OpenCallsException(session.Key, [.. calls.Select(call => call.Id)]);
            case Repair.Drop:
                var undone = calls.Where(call => OpenCallFacts.Of(session.State, call.Id).State != OpenCallState.Done).Select(call => (call.Version, call.Index)).ToHashSet();
                await HideAsync(session, undone, cancellationToken).ConfigureAwait(false);
                return await AnswersAsync(session, calls.Where(call => !undone.Contains((call.Version, call.Index))), cancellationToken).ConfigureAwait(false);
            default:
                return await AnswersAsync(session, calls, cancellationToken).ConfigureAwait(false);
        }
    }

    // Along with the messages go the results that others of their calls have.
    private static async ValueTask HideAsync(SessionState session, HashSet<(long Version, int Index)> places, CancellationToken cancellationToken)
    {
        if (places.Count == 0)
        {
            return;
        }

        var since = new List<LocatedMessage>();
        var first = places.Min();
        await foreach (var message in session.History.BackwardAsync(null, cancellationToken).ConfigureAwait(false))
        {
            since.Add(message);
            if ((message.Version, message.Index) == first)
            {
                break;
            }
        }

        var gone = since.Where(message => places.Contains((message.Version, message.Index)))
            .SelectMany(message => message.Message.ToChatMessage().Contents).OfType<ToolCallContent>().Select(call => call.CallId).ToHashSet(StringComparer.Ordinal);
        places.UnionWith(since
            .Where(message => message.Message.ToChatMessage().Contents is { Count: > 0 } contents && contents.All(content => content is ToolResultContent result && gone.Contains(result.CallId)))
            .Select(message => (message.Version, message.Index)));
        var history = session.State.History;
        session.History.Show(new(history.Without(places), session.State.MessageCount - places.Count(place => history.Shows(place.Version, place.Index))));
    }

    private static async ValueTask<IReadOnlyList<ChatMessage>> AnswersAsync(SessionState session, IEnumerable<CallPlace> calls, CancellationToken cancellationToken)
    {
        var answers = new List<ChatMessage>();
        foreach (var call in calls)
        {
            answers.Add(new(ChatRole.Tool, [new FunctionResultContent(call.Id, await AnswerAsync(session, call, cancellationToken).ConfigureAwait(false))]));
        }

        return answers;
    }

    private static async ValueTask<object?> AnswerAsync(SessionState session, CallPlace call, CancellationToken cancellationToken) => OpenCallFacts.Of(session.State, call.Id) switch
    {
        { Step: { State: StepState.Completed, HasOutput: true }, StepKey: { } key } => JsonElement.Parse(
            (await session.Records.ReadAsync(TurnSections.StepRecord(key), cancellationToken).ConfigureAwait(false))!.Value.Span),
        { Step: { State: StepState.Failed } failed } => $"Error: {failed.Error}",
        { State: OpenCallState.Waiting } or { Asked: InterruptState.Withdrawn or InterruptState.Expired } => ModelView.NotAnswered,
        { State: OpenCallState.NotStarted } => NotMade,
        _ => ModelView.Interrupted,
    };

    private static void Put(SessionState session, IReadOnlyList<ChatMessage> answers)
        => session.Pending.Messages.AddRange(answers.Select((message, i) => MessageCodec.Write(message, $"messages[{i}]")));
}

using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Answers tool calls that never got a result, so that the conversation stays valid for every provider. The answer says what is known, and is never worded as a refusal.</summary>
internal static class OpenCallRepair
{
    public const string NotMade = "This call was not made: the program stopped before it.";

    /// <summary>A message with an answer for each open call.</summary>
    public static async ValueTask<IReadOnlyList<ChatMessage>> AnswersAsync(TurnBook book, CancellationToken cancellationToken)
    {
        var calls = book.Session.State.OpenCalls.Calls;
        if (calls.Count == 0)
        {
            return [];
        }

        var answers = new List<ChatMessage>(calls.Count);
        foreach (var call in calls)
        {
            answers.Add(new(ChatRole.Tool, [new FunctionResultContent(call.Id, await AnswerAsync(book, call, cancellationToken).ConfigureAwait(false))]));
        }

        return answers;
    }

    private static async ValueTask<object?> AnswerAsync(TurnBook book, OpenCall call, CancellationToken cancellationToken)
    {
        foreach (var (turn, _) in book.Turns)
        {
            if (book.Steps(turn).FirstOrDefault(step => step.Step.Call == call.Id) is { Step: { } step } found)
            {
                return step switch
                {
                    { State: StepState.Completed, HasOutput: true } => JsonElement.Parse(
                        (await book.Session.Records.ReadAsync(TurnSections.StepRecord(TurnSections.StepKey(turn, found.Key)), cancellationToken).ConfigureAwait(false))!.Value.Span),
                    { State: StepState.Failed } => $"Error: {step.Error}",
                    _ => ModelView.Interrupted,
                };
            }
        }

        return book.Interrupts.FirstOrDefault(asked => asked.Interrupt.Call == call.Id) switch
        {
            { Interrupt.State: InterruptState.Pending or InterruptState.Withdrawn or InterruptState.Expired } => ModelView.NotAnswered,
            { Interrupt.State: InterruptState.Answered } => NotMade,
            _ => ModelView.Interrupted,
        };
    }
}

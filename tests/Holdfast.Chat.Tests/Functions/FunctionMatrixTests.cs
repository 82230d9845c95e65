using Holdfast.Chat.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Chat.Tests.Functions;

/// <summary>The chat client with the real client that invokes functions: three turns, each in a process of its own, with whatever can go wrong in the middle.</summary>
public sealed class FunctionMatrixTests
{
    public static TheoryData<State, bool, Calls, Failure> Cells => Cell.All;

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task ThreeTurns_TheModelIsSentWhatItAcceptsAndNothingIsStoredTwice(State state, bool streaming, Calls calls, Failure failure)
    {
        var cell = new Cell(state, streaming, calls, failure);
        await using var scene = new Scene(cell);

        var first = await scene.SayAsync(() => [new(ChatRole.User, cell.FirstLine)], meetsFailure: !cell.Asks);
        var second = await scene.SayAsync(AnswerTo(cell, first), meetsFailure: cell.Asks);
        var third = await scene.SayAsync(() => [new(ChatRole.User, "weather tomorrow?")], meetsFailure: false);

        scene.Model.Violations.ShouldBeEmpty();
        third[^1].Text.ShouldBe("done");
        second[^1].Text.ShouldBe(cell.SecondReply);
        var stored = await scene.StoredAsync();
        ShouldBeStoredOnce(cell, stored);
        scene.Runs.Count.ShouldBe(cell.Runs + 1, Transcript.Of(stored));
        Holdfast.ReplyInfo.Of(stored[^1]).ShouldNotBeNull().Usage.ShouldNotBeNull();
        stored.ShouldAllBe(message => message.CreatedAt != null);
    }

    private static Func<IReadOnlyList<ChatMessage>> AnswerTo(Cell cell, IReadOnlyList<ChatMessage> reply)
    {
        if (cell.Calls is Calls.One or Calls.Parallel)
        {
            return () => [new(ChatRole.User, "thanks")];
        }

        if (cell.Calls == Calls.NeverAnswered)
        {
            return () => [new(ChatRole.User, "never mind")];
        }

        var requests = reply.SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>().Select(Scene.Fresh).ToList();
        requests.Count.ShouldBe(cell.Count);
        var answers = requests.ConvertAll<AIContent>(request => request.CreateResponse(cell.Calls != Calls.Refused));
        return cell.Calls == Calls.ApprovedAfterAFailure
            ? () => [new(ChatRole.User, answers)]
            : () => [new(ChatRole.User, [.. answers.Select(Scene.Fresh)])];
    }

    private static void ShouldBeStoredOnce(Cell cell, IReadOnlyList<ChatMessage> stored)
    {
        var contents = stored.SelectMany(message => message.Contents).ToList();
        var results = contents.OfType<FunctionResultContent>().Select(result => result.CallId).ToList();
        var calls = contents.OfType<FunctionCallContent>().Select(call => call.CallId).ToList();
        results.ShouldBeUnique();
        calls.ShouldBeUnique();
        results.ShouldBeSubsetOf(calls);
        contents.OfType<ToolApprovalRequestContent>().Select(request => request.RequestId).ShouldBeUnique();
        contents.OfType<ToolApprovalResponseContent>().Select(answer => answer.RequestId).ShouldBeUnique();
        if (cell.State == State.BelowFunctions)
        {
            contents.ShouldNotContain(content => content is InputRequestContent || content is InputResponseContent);
        }

        // A message that was answered in part, before the reader left, is a new one when it is repeated.
        var lines = stored.Where(message => message.Role == ChatRole.User && message.Text.Length > 0).Select(message => message.Text).ToList();
        var secondLine = cell.Asks ? (cell.Calls == Calls.NeverAnswered ? "never mind" : null) : "thanks";
        var repeated = cell is { Calls: Calls.NeverAnswered, Failure: Failure.ReaderLeaves } ? secondLine : null;
        lines.ShouldBe(new[] { cell.FirstLine, secondLine, repeated, "weather tomorrow?" }.OfType<string>(), Transcript.Of(stored));
    }
}

using Holdfast.Tests.Chat;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Turns;

public sealed class ReplyLimitTests
{
    private readonly TestStore _test = new();
    private readonly ChatOptions _options;
    private int _runs;

    public ReplyLimitTests() => _options = new() { Tools = [AIFunctionFactory.Create(() => ++_runs, "look")] };

    private ThreadHandle Thread => _test.Store.Thread("chat");

    [Fact]
    public async Task AModelThatNeverStopsCallingTools_IsAskedNoMoreAfterTheLimit()
    {
        var model = Looking(times: 1_000);
        await using var turn = await Thread.BeginTurnAsync("hi", new() { MaxReplies = 3 });

        var error = await Should.ThrowAsync<ReplyLimitException>(async () => await turn.ReplyAsync(model, _options));

        (error.Turn, error.Limit, model.Received.Count, _runs).ShouldBe((turn.Id, 3, 3, 3));
        turn.Session.OpenCalls.ShouldBeEmpty();
        turn.State.ShouldBe(TurnState.Running);
    }

    [Fact]
    public async Task TheDefault_Is40()
    {
        var model = Looking(times: 1_000);
        await using var turn = await Thread.BeginTurnAsync("hi");

        await Should.ThrowAsync<ReplyLimitException>(async () => await turn.ReplyAsync(model, _options));

        model.Received.Count.ShouldBe(40);
    }

    [Fact]
    public async Task RepliesOfAllAttempts_Count_AndAHigherLimitGoesOn()
    {
        var model = Looking(times: 5);
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            await using var turn = await Thread.BeginTurnAsync("hi", new() { Key = "k", MaxReplies = 4 });
            await Should.ThrowAsync<ReplyLimitException>(async () => await turn.ReplyAsync(model, _options));
            await turn.FailAsync(new InvalidOperationException("too many replies"));
        }

        model.Received.Count.ShouldBe(4);
        await using var again = await Thread.BeginTurnAsync("hi", new() { Key = "k", MaxReplies = 6 });
        (await again.ReplyAndCompleteAsync(model, _options)).Text.ShouldBe("done");
        (model.Received.Count, _runs).ShouldBe((6, 5));
    }

    [Fact]
    public async Task ALastReplyWithoutCalls_IsWithinTheLimit()
    {
        await using var turn = await Thread.BeginTurnAsync("hi", new() { MaxReplies = 3 });

        (await turn.ReplyAndCompleteAsync(Looking(times: 2), _options)).Text.ShouldBe("done");
    }

    [Fact]
    public async Task CanContinue_SaysWhetherFewerStepsWereBegun()
    {
        await using var turn = await Thread.BeginTurnAsync("hi");
        turn.CanContinue(1).ShouldBeTrue();
        await turn.RunOnceAsync("one", (_, _) => Task.CompletedTask);
        (turn.CanContinue(1), turn.CanContinue(2)).ShouldBe((false, true));
        await turn.CompleteAsync();
        turn.CanContinue(2).ShouldBeFalse();
    }

    private static ScriptedModel Looking(int times)
    {
        var calls = 0;
        return new(_ => new(calls++ < times ? new(ChatRole.Assistant, [new FunctionCallContent($"c{calls}", "look", new Dictionary<string, object?>())]) : new ChatMessage(ChatRole.Assistant, "done")));
    }
}

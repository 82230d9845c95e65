using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Turns;

/// <summary>Messages that enter a turn that another message began.</summary>
public sealed class InputTests
{
    private readonly TestStore _test = new();

    private ThreadHandle Thread => _test.Store.Thread("chat");

    [Fact]
    public async Task AMessage_ThatEntersATurnThatGoesOn_IsKnownByItsKey()
    {
        await using (var turn = await EnterDecidedTurnAsync("two"))
        {
            await turn.CompleteAsync();
        }

        await using var again = await Thread.BeginTurnAsync("two", new() { Key = "two" });

        again.IsReplay.ShouldBeTrue();
        (await _test.TextsAsync("chat")).ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task AMessage_ThatEntersATurnThatGoesOn_IsKnownByItsKey_WhileTheTurnIsOpen()
    {
        await using var turn = await EnterDecidedTurnAsync("two");

        var again = await Thread.SubmitTurnAsync([new(ChatRole.User, "two")], new() { Key = "two" });

        again.Id.ShouldBe(turn.Id);
    }

    [Fact]
    public async Task AQueuedMessage_ThatIsJoinedToAnotherTurn_IsKnownByItsKey()
    {
        await QueueByDeadCallerAsync("two");
        await using (var turn = await Thread.BeginTurnAsync("three"))
        {
            await turn.CompleteAsync();
        }

        await using var again = await Thread.BeginTurnAsync("two", new() { Key = "two" });

        again.IsReplay.ShouldBeTrue();
        (await _test.TextsAsync("chat")).ShouldBe(["one", "two", "three"]);
    }

    [Theory]
    [InlineData(TurnState.Completed)]
    [InlineData(TurnState.Cancelled)]
    public async Task AMessage_ThatItsTurnNeverReads_IsInTheHistoryWhenTheTurnEnds(TurnState outcome)
    {
        await using var turn = await EnterDecidedTurnAsync("two");

        await (outcome == TurnState.Completed ? turn.CompleteAsync().AsTask() : turn.CancelAsync().AsTask());

        (await _test.TextsAsync("chat")).ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task AMessage_ThatItsTurnNeverReads_IsInTheHistoryBeforeTheNextOne()
    {
        await using (var turn = await EnterDecidedTurnAsync("two"))
        {
            await turn.FailAsync(new InvalidOperationException("broken"));
        }

        await using var next = await Thread.BeginTurnAsync("three");

        (await _test.TextsAsync("chat")).ShouldBe(["one", "two", "three"]);
    }

    [Fact]
    public async Task AMessage_ThatItsTurnNeverReads_IsInTheHistoryWhenTheTurnIsCancelledByOthers()
    {
        var turn = await EnterDecidedTurnAsync("two");
        await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.AskAsync(new() { Name = "size", Prompt = "Which size?" }));

        await Thread.CancelTurnAsync(turn.Id);

        (await _test.TextsAsync("chat")).ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task AMessage_ThatItsTurnNeverReads_IsInTheHistoryWhenTheTurnIsNotTriedAgain()
    {
        await using (var turn = await EnterDecidedTurnAsync("two"))
        {
            await turn.FailAsync(new InvalidOperationException("broken"));
        }

        await using var ended = await Thread.BeginTurnAsync("one", new() { Key = "one", MaxAttempts = 1 });

        ended.State.ShouldBe(TurnState.Failed);
        (await _test.TextsAsync("chat")).ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task TwoMessages_ThatEnterATurnOneAfterTheOther_AreBothThere()
    {
        var turn = await EnterDecidedTurnAsync("two");
        await AskAndAnswerAsync(turn, "size");
        await using (turn = await Thread.BeginTurnAsync("three", new() { Key = "three" }))
        {
            await turn.CompleteAsync();
        }

        (await _test.TextsAsync("chat")).ShouldBe(["one", "two", "three"]);
    }

    // A turn that waited for an answer, and goes on with a message of somebody else.
    private async Task<Turn> EnterDecidedTurnAsync(string text)
    {
        await AskAndAnswerAsync(await Thread.BeginTurnAsync("one", new() { Key = "one" }), "colour");
        var turn = await Thread.BeginTurnAsync(text, new() { Key = text });
        (turn.Key, turn.IsResumed).ShouldBe(("one", true));
        return turn;
    }

    private async Task AskAndAnswerAsync(Turn turn, string name)
    {
        await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.AskAsync(new() { Name = name, Prompt = "Which one?" }));
        await _test.Store.Interrupts.AnswerAsync(turn.Interrupts.Single().Id, InterruptAnswer.Accept());
    }

    private async Task QueueByDeadCallerAsync(string text)
    {
        var first = await Thread.BeginTurnAsync("one");
        using var stop = new CancellationTokenSource();
        var queued = Thread.BeginTurnAsync(text, new() { Key = text }, stop.Token).AsTask();
        while (await Thread.TurnsAsync().CountAsync(turn => turn.State == TurnState.Queued) == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        _test.Faults.Every(LogCall.Append).FailsBefore();
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(queued);
        _test.Faults.Heal();
        await first.CompleteAsync();
        _test.Clock.Advance(TimeSpan.FromMinutes(3));
    }
}

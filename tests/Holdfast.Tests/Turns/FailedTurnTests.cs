using Holdfast.Tests.Chat;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Turns;

/// <summary>Turns that failed, ended when another one began, and are begun again by their key.</summary>
public sealed class FailedTurnTests
{
    private readonly TestStore _test = new();

    private ThreadHandle Thread => _test.Store.Thread("chat");

    [Fact]
    public async Task ATurnWhoseRunnerIsGone_EndsWhenAFailedOneIsBegunAgain()
    {
        await FailAsync();
        var dead = await Thread.BeginTurnAsync("two");
        await dead.AddAsync([Conversations.Call("a")]);
        await LapseAsync();

        await using var again = await Thread.BeginTurnAsync("one", new() { Key = "one" });

        again.IsResumed.ShouldBeTrue();
        var turns = await Thread.TurnsAsync().ToListAsync();
        turns.Single(turn => turn.Id == dead.Id).State.ShouldBe(TurnState.Failed);
        turns.Single(turn => turn.Id == again.Id).State.ShouldBe(TurnState.Running);
        (await (await _test.Store.OpenAsync("chat")).History.LastAsync(10)).Names().ShouldBe(["one", "two", "call a", "result a"]);
    }

    [Fact]
    public async Task AFailedTurn_IsNotBegunAgainWhileAnotherOneWaitsForPeople()
    {
        await FailAsync();
        await using (var asking = await Thread.BeginTurnAsync("two"))
        {
            await Should.ThrowAsync<TurnSuspendedException>(async () => await asking.AskAsync(new() { Name = "colour", Prompt = "Which colour?" }));
        }

        await Should.ThrowAsync<TurnBusyException>(async () => await Thread.BeginTurnAsync("one", new() { Key = "one", WhenBusy = WhenBusy.Reject }));
    }

    [Fact]
    public async Task AFailedTurnThatIsBegunAgain_HasTheAnswersThatItWasGiven()
    {
        var colour = new InterruptRequest { Name = "colour", Prompt = "Which colour?" };
        await using (var asking = await Thread.BeginTurnAsync("one", new() { Key = "one" }))
        {
            await Should.ThrowAsync<TurnSuspendedException>(async () => await asking.AskAsync(colour));
        }

        await _test.Store.Interrupts.AnswerAsync((await _test.Store.Interrupts.ListAsync().SingleAsync()).Id, InterruptAnswer.Accept("ann"));
        await FailAsync();
        await using (var other = await Thread.BeginTurnAsync("two"))
        {
            await other.CompleteAsync();
        }

        await using var again = await Thread.BeginTurnAsync("one", new() { Key = "one" });

        again.IsResumed.ShouldBeTrue();
        (await again.AskAsync(colour)).By.ShouldBe("ann");
        (await again.CompleteAsync()).ShouldBe(TurnState.Completed);
    }

    [Fact]
    public async Task AFailedTurnThatIsBegunAgain_AsksOnceMoreWhatNobodyAnswered()
    {
        var colour = new InterruptRequest { Name = "colour", Prompt = "Which colour?" };
        await using (var asking = await Thread.BeginTurnAsync("one", new() { Key = "one" }))
        {
            await Should.ThrowAsync<TurnSuspendedException>(async () => await asking.AskAsync(colour));
        }

        // It is closed with its question open: it was begun too often for this caller.
        var session = await _test.Store.OpenAsync("chat");
        var (book, batch) = (new TurnBook(session.State), new TurnBatch { Releases = true });
        var (id, turn) = book.Turns.Single();
        batch.Close(book, id, turn with { State = TurnState.Failed }, 0);
        session.State.Addition = new BatchAddition(book, batch);
        await session.CommitAsync();
        await using var again = await Thread.BeginTurnAsync("one", new() { Key = "one" });
        await Should.ThrowAsync<TurnSuspendedException>(async () => await again.AskAsync(colour));

        (await _test.Store.Interrupts.ListAsync().SingleAsync()).Name.ShouldBe("colour");
    }

    [Fact]
    public async Task ATurnThatIsLetGoAfterAnError_SaysWhichOne()
    {
        await using (var turn = await Thread.BeginTurnAsync("hi"))
        {
            await Should.ThrowAsync<HttpRequestException>(async () => await turn.ReplyAsync(new ScriptedModel(_ => throw new HttpRequestException("the model is down"))));
        }

        (await Thread.TurnsAsync().SingleAsync()).Error.ShouldBe("it was let go without an outcome, after an error: the model is down");
    }

    [Fact]
    public async Task ATurnThatCannotBeReadWhenItIsResumed_GivesNoSignOfLife()
    {
        await FailAsync();
        _test.Faults.Next(Testing.LogCall.Read).FailsBefore();
        await Should.ThrowAsync<StoreUnavailableException>(async () => await Thread.BeginTurnAsync("one", new() { Key = "one" }));
        (await IsHeldAsync()).ShouldBeTrue();

        for (var i = 0; i < 4; i++)
        {
            _test.Clock.Advance(TimeSpan.FromSeconds(20));
        }

        (await IsHeldAsync()).ShouldBeFalse();
    }

    private async Task FailAsync()
    {
        await using var turn = await Thread.BeginTurnAsync("one", new() { Key = "one" });
        await turn.FailAsync(new InvalidOperationException("broken"));
    }

    // The runner gives no sign of life any more, and that was seen.
    private async Task LapseAsync()
    {
        await IsHeldAsync();
        _test.Faults.Every(Testing.LogCall.UpdateHead).FailsBefore();
        _test.Clock.Advance(TimeSpan.FromMinutes(3));
    }

    private async Task<bool> IsHeldAsync()
    {
        var session = await _test.Store.OpenAsync("chat");
        return TurnStart.IsHeld(session.State.Store, new(session.State));
    }
}

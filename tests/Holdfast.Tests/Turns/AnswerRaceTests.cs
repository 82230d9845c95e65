using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Turns;

/// <summary>Two people answer the same question at the same time, by way of two stores.</summary>
public sealed class AnswerRaceTests
{
    private const int Races = 300;

    [Theory]
    [InlineData("ann")]
    [InlineData("bob")]
    public async Task BothSawTheOpenQuestion_TheFirstAnswerHolds_AndTheOtherPersonIsToldWhich(string first)
    {
        var test = new TestStore();
        var asked = await AskAsync(test.Store.Thread("chat"));
        var ann = test.Faults.Nth(1, LogCall.Append).WaitsBefore();
        var bob = test.Faults.Nth(2, LogCall.Append).WaitsBefore();
        var annAnswers = AnswerAsync(test.Store, asked, "ann");
        await ann.Reached;
        var bobAnswers = AnswerAsync(test.Another(), asked, "bob");
        await bob.Reached;

        var (winner, loser) = first == "ann" ? (annAnswers, bobAnswers) : (bobAnswers, annAnswers);
        (first == "ann" ? ann : bob).Open();
        (await winner).ShouldBeNull();
        (first == "ann" ? bob : ann).Open();

        ShouldTell(await loser, await HeldAsync(test.Store, asked)).By.ShouldBe(first);
    }

    [Fact]
    public async Task TwoThreadsAtOnce_OneAnswerHolds_AndTheOtherPersonIsToldWhich()
    {
        for (var race = 0; race < Races; race++)
        {
            var log = new InMemoryCommitLog();
            AgentStateStore[] stores = [new(log), new(log)];
            var asked = await AskAsync(stores[0].Thread("chat"));
            using var start = new Barrier(2);

            var answers = await Task.WhenAll(new[] { "ann", "bob" }.Zip(stores, (by, store) => OnItsThreadAsync(() =>
            {
                start.SignalAndWait();
                return AnswerAsync(store, asked, by);
            })));

            // Who comes first is up to the processors.
            var winner = answers[0] is null ? "ann" : "bob";
            ShouldTell(answers.OfType<Exception>().ShouldHaveSingleItem(), await HeldAsync(stores[0], asked)).By.ShouldBe(winner);
        }
    }

    /// <summary>The clock of the turn's runner is ahead: there the deadline has passed, and the turn goes on without the answer. For the person it has not.</summary>
    [Fact]
    public async Task AnAnswer_BesideTheEndOfATurnThatDidWithoutIt_IsKept()
    {
        var test = new TestStore();
        InterruptId asked;
        await using (var turn = await test.Store.Thread("chat").BeginTurnAsync("hello"))
        {
            await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.AskAsync(new() { Name = "colour", Prompt = "Which colour?", Time = TimeSpan.FromMinutes(1) }));
            asked = turn.Interrupts.Single().Id;
        }

        var ahead = test.Another(options => options.TimeProvider = new FakeTimeProvider(test.Clock.GetUtcNow() + TimeSpan.FromMinutes(2)));
        await using var resumed = await ahead.Thread("chat").BeginTurnAsync("never mind");
        resumed.IsResumed.ShouldBeTrue();

        (await AnswerAsync(test.Store, asked, "ann")).ShouldBeNull();
        (await resumed.CompleteAsync()).ShouldBe(TurnState.Completed);

        var closed = (await test.Store.Interrupts.GetAsync(asked))!;
        (closed.State, closed.Answer?.By).ShouldBe((InterruptState.Withdrawn, "ann"));
        (await test.Store.Thread("chat").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    private static InterruptAnswer ShouldTell(Exception? refusal, InterruptAnswer holds)
    {
        var refused = refusal.ShouldBeOfType<InterruptClosedException>();
        refused.State.ShouldBe(InterruptState.Answered);
        refused.Answer.ShouldBe(holds);
        return holds;
    }

    private static async Task<InterruptId> AskAsync(ThreadHandle thread)
    {
        await using var turn = await thread.BeginTurnAsync("hello");
        await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.AskAsync(new() { Name = "colour", Prompt = "Which colour?" }));
        return turn.Interrupts.Single().Id;
    }

    private static async Task<Exception?> AnswerAsync(AgentStateStore store, InterruptId id, string by)
        => await Record.ExceptionAsync(async () => await store.Interrupts.AnswerAsync(id, InterruptAnswer.Accept(by)));

    private static async Task<InterruptAnswer> HeldAsync(AgentStateStore store, InterruptId id) => (await store.Interrupts.GetAsync(id))!.Answer!;

    private static Task<Exception?> OnItsThreadAsync(Func<Task<Exception?>> answer)
        => Task.Factory.StartNew(answer, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
}

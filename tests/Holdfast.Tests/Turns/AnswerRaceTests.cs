using Holdfast.Tests.Support;

namespace Holdfast.Tests.Turns;

/// <summary>Two people answer the same question at the same time, on two stores and two threads.</summary>
public sealed class AnswerRaceTests
{
    private const int Races = 1_000;

    [Fact]
    public async Task TwoAnswersAtOnce_OneHolds_AndTheOtherPersonIsToldWhich()
    {
        var wins = 0;
        for (var race = 0; race < Races; race++)
        {
            var test = new TestStore();
            var asked = await AskAsync(test.Store.Thread("chat"));
            using var start = new Barrier(2);

            var answers = await Task.WhenAll(
                RunAsync(() => AnswerAsync(test.Store, asked, "ann", start)), RunAsync(() => AnswerAsync(test.Another(), asked, "bob", start)));

            var holds = (await test.Store.Interrupts.GetAsync(asked))!.Answer!;
            var refused = answers.OfType<InterruptClosedException>().ShouldHaveSingleItem();
            refused.State.ShouldBe(InterruptState.Answered);
            refused.Answer.ShouldBe(holds);
            holds.By.ShouldBe(answers[0] is null ? "ann" : "bob");
            wins += answers[0] is null ? 1 : 0;
        }

        // Otherwise they did not race.
        wins.ShouldBeInRange(1, Races - 1);
    }

    private static async Task<InterruptId> AskAsync(ThreadHandle thread)
    {
        await using var turn = await thread.BeginTurnAsync("hello");
        await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.AskAsync(new() { Name = "colour", Prompt = "Which colour?" }));
        return turn.Interrupts.Single().Id;
    }

    private static Task<Exception?> RunAsync(Func<Task<Exception?>> answer) => Task.Factory.StartNew(answer, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();

    private static async Task<Exception?> AnswerAsync(AgentStateStore store, InterruptId id, string by, Barrier start)
    {
        start.SignalAndWait();
        return await Record.ExceptionAsync(async () => await store.Interrupts.AnswerAsync(id, InterruptAnswer.Accept(by)));
    }
}

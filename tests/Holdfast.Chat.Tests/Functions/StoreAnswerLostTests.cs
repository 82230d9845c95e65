using Holdfast.Chat.Tests.Support;
using Holdfast.Logs;
using Holdfast.Testing;
using Microsoft.Extensions.AI;

namespace Holdfast.Chat.Tests.Functions;

/// <summary>Commits whose answer is lost: each in turn is stored, and reported as failed, its outcome unknown.</summary>
public sealed class StoreAnswerLostTests
{
    public static TheoryData<State, bool, int> Cells
    {
        get
        {
            var cells = new TheoryData<State, bool, int>();
            foreach (var (state, commits) in new[] { (State.BelowFunctions, 4), (State.AboveFunctions, 2) })
            {
                for (var commit = 1; commit <= commits; commit++)
                {
                    cells.Add(state, false, commit);
                    cells.Add(state, true, commit);
                }
            }

            return cells;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task TheCallIsRepeatedByHand_AndNothingIsStoredTwice(State state, bool streaming, int commit)
    {
        await using var log = new InMemoryCommitLog();
        var model = new StrictModel();
        await using var process = new AgentProcess(log, model, state == State.BelowFunctions, withApprovals: false, _ => { });
        process.Faults.Nth(commit, LogCall.Append).FailsAfter();

        // Replies are sent again by the client itself; what is said is repeated by the caller.
        IReadOnlyList<ChatMessage> reply;
        try
        {
            reply = await process.SayAsync([new(ChatRole.User, "weather?")], streaming);
            (commit % 2).ShouldBe(0, "only what is said fails");
        }
        catch (StoreUnavailableException e)
        {
            e.OutcomeUnknown.ShouldBeTrue();
            (commit % 2).ShouldBe(1);
            reply = await process.SayAsync([new(ChatRole.User, "weather?")], streaming);
        }

        reply[^1].Text.ShouldBe("done");
        (await process.SayAsync([new(ChatRole.User, "thanks")], streaming))[^1].Text.ShouldBe("ok");
        model.Violations.ShouldBeEmpty();
        process.Runs.Count.ShouldBe(1);
        Transcript.Of((await process.Store.LoadAsync("demo"))!.Messages).ShouldBe(
            "user:weather? | assistant:call 1 | tool:result 1 | assistant:done | user:thanks | assistant:ok");
    }
}

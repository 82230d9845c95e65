using Holdfast.Testing;
using Holdfast.Tests.Chat;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Turns;

/// <summary>One agent hands the conversation over to another: who is in charge is durable, and so is why.</summary>
public sealed class HandOffTests
{
    private readonly TestStore _test = new();

    private ThreadHandle Thread => _test.Store.Thread("chat");

    [Fact]
    public async Task AHandOff_ChangesWhoIsInCharge_WithOneCommitThatSaysWhy()
    {
        await using (var turn = await Thread.BeginTurnAsync("my card was charged twice", new() { Agent = "triage" }))
        {
            await turn.HandOffAsync("billing", "it is about money");
            turn.Session.Agent.ShouldBe("billing");
            await turn.CompleteAsync();
        }

        (await Thread.GetInfoAsync())!.Agent.ShouldBe("billing");
        (await _test.Another().ListAsync(new() { Agent = "billing" }).CountAsync()).ShouldBe(1);
        (await _test.Another().ListAsync(new() { Agent = "triage" }).CountAsync()).ShouldBe(0);
        var info = await Thread.TurnsAsync().SingleAsync();
        info.Agent.ShouldBe("billing");
        var step = (await Thread.StepsAsync(info.Id)).Single();
        (step.Kind, step.Input, step.State).ShouldBe(("hand-off", "billing", StepState.Completed));
        var decision = await Thread.DecisionsAsync().SingleAsync();
        (decision.Text, decision.Reason, decision.By).ShouldBe(("Handed over to 'billing'.", "it is about money", "triage"));
        var commit = await Thread.LogAsync().SingleAsync(commit => commit.Agent == "billing");
        (commit.Reason, commit.Turn).ShouldBe(("handed over", info.Id));
    }

    [Fact]
    public async Task AHandOff_IsDoneOnce_AlsoThereAndBack()
    {
        for (var attempt = 0; attempt < 2; attempt++)
        {
            await using var turn = await _test.Another().Thread("chat").BeginTurnAsync("hi", new() { Key = "k", Agent = attempt == 0 ? "triage" : null });
            await turn.HandOffAsync("billing");
            await turn.HandOffAsync("triage");
            await turn.HandOffAsync("billing");
            await turn.HandOffAsync(new string('x', 500));
        }

        (await Thread.DecisionsAsync().Select(decision => decision.By).ToListAsync()).ShouldBe(["billing", "triage", "billing", "triage"]);
        (await Thread.GetInfoAsync())!.Agent!.Length.ShouldBe(500);
        await using var last = await Thread.BeginTurnAsync("hi");
        await Should.ThrowAsync<InvalidIdentifierException>(async () => await last.HandOffAsync(""));
        await Should.ThrowAsync<InvalidIdentifierException>(async () => await last.HandOffAsync(new string('x', 513)));
    }

    [Fact]
    public async Task AModelThatHandsOver_LeavesTheReplyToTheNextAgent_AndMessagesSayWhoseTheyAre()
    {
        (await RunAsync(_test.Another())).ShouldBe("it is refunded");

        var session = await _test.Store.OpenAsync("chat");
        session.Agent.ShouldBe("billing");
        var messages = await session.History.LastAsync(10);
        messages.Names().ShouldBe(["charged twice", "call h", "result h", "it is refunded"]);
        messages.Select(message => message.AdditionalProperties?[Turn.AgentProperty]?.ToString()).ShouldBe([null, "triage", null, "billing"]);
        (await session.History.ForModelAsync()).ShouldAllBe(message => message.AdditionalProperties == null);
        (await Thread.DecisionsAsync().SingleAsync()).Reason.ShouldBe("it is about money");
        (await Thread.LogAsync(new() { Ascending = true }).Select(commit => commit.Reason).ToListAsync()).ShouldBe(["turn begun", "replied", "step done", "replied", "turn completed"]);
    }

    [Fact]
    public async Task ACrashAnywhere_KeepsWhoIsInCharge_AndHandsOverOnce()
    {
        for (var nth = 1; nth <= 5; nth++)
        {
            foreach (var isStored in new[] { false, true })
            {
                var test = new TestStore();
                var faults = new FaultInjectingLog(test.Memory);
                var options = new AgentStateOptions { TimeProvider = test.Clock };
                Action<Func<Task>> crash = isStored ? faults.Nth(nth, LogCall.Append).RunsAfter : faults.Nth(nth, LogCall.Append).RunsBefore;
                crash(() =>
                {
                    faults.Every(LogCall.Any).FailsBefore(new InvalidOperationException("crash"));
                    throw new InvalidOperationException("crash");
                });
                await Should.ThrowAsync<InvalidOperationException>(() => RunAsync(new(faults, options), disposes: false));
                var after = new AgentStateStore(test.Memory, options);
                var session = await after.OpenAsync("chat");
                TurnStart.IsHeld(session.State.Store, new(session.State));
                test.Clock.Advance(TimeSpan.FromMinutes(3));

                (await RunAsync(after)).ShouldBe("it is refunded", $"append {nth}");

                (await after.OpenAsync("chat")).Agent.ShouldBe("billing");
                (await after.Thread("chat").DecisionsAsync().CountAsync()).ShouldBe(1, $"append {nth}");
            }
        }
    }

    // Each agent replies until it has handed over or is done.
    private static async Task<string> RunAsync(AgentStateStore store, bool disposes = true)
    {
        var agents = new Dictionary<string, (IChatClient Model, AITool Tool)>
        {
            ["triage"] = (new ScriptedModel(_ => new(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("h", "hand_off_to_billing", new Dictionary<string, object?> { ["reason"] = "it is about money" })]))), DurableFunction.ForHandOff("billing")),
            ["billing"] = (new ScriptedModel("it is refunded"), DurableFunction.ForHandOff("triage")),
        };
        var turn = await store.Thread("chat").BeginTurnAsync("charged twice", new() { Key = "k" });
        try
        {
            string? agent = null;
            while (!turn.IsReplay && agent != (turn.Session.Agent ?? "triage"))
            {
                agent = turn.Session.Agent ??= "triage";
                await turn.ReplyAsync(agents[agent].Model, new() { Tools = [agents[agent].Tool] });
            }

            await turn.CompleteAsync();
            return turn.Reply[^1].Text;
        }
        finally
        {
            if (disposes)
            {
                await turn.DisposeAsync();
            }
        }
    }
}

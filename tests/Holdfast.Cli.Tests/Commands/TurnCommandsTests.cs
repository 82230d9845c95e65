using System.Text.Json;

namespace Holdfast.Cli.Tests.Commands;

/// <summary><c>turns</c>, <c>steps</c> and <c>leases</c>.</summary>
public sealed class TurnCommandsTests : IAsyncDisposable
{
    private readonly Tool _tool = new();

    public ValueTask DisposeAsync() => _tool.DisposeAsync();

    // A turn with steps that has ended, and one that has failed.
    private async Task<(TurnId Ended, TurnId Failed)> ArrangeAsync()
    {
        await using var ended = await _tool.Store.Thread("t").BeginTurnAsync("one", new() { Key = "k", By = "ann" });
        await ended.RunOnceAsync("charge", (_, _) => Task.FromResult(20));
        await Should.ThrowAsync<StepFailedException>(async () => await ended.RunOnceAsync("send", Task<int> (_, _) => throw new InvalidOperationException("no paper")));
        await ended.CompleteAsync();
        _tool.Time.Advance(TimeSpan.FromMinutes(1));
        await using var failed = await _tool.Store.Thread("t").BeginTurnAsync("two");
        await failed.FailAsync(new InvalidOperationException("no luck"));
        return (ended.Id, failed.Id);
    }

    [Fact]
    public async Task Turns_Some_AreListedNewestFirst()
    {
        var (ended, failed) = await ArrangeAsync();

        var lines = (await _tool.RunAsync("turns", "t")).ShouldExitWith(0).Lines.Select(line => line.TrimEnd()).ToList();
        lines[0].ShouldMatch("^Turn +State +Attempt +Begun +Ended +Versions +Steps +By +Error$");
        lines[1].ShouldMatch($"^{failed} +failed +1 +2026-11-21T08:01:00.000Z +- +.* 0 +- +InvalidOperationException: no luck$");
        lines[2].ShouldMatch($"^{ended} +completed +1 +2026-11-21T08:00:00.000Z +2026-11-21T08:00:00.000Z +1–4 +2 +ann +-$");
        lines.Count.ShouldBe(3);
        (await _tool.RunAsync("turns", "t", "--limit", "1", "--json")).Json.GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Turns_Json_HasStableMembers()
    {
        var (ended, failed) = await ArrangeAsync();

        var turns = (await _tool.RunAsync("turns", "t", "--json")).ShouldExitWith(0).Json;

        turns[1].EnumerateObject().Select(member => member.Name).ShouldBe(
        [
            "turn", "key", "state", "attempt", "begunAt", "endedAt", "by", "agent", "inputTokens", "outputTokens", "error", "firstVersion", "lastVersion", "steps",
        ]);
        turns.EnumerateArray().Select(turn => turn.GetProperty("turn").GetString()).ShouldBe([failed.Value, ended.Value]);
        turns[0].GetProperty("error").GetString().ShouldBe("InvalidOperationException: no luck");
        turns[0].GetProperty("endedAt").ValueKind.ShouldBe(JsonValueKind.Null);
        (turns[1].GetProperty("key").GetString(), turns[1].GetProperty("steps").GetInt32()).ShouldBe(("k", 2));
    }

    [Fact]
    public async Task Steps_OfATurn_AreListedInTheirOrder()
    {
        var (ended, _) = await ArrangeAsync();

        var lines = (await _tool.RunAsync("steps", "t", "--turn", ended.Value)).ShouldExitWith(0).Lines.Select(line => line.TrimEnd()).ToList();
        lines[0].ShouldMatch("^Step +Kind +State +Attempt +At +Took +Error$");
        lines[1].ShouldMatch("^charge +step +completed +1 +2026-11-21T08:00:00.000Z +\\d+ ms +-$");
        lines[2].ShouldMatch("^send +step +failed +1 +2026-11-21T08:00:00.000Z +.* no paper$");

        var step = (await _tool.RunAsync("steps", "t", "--turn", ended.Value, "--json")).ShouldExitWith(0).Json[1];
        step.EnumerateObject().Select(member => member.Name).ShouldBe(["turn", "step", "kind", "state", "attempt", "at", "milliseconds", "callId", "input", "error"]);
        (step.GetProperty("turn").GetString(), step.GetProperty("error").GetString()).ShouldBe((ended.Value, "no paper"));
    }

    [Fact]
    public async Task Steps_WithoutATurn_AreThoseOfTheNewest()
    {
        var (_, failed) = await ArrangeAsync();

        (await _tool.RunAsync("steps", "t")).ShouldExitWith(0).Output.ShouldBe($"Turn {failed} has no steps.\n");
        (await _tool.RunAsync("steps", "t", "--json")).ShouldExitWith(0).Json.GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Steps_OfATurnThatIsNotThere_AreNotFound()
    {
        await ArrangeAsync();

        (await _tool.RunAsync("steps", "t", "--turn", "nothing")).ShouldExitWith(3)
            .Error.ShouldBe("error[turn-not-found]: Thread 't' has no turn 'nothing'.\nhint: `holdfast turns t` lists its turns.\n");
    }

    [Theory]
    [InlineData("turns")]
    [InlineData("steps")]
    public async Task TurnsAndSteps_OfAThread_TellNoThreadFromNoTurns(string command)
    {
        (await _tool.RunAsync(command, "t")).ShouldExitWith(3).Error.ShouldContain("error[thread-not-found]");
        await _tool.Store.UpdateAsync("t", session => session.Variables.Set("x", 1));
        (await _tool.RunAsync(command, "t")).ShouldExitWith(0).Output.ShouldBe("No turns.\n");
        (await _tool.RunAsync(command, "t", "--json")).ShouldExitWith(0).Json.GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Leases_AThreadThatIsHeld_IsListedUntilTheTurnEnds()
    {
        await _tool.Store.UpdateAsync("u", session => session.Variables.Set("x", 1));
        await using var turn = await _tool.Store.Thread("t").BeginTurnAsync("go");
        await using var waits = await _tool.Store.Thread("w").BeginTurnAsync("go");
        await Should.ThrowAsync<TurnSuspendedException>(async () => await waits.AskAsync(new() { Name = "ok", Prompt = "Go on?", Time = TimeSpan.FromHours(1) }));
        _tool.Time.Advance(TimeSpan.FromSeconds(30));

        var lines = (await _tool.RunAsync("leases")).ShouldExitWith(0).Lines;
        lines[0].TrimEnd().ShouldMatch("^Thread +Turn +Since +Committed +Lasts +Gone +Holder$");
        lines[1].ShouldMatch($"^t +{turn.Id} +2026-11-21T08:00:00.000Z +30 s ago +1 min +- +\\S+");
        lines.Length.ShouldBe(2);

        var lease = (await _tool.RunAsync("leases", "--json")).ShouldExitWith(0).Json[0];
        lease.EnumerateObject().Select(member => member.Name).ShouldBe(["thread", "turn", "token", "holder", "isGone", "since", "committedAt", "seconds"]);
        (lease.GetProperty("thread").GetString(), lease.GetProperty("turn").GetString(), lease.GetProperty("isGone").GetBoolean()).ShouldBe(("t", turn.Id.Value, false));
        (lease.GetProperty("token").GetInt64(), lease.GetProperty("seconds").GetDouble()).ShouldBe((turn.Token, 60));

        await turn.CompleteAsync();
        (await _tool.RunAsync("leases")).ShouldExitWith(0).Output.ShouldBe("No threads are held.\n");
    }
}

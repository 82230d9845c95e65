using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Tests.Commands;

/// <summary><c>diff</c>, <c>restore</c>, <c>rollback</c>, <c>label</c> and <c>labels</c>, and points in <c>show</c> and <c>log</c>.</summary>
public sealed class TimeMachineCommandsTests : IAsyncDisposable
{
    private readonly Tool _tool = new();

    public ValueTask DisposeAsync() => _tool.DisposeAsync();

    [Fact]
    public async Task Diff_OfTwoPoints_IsTextOrJson()
    {
        await FillAsync();

        (await _tool.RunAsync("diff", "t", "1")).ShouldExitWith(0).Output.ShouldBe(
            "--- t version 1\n+++ t version 3\nvariables\n  ~ n: 1 → 3\nmessages\n  + 1 user: say 2\n  + 2 user: say 3\n");
        (await _tool.RunAsync("diff", "t", "-1", "newest", "--json")).ShouldExitWith(0).Json.GetProperty("keys")[0].GetProperty("before").GetInt32().ShouldBe(2);
        (await _tool.RunAsync("diff", "t", "newest", "--with", "t")).ShouldExitWith(0).Output.ShouldContain("Nothing is different.");
        (await _tool.RunAsync("diff", "t", "9")).ShouldExitWith(3).Error.ShouldContain("point-not-found");
        (await _tool.RunAsync("diff", "none", "1")).ShouldExitWith(3).Error.ShouldContain("thread-not-found");
        (await _tool.RunAsync("diff", "t", "1", "--with", "none")).ShouldExitWith(3).Error.ShouldContain("'none'");
        (await _tool.RunAsync("diff", "t")).ShouldExitWith(2);
        (await _tool.RunAsync("diff", "t", "yesterday")).ShouldExitWith(2).Error.ShouldContain("label:NAME");
    }

    [Fact]
    public async Task Restore_ShowsWhatChanges_AndAsks()
    {
        await FillAsync();

        var refused = await RunAsync("n\n", "restore", "t", "1");
        refused.ShouldExitWith(1).Error.ShouldContain("~ n: 3 → 1");
        refused.Error.ShouldContain("[y/N]");
        (await VersionAsync()).ShouldBe(3);

        (await RunAsync("y\n", "restore", "t", "1", "--reason", "wrong", "--by", "ops")).ShouldExitWith(0).Output.ShouldBe("'t' is as it was at version 1, with version 4.\n");
        var log = (await _tool.RunAsync("log", "t", "--limit", "1", "--json")).Json[0];
        (log.GetProperty("restores").GetInt64(), log.GetProperty("reason").GetString(), log.GetProperty("by").GetString()).ShouldBe((1, "wrong", "ops"));
        (await _tool.RunAsync("log", "t", "--limit", "1")).Output.ShouldContain("restores 1");
    }

    [Fact]
    public async Task Restore_TellsWhatItLeavesAsItIs()
    {
        await using (var turn = await _tool.Store.Thread("t").BeginTurnAsync("hello", new() { UserId = "ann" }))
        {
            await turn.CompleteAsync();
        }

        (await _tool.RunAsync("restore", "t", "0", "--dry-run")).ShouldExitWith(0).Error.ShouldBe("The owner stays 'ann'.\n");
        (await _tool.RunAsync("restore", "t", "1", "--dry-run")).ShouldExitWith(0).Error.ShouldContain("The status becomes idle if 'thinking' was that of a turn");
        (await _tool.RunAsync("restore", "t", "0", "--yes")).ShouldExitWith(0);
        var shown = (await _tool.RunAsync("show", "t")).ShouldExitWith(0).Output;
        shown.ShouldContain("User:     ann");
        shown.ShouldContain("Status:   idle");
    }

    [Fact]
    public async Task WhatIsDoneByHand_IsToldAsDoneByWhoeverRunsTheTool()
    {
        await _tool.Store.UpdateAsync("t", session => session.History.Add(ChatRole.User, "hello"), new() { Agent = "Billing" });
        await _tool.Store.UpdateAsync("t", session => session.Variables.Set("n", 1));

        (await _tool.RunAsync("fork", "t", "f")).ShouldExitWith(0);
        (await _tool.RunAsync("rollback", "t", "--yes")).ShouldExitWith(0);
        (await _tool.RunAsync("cherry-pick", "t", "f", "2")).ShouldExitWith(0);
        await _tool.Store.UpdateAsync("f", session => session.Variables.Set("m", 1));
        (await _tool.RunAsync("merge", "f")).ShouldExitWith(0);
        (await _tool.RunAsync("redact", "t", "--key", "variables/m", "--yes")).ShouldExitWith(0);
        (await _tool.RunAsync("label", "t", "done")).ShouldExitWith(0);
        (await _tool.RunAsync("label", "t", "checked", "--by", "ann")).ShouldExitWith(0);

        var log = (await _tool.RunAsync("log", "t", "--oldest-first", "--json")).ShouldExitWith(0).Json;
        log.EnumerateArray().Select(commit => commit.GetProperty("by").GetString() ?? "Billing").ShouldBe(["Billing", "Billing", "operator", "operator", "operator", "operator", "operator", "ann"]);
        (await _tool.Store.Thread("f").LogAsync(new() { Ascending = true }).FirstAsync()).By.ShouldBe("operator");
        (await _tool.Store.Thread("t").LabelsAsync()).Select(label => label.By).ShouldBe(["operator", "ann"], ignoreOrder: true);
    }

    [Fact]
    public async Task Redact_WithAPatternThatIsNone_SaysWhatIsWrongWithIt()
        => (await _tool.RunAsync("redact", "t", "--pattern", "(")).ShouldExitWith(2).Error.ShouldContain("Not enough )'s");

    [Fact]
    public async Task Restore_WhereNobodyCanBeAsked_NeedsYes()
    {
        await FillAsync();

        (await _tool.RunAsync("restore", "t", "1")).ShouldExitWith(2).Error.ShouldContain("--yes");
        (await _tool.RunAsync("restore", "t", "1", "--dry-run")).ShouldExitWith(0).Output.ShouldContain("~ n: 3 → 1");
        (await VersionAsync()).ShouldBe(3);
        (await _tool.RunAsync("restore", "t", "1", "--dry-run", "--json")).ShouldExitWith(0).Json.GetProperty("to").GetProperty("version").GetInt64().ShouldBe(1);

        var json = (await _tool.RunAsync("restore", "t", "1", "--yes", "--json")).ShouldExitWith(0).Json;
        json.ToString().ShouldBe("""{"thread":"t","restored":1,"version":4,"changed":true,"recordsNotRestored":[]}""");
        (await _tool.RunAsync("restore", "t", "1", "--yes")).ShouldExitWith(0).Output.ShouldContain("nothing was written");
    }

    [Fact]
    public async Task Restore_ThatCancelsATurn_SaysSo()
    {
        await FillAsync();
        await using var turn = await _tool.Store.Thread("t").BeginTurnAsync("go");

        (await _tool.RunAsync("restore", "t", "3", "--dry-run")).ShouldExitWith(0).Error.ShouldContain($"Turn {turn.Id} is cancelled");
        (await _tool.RunAsync("restore", "t", "3", "--yes")).ShouldExitWith(0);

        (await _tool.Store.Thread("t").TurnsAsync().SingleAsync()).State.ShouldBe(TurnState.Cancelled);
    }

    [Fact]
    public async Task Rollback_TakesBackCommits()
    {
        await FillAsync();

        (await _tool.RunAsync("rollback", "t", "2", "--yes")).ShouldExitWith(0).Output.ShouldContain("version 1, with version 4");
        (await _tool.RunAsync("rollback", "t", "--yes")).ShouldExitWith(0).Output.ShouldContain("version 3, with version 5");
        (await _tool.RunAsync("rollback", "t", "0", "--yes")).ShouldExitWith(2);
        (await _tool.RunAsync("rollback", "t", "50", "--yes")).ShouldExitWith(3);
        (await _tool.RunAsync("rollback", "none", "--yes")).ShouldExitWith(3);
    }

    [Fact]
    public async Task Labels_AreSetListedMovedAndRemoved()
    {
        await FillAsync();

        (await _tool.RunAsync("label", "t", "before refund", "--at", "2", "--by", "ann")).ShouldExitWith(0).Output.ShouldBe("Version 2 of 't' is 'before refund'.\n");
        (await _tool.RunAsync("label", "t", "before refund")).ShouldExitWith(4).Error.ShouldContain("--move");
        (await _tool.RunAsync("label", "t", "last", "--json")).Json.GetProperty("version").GetInt64().ShouldBe(4);
        (await _tool.RunAsync("label", "t", "last", "--at", "3", "--move")).ShouldExitWith(0);

        var labels = (await _tool.RunAsync("labels", "t", "--json")).ShouldExitWith(0).Json;
        labels.EnumerateArray().Select(label => $"{label.GetProperty("label")} {label.GetProperty("version")} {label.GetProperty("by")}").ShouldBe(["before refund 2 ann", "last 3 operator"]);
        (await _tool.RunAsync("labels", "t")).ShouldExitWith(0).Lines[1].ShouldContain("before refund");
        (await _tool.RunAsync("show", "t", "--at", "label:before refund")).ShouldExitWith(0).Output.ShouldContain("say 2");
        (await _tool.RunAsync("log", "t", "--from", "label:before refund", "--to", "3", "--oldest-first", "--json")).Json.EnumerateArray().Select(commit => commit.GetProperty("version").GetInt64()).ShouldBe([2, 3]);
        (await _tool.RunAsync("label", "t", "last", "--remove", "--at", "1")).ShouldExitWith(2).Error.ShouldContain("--remove");
        (await _tool.RunAsync("label", "t", "last", "--remove", "--by", "ann")).ShouldExitWith(2);
        (await _tool.RunAsync("label", "t", "last", "--remove")).ShouldExitWith(0);
        (await _tool.RunAsync("label", "t", "last", "--remove")).ShouldExitWith(3);
        (await _tool.RunAsync("show", "t", "--at", "label:last")).ShouldExitWith(3).Error.ShouldContain("holdfast labels");
        (await _tool.RunAsync("labels", "none")).ShouldExitWith(3);
        (await _tool.RunAsync("label", "t", "")).ShouldExitWith(2);
    }

    [Fact]
    public async Task Points_AreWrittenInEveryWay()
    {
        await FillAsync();

        (await _tool.RunAsync("show", "t", "--at", "-2")).ShouldExitWith(0).Output.ShouldNotContain("say 2");
        (await _tool.RunAsync("show", "t", "--at", "2026-11-21T08:01Z", "--json")).ShouldExitWith(0).Json.GetProperty("version").GetInt64().ShouldBe(2);
        (await _tool.RunAsync("show", "t", "--at", "2026-11-21T08:01")).ShouldExitWith(2);
        (await _tool.RunAsync("show", "t", "--at", "2026-11-21T07:00Z")).ShouldExitWith(3);
        (await _tool.RunAsync("log", "t", "--from", "-1", "--json")).Json.GetArrayLength().ShouldBe(2);
        (await _tool.RunAsync("log", "t", "--changed", "variables/none", "--json")).ShouldExitWith(0).Json.GetArrayLength().ShouldBe(0);
    }

    private Task<ToolResult> RunAsync(string typed, params string[] args) => _tool.RunAsync(new StringReader(typed), isInteractive: true, isTerminal: false, args);

    private async Task<long> VersionAsync() => (await _tool.Store.Thread("t").GetInfoAsync())!.Version;

    private async Task FillAsync()
    {
        for (var i = 1; i <= 3; i++)
        {
            await _tool.Store.UpdateAsync("t", session =>
            {
                session.History.Add(Microsoft.Extensions.AI.ChatRole.User, $"say {i}");
                session.Variables.Set("n", i);
            });
            _tool.Time.Advance(TimeSpan.FromMinutes(1));
        }
    }
}

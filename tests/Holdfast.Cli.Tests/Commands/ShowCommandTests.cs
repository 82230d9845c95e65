using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Tests.Commands;

public sealed class ShowCommandTests : IAsyncDisposable
{
    private readonly Tool _tool = new();

    public ValueTask DisposeAsync() => _tool.DisposeAsync();

    private async Task ArrangeAsync()
    {
        await _tool.Store.UpdateAsync(
            "t",
            session =>
            {
                session.History.Add(ChatRole.User, "Where is my order?");
                session.History.Add(new(ChatRole.Assistant, [new FunctionCallContent("c1", "find_order", new Dictionary<string, object?> { ["id"] = 7 })]));
                session.History.Add(new(ChatRole.Tool, [new FunctionResultContent("c1", "on its way")]));
                session.Variables.Set("user_name", "John");
                session.Metadata.Set("topic", "orders");
                session.Tools["find_order"].Set("calls", 1);
                session.Todos.Add("call back");
                session.Todos.Put(new() { Id = "t2", Content = "close", Status = TodoStatus.Completed, Order = 2 });
            },
            new() { UserId = "ann", Agent = "Billing" });
        _tool.Time.Advance(TimeSpan.FromSeconds(1.5));
        await _tool.Store.UpdateAsync("t", session => session.History.Add(ChatRole.Assistant, "On its way.\nAnything else?"));
    }

    [Fact]
    public async Task Show_AThread_IsReadable()
    {
        await ArrangeAsync();

        (await _tool.RunAsync("show", "t")).ShouldExitWith(0).Output.ShouldBe(
            """
            Thread:   t
            Version:  2
            Status:   idle
            Agent:    Billing
            User:     ann
            Messages: 4
            Created:  2026-11-21T08:00:00.000Z
            Updated:  2026-11-21T08:00:01.500Z

            Messages
              user: Where is my order?
              assistant: [call find_order(id: 7)]
              tool: [result] "on its way"
              assistant: On its way.
                Anything else?

            Variables
              user_name = "John"

            Todos
              1. [ ] call back
              2. [x] close

            Metadata
              topic = "orders"

            Tool find_order
              calls = 1

            """);
    }

    [Fact]
    public async Task Show_Json_IsTheStateWithTimes()
    {
        await ArrangeAsync();

        var result = (await _tool.RunAsync("show", "t", "--json")).ShouldExitWith(0);

        var json = result.Json;
        json.EnumerateObject().Select(member => member.Name).ShouldBe(
        [
            "thread", "version", "position", "status", "agent", "user", "messageCount", "createdAt", "updatedAt", "expiresAt", "deletedAt",
            "messages", "variables", "metadata", "todos", "decisionCount", "decisions", "tools",
        ]);
        json.GetProperty("messages").GetArrayLength().ShouldBe(4);
        json.GetProperty("messages")[0].GetProperty("contents")[0].GetProperty("text").GetString().ShouldBe("Where is my order?");
        json.GetProperty("todos")[1].GetProperty("status").GetString().ShouldBe("completed");
        json.GetProperty("tools").GetProperty("find_order").GetProperty("calls").GetInt32().ShouldBe(1);
        json.GetProperty("expiresAt").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);

        // What the tool shows, the library reads.
        AgentState.FromJson(result.Output).Messages[3].Text.ShouldBe("On its way.\nAnything else?");
    }

    [Fact]
    public async Task Show_Goals_AreATreeWithProgress_AndTheNewestDecisionsFollow()
    {
        await _tool.Store.UpdateAsync(
            "t",
            session =>
            {
                session.Goals.Put(new() { Id = "g", Text = "Ship it", Status = GoalStatus.InProgress, Order = 1 });
                session.Goals.Put(new() { Id = "notes", Text = "Write notes\nof the release", ParentId = "g", TodoIds = [session.Todos.Add("list changes", TodoStatus.Completed).Id], Order = 2 });
                session.Goals.Put(new() { Id = "test", Text = "Test", ParentId = "g", Progress = 0.25, Order = 3 });
                session.Goals.Put(new() { Id = "later", Text = "Sell it", Status = GoalStatus.Abandoned, Order = 4 });
                session.Decisions.Add(new Decision { Text = "Leave out the importer", Reason = "It is not tested", Alternatives = ["wait", "hide it"], GoalId = "g" });
            },
            new() { Agent = "Planner" });
        _tool.Time.Advance(TimeSpan.FromSeconds(1.5));
        await _tool.Store.UpdateAsync("t", session => session.Decisions.Add(new Decision { Text = "\u001b[2JStop", Reason = "enough", By = "Ann" }));

        (await _tool.RunAsync("show", "t")).ShouldExitWith(0).Output.ShouldEndWith(
            """
            Goals
              [~] Ship it (62 %)
                [ ] Write notes
                of the release (100 %)
                [ ] Test (25 %)
              [-] Sell it (0 %)

            Decisions
              2. [2JStop
                because: enough
                at: 2026-11-21T08:00:01.500Z, by Ann
              1. Leave out the importer
                because: It is not tested
                instead of: wait; hide it
                for: Ship it
                at: 2026-11-21T08:00:00.000Z, by Planner

            """);
        var json = (await _tool.RunAsync("show", "t", "--json")).ShouldExitWith(0).Json;
        json.GetProperty("goals").GetArrayLength().ShouldBe(4);
        json.GetProperty("goalProgress").GetProperty("g").GetDouble().ShouldBe(0.625);
        json.GetProperty("decisionCount").GetInt32().ShouldBe(2);
        json.GetProperty("decisions")[1].ToString().ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal).ShouldBe(
            """{"id":"1.0","number":1,"at":"2026-11-21T08:00:00.000Z","by":"Planner","text":"Leaveouttheimporter","reason":"Itisnottested","alternatives":["wait","hideit"],"goal":"g"}""");
        (await _tool.RunAsync("show", "t", "--at", "1", "--json")).Json.GetProperty("decisionCount").GetInt32().ShouldBe(1);

        await _tool.Store.UpdateAsync("t", session => Enumerable.Range(0, 10).ToList().ForEach(i => session.Decisions.Add($"{i}", "why")));
        (await _tool.RunAsync("show", "t")).Output.ShouldContain("\nLast 10 of 12 decisions\n  12. 9\n");
    }

    [Fact]
    public async Task Show_Last_ShowsTheEnd()
    {
        await ArrangeAsync();

        var json = (await _tool.RunAsync("show", "t", "--last", "1", "--json")).ShouldExitWith(0).Json;
        json.GetProperty("messages").GetArrayLength().ShouldBe(1);
        json.GetProperty("messageCount").GetInt32().ShouldBe(4);
        (await _tool.RunAsync("show", "t", "--last", "1")).Output.ShouldContain("Last 1 messages\n  assistant: On its way.");
        (await _tool.RunAsync("show", "t", "--last", "99", "--json")).Json.GetProperty("messages").GetArrayLength().ShouldBe(4);
    }

    [Fact]
    public async Task Show_LastWouldBeginWithAToolsResult_BeginsWithItsCall()
    {
        await ArrangeAsync();

        var json = (await _tool.RunAsync("show", "t", "--last", "2", "--json")).ShouldExitWith(0).Json;

        json.GetProperty("messages").GetArrayLength().ShouldBe(3);
        json.GetProperty("messages")[0].GetProperty("contents")[0].GetProperty("$type").GetString().ShouldBe("functionCall");
    }

    [Fact]
    public async Task Show_At_ShowsAnEarlierVersion()
    {
        await ArrangeAsync();

        var result = (await _tool.RunAsync("show", "t", "--at", "1")).ShouldExitWith(0);
        result.Output.ShouldContain("Version:  1 of 2");
        result.Output.ShouldNotContain("Anything else?");
        (await _tool.RunAsync("show", "t", "--at", "3")).ShouldExitWith(3).Error.ShouldContain("it is at version 2");
    }

    [Fact]
    public async Task Show_HostileText_DoesNotReachTheTerminal()
    {
        await _tool.Store.UpdateAsync("t", session =>
        {
            session.History.Add(ChatRole.User, "\u001b[2J\u001b]0;owned\u0007 hi \u202e");
            session.Variables.Set("x", "\u001b[31m");
            session.Todos.Add("\u009b31m todo");
            session.Agent = "[red]agent[/]";
        });

        foreach (var isTerminal in new[] { false, true })
        {
            var result = await _tool.RunAsync(TextReader.Null, isTerminal, isTerminal, "show", "t");
            result.ShouldExitWith(0).Output.ShouldContain("[2J]0;owned hi");
            result.Output.ShouldContain("[red]agent[/]");
            result.Output.Replace("\u001b[1m", "").Replace("\u001b[0m", "").Where(c => char.IsControl(c) && c != '\n').ShouldBeEmpty();
            result.Output.ShouldNotContain('\u202e');
        }

        (await _tool.RunAsync("show", "t", "--json")).Output.Where(c => char.IsControl(c) && c != '\n').ShouldBeEmpty();
        (await _tool.RunAsync("threads")).ShouldExitWith(0).Output.ShouldContain("[red]agent[/]");
    }

    [Theory]
    [InlineData("--last", "0")]
    [InlineData("--last", "x")]
    [InlineData("--at", "x")]
    public async Task Show_ANumberThatIsNone_IsAUsageError(params string[] args)
        => (await _tool.RunAsync(["show", "t", .. args])).ShouldExitWith(2).Error.ShouldContain(args[1]);
}

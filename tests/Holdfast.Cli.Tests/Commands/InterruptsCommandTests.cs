using System.Text.Json;

namespace Holdfast.Cli.Tests.Commands;

public sealed class InterruptsCommandTests : IAsyncDisposable
{
    private readonly Tool _tool = new();

    public ValueTask DisposeAsync() => _tool.DisposeAsync();

    // A refund that waits for approval.
    private async Task<string> AskAsync(string thread = "t", string amount = "20.50")
    {
        var waits = (await _tool.ChatAsync($"refund {amount}\n", "--thread", thread, "--user", "ann", "--json")).ShouldExitWith(0).Json;
        return waits.GetProperty("interrupts")[0].GetString()!;
    }

    private Task<ToolResult> SayAsync(string line) => _tool.ChatAsync(line + "\n", "--thread", "t", "--user", "ann");

    [Fact]
    public async Task Chat_ARefund_WaitsAndSaysForWhat()
    {
        var result = await SayAsync("refund 20.50");

        result.ShouldExitWith(0).Output.ShouldStartWith("Waits for approval of refund(amount: 20.50) by approvers: `holdfast interrupts answer ");
        (await SayAsync("hello")).ShouldExitWith(0).Lines[^1].ShouldBe("Until then nothing else can be said here; this line was not said.");
        var thread = (await _tool.RunAsync("show", "t", "--json")).Json;
        thread.GetProperty("messages").GetArrayLength().ShouldBe(2);
        thread.GetProperty("status").GetString().ShouldBe("waiting_for_approval");
    }

    [Fact]
    public async Task Chat_ARefundAsJson_IsNoReplyAndNamesItsInterrupt()
    {
        var waits = (await _tool.ChatAsync("refund 3\n", "--json")).ShouldExitWith(0).Json;

        waits.GetProperty("role").ValueKind.ShouldBe(JsonValueKind.Null);
        waits.GetProperty("interrupts").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Chat_ForAPersonWhenSomethingWaits_SaysSoAtTheStart()
    {
        var id = await AskAsync("default");

        (await _tool.RunAsync(new StringReader(""), isInteractive: true, isTerminal: false, "chat", "--user", "ann", "--thread", "default"))
            .ShouldExitWith(0).Output.ShouldContain(id);
    }

    [Fact]
    public async Task List_Some_AreShownWithTheirThreads()
    {
        var id = await AskAsync();
        _tool.Time.Advance(TimeSpan.FromMinutes(5));

        var lines = (await _tool.RunAsync("interrupts", "list")).ShouldExitWith(0).Lines;
        lines.Length.ShouldBe(2);
        lines[0].TrimEnd().ShouldMatch("^Interrupt +Thread +Kind +Name +Audience +User +Raised +Deadline$");
        lines[1].TrimEnd().ShouldMatch($"^{id} +t +approval +call-[0-9a-f]+ +approvers +ann +5 min ago +never$");

        var interrupt = (await _tool.RunAsync("interrupts", "list", "--json")).ShouldExitWith(0).Json[0];
        interrupt.EnumerateObject().Select(member => member.Name).ShouldBe(["id", "thread", "kind", "name", "audience", "user", "agent", "raisedAt", "deadline"]);
        interrupt.GetProperty("id").GetString().ShouldBe(id);
        interrupt.GetProperty("raisedAt").GetString().ShouldBe("2026-11-21T08:00:00.000Z");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(1, "--limit", "1")]
    [InlineData(2, "--user", "ann")]
    [InlineData(0, "--user", "bob")]
    [InlineData(2, "--kind", "approval", "--audience", "approvers")]
    [InlineData(0, "--kind", "input")]
    [InlineData(0, "--audience", "finance")]
    [InlineData(0, "--tenant", "acme")]
    public async Task List_WithAFilter_ListsOnlyThose(int expected, params string[] args)
    {
        await AskAsync("t");
        await AskAsync("u");

        (await _tool.RunAsync(["interrupts", "list", "--json", .. args])).ShouldExitWith(0).Json.GetArrayLength().ShouldBe(expected);
    }

    [Fact]
    public async Task List_None_SaysSo() => (await _tool.RunAsync("interrupts", "list")).ShouldExitWith(0).Output.ShouldBe("No interrupts wait for an answer.\n");

    [Fact]
    public async Task Show_APendingOne_HasTheCallAndHowToAnswer()
    {
        var id = await AskAsync();

        var text = (await _tool.RunAsync("interrupts", "show", id)).ShouldExitWith(0).Lines;
        text[0].ShouldBe($"Interrupt: {id}");
        text.ShouldContain("Asks for:  approval of refund(amount: 20.50)");
        text.ShouldContain("Answers:   --approve or --reject or --edit or --respond");

        var json = (await _tool.RunAsync("interrupts", "show", id, "--json")).ShouldExitWith(0).Json;
        json.EnumerateObject().Select(member => member.Name).ShouldBe(
        [
            "id", "thread", "turn", "state", "kind", "name", "prompt", "note", "callId", "tool", "arguments", "payload", "audience", "allowed", "raisedAt", "deadline", "answer",
        ]);
        json.GetProperty("arguments").GetProperty("amount").GetDecimal().ShouldBe(20.50m);
        json.GetProperty("state").GetString().ShouldBe("pending");
        json.GetProperty("answer").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task Answer_Approve_LetsTheRefundHappenOnce()
    {
        var id = await AskAsync();

        (await _tool.RunAsync("interrupts", "answer", id, "--approve", "--by", "eve")).ShouldExitWith(0)
            .Output.ShouldBe("approval of refund(amount: 20.50) of thread 't' was answered: accept by eve at 2026-11-21T08:00:00.000Z.\n");
        var lines = (await SayAsync("hello")).ShouldExitWith(0).Lines;

        lines.Length.ShouldBe(2);
        lines[0].ShouldStartWith("The refund: Paid back 20.50, receipt hf_");
        lines[1].ShouldStartWith("Hello");
        await SayAsync("hello");
        (await LedgerAsync()).Single().ShouldStartWith("20.50, receipt hf_");
        (await _tool.RunAsync("interrupts", "show", id, "--json")).Json.GetProperty("state").GetString().ShouldBe("applied");
    }

    [Fact]
    public async Task Answer_TheSameLineAgainAfterwards_IsItsAnswerAndNoSecondRefund()
    {
        var id = await AskAsync();
        await _tool.RunAsync("interrupts", "answer", id, "--approve");

        (await SayAsync("refund 20.50")).ShouldExitWith(0).Lines.Single().ShouldStartWith("The refund: Paid back");

        (await LedgerAsync()).Count.ShouldBe(1);
        (await _tool.RunAsync("interrupts", "list", "--json")).Json.GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Answer_NothingIsSaidAfterwards_TheChatGoesOnAllTheSame()
    {
        var id = await AskAsync();
        await _tool.RunAsync("interrupts", "answer", id, "--approve");

        (await _tool.ChatAsync("", "--thread", "t", "--user", "ann")).ShouldExitWith(0).Lines.Single().ShouldStartWith("The refund: Paid back");
    }

    [Fact]
    public async Task Answer_RejectWithAReason_TellsTheAgent()
    {
        var id = await AskAsync();

        var answer = (await _tool.RunAsync("interrupts", "answer", id, "--reject", "too much", "--by", "eve", "--json")).ShouldExitWith(0).Json.GetProperty("answer");

        answer.EnumerateObject().Select(member => member.Name).ShouldBe(["kind", "value", "reason", "by", "at"]);
        (answer.GetProperty("kind").GetString(), answer.GetProperty("reason").GetString(), answer.GetProperty("by").GetString()).ShouldBe(("reject", "too much", "eve"));
        (await SayAsync("hello")).Lines[0].ShouldBe("The refund: This call was not made: it was refused. too much");
        (await LedgerAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Answer_RejectWithoutAReason_Rejects()
    {
        var id = await AskAsync();

        (await _tool.RunAsync("interrupts", "answer", id, "--reject")).ShouldExitWith(0).Output.ShouldContain("reject by operator at");
    }

    [Fact]
    public async Task Answer_Edit_IsWhatIsDone()
    {
        var id = await AskAsync();

        (await _tool.RunAsync("interrupts", "answer", id, "--edit", "{\"amount\": 7.5}")).ShouldExitWith(0).Output.ShouldContain("edit {\"amount\": 7.5}");
        await SayAsync("hello");

        (await LedgerAsync()).Single().ShouldStartWith("7.5, receipt");
    }

    [Theory]
    [InlineData("--respond", "42", "\"42\"")]
    [InlineData("--respond-json", "{\"a\":42}", "{\"a\":42}")]
    public async Task Answer_Respond_TakesThePlaceOfTheCall(string option, string value, string stored)
    {
        var id = await AskAsync();

        var answer = (await _tool.RunAsync("interrupts", "answer", id, option, value, "--json")).ShouldExitWith(0).Json.GetProperty("answer");

        answer.GetProperty("value").GetRawText().Replace(" ", "", StringComparison.Ordinal).ReplaceLineEndings("").ShouldBe(stored);
        (await SayAsync("hello")).Lines[0].ShouldBe($"The refund: {value}");
        (await LedgerAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Answer_ASecondTime_SaysWhoAnsweredAndWhen()
    {
        var id = await AskAsync();
        await _tool.RunAsync("interrupts", "answer", id, "--approve", "--by", "eve");

        var before = await _tool.RunAsync("interrupts", "answer", id, "--reject", "--by", "bob");
        await SayAsync("hello");
        var after = await _tool.RunAsync("interrupts", "answer", id, "--reject", "--json");

        before.ShouldExitWith(4).Error.ShouldStartWith($"error[interrupt-closed]: Interrupt '{id}' is closed: it was answered with accept by 'eve' at 2026-11-21 08:00:00Z");
        var error = JsonElement.Parse(after.ShouldExitWith(4).Error).GetProperty("error");
        (error.GetProperty("code").GetString(), error.GetProperty("exitCode").GetInt32()).ShouldBe(("interrupt-closed", 4));
        error.GetProperty("message").GetString()!.ShouldContain("by 'eve'");
    }

    [Theory]
    [InlineData("show")]
    [InlineData("answer", "--approve")]
    public async Task ShowAndAnswer_NoSuchInterrupt_IsNotFound(string command, params string[] args)
    {
        var result = await _tool.RunAsync(["interrupts", command, "nothing", .. args]);

        result.ShouldExitWith(3).Error.ShouldStartWith("error[interrupt-not-found]: There is no interrupt 'nothing'.\nhint: ");
    }

    [Fact]
    public async Task Answer_InAWayThatIsNotAllowed_IsRefusedAndSaysWhichAre()
    {
        await using var turn = await _tool.Store.Thread("t").BeginTurnAsync("go");
        await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.AskAsync(new() { Name = "ok", Prompt = "Go on?", Allowed = AnswerKinds.Accept | AnswerKinds.Reject }));
        var id = turn.Interrupts.Single().Id.Value;

        var result = await _tool.RunAsync("interrupts", "answer", id, "--respond", "maybe");

        result.ShouldExitWith(2).Error.ShouldContain("error[answer-not-allowed]");
        result.Error.ShouldContain("hint: Nothing was stored. It can be answered with --approve or --reject.");
        (await _tool.RunAsync("interrupts", "show", id)).Lines.ShouldContain("Asks for:  input: Go on?");
    }

    private async Task<List<string>> LedgerAsync()
        => (await _tool.Store.LoadAsync("t"))!.Variables.TryGetValue("refunds", out var ledger) ? [.. ledger.EnumerateArray().Select(line => line.GetString()!)] : [];
}

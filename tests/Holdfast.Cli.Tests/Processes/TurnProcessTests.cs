namespace Holdfast.Cli.Tests.Processes;

/// <summary>Turns over processes that are killed: whoever starts the chat again goes on, and what was approved happens once.</summary>
public sealed class TurnProcessTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("sqlite:s.db")]
    [InlineData("file:threads")]
    public async Task Chat_KilledWhileItWaits_GoesOnOnceItWasAnswered(string store)
    {
        await AskAndKillAsync(store);

        var pending = (await RunAsync(store, "", "interrupts", "list", "--json")).ShouldExitWith(0).Json;
        pending.GetArrayLength().ShouldBe(1);
        var id = pending[0].GetProperty("id").GetString()!;
        (await RunAsync(store, "", "interrupts", "show", id, "--json")).ShouldExitWith(0).Json.GetProperty("arguments").GetProperty("amount").GetDecimal().ShouldBe(20.50m);
        (await RunAsync(store, "still there?\n", "chat")).ShouldExitWith(0).Lines[^1].ShouldBe("Until then nothing else can be said here; this line was not said.");
        (await RunAsync(store, "", "interrupts", "answer", id, "--approve", "--by", "ann")).ShouldExitWith(0);
        (await RunAsync(store, "", "interrupts", "answer", id, "--reject", "--by", "bob")).ShouldExitWith(4).Error.ShouldContain("it was answered with accept by 'ann' at 20");

        var lines = (await RunAsync(store, "hello\nhello\n", "chat")).ShouldExitWith(0).Lines;

        lines.Length.ShouldBe(3);
        lines[0].ShouldStartWith("The refund: Paid back 20.50, receipt hf_");
        lines[1].ShouldStartWith("Hello!");
        (await LedgerAsync(store)).Single().ShouldStartWith("20.50, receipt hf_");
        (await RunAsync(store, "", "interrupts", "list")).ShouldExitWith(0).Output.ShouldBe("No interrupts wait for an answer.\n");
        (await RunAsync(store, "", "leases")).ShouldExitWith(0).Output.ShouldBe("No threads are held.\n");
        (await RunAsync(store, "", "interrupts", "answer", id, "--approve")).ShouldExitWith(4).Error.ShouldContain("by 'ann'");
        (await RunAsync(store, "", "verify", "default")).ShouldExitWith(0);
    }

    [Theory]
    [InlineData("sqlite:s.db")]
    [InlineData("file:threads")]
    public async Task Chat_KilledAgainAndAgainWhileItGoesOn_RefundsOnce(string store)
    {
        await AskAndKillAsync(store);
        var id = (await RunAsync(store, "", "interrupts", "list", "--json")).ShouldExitWith(0).Json[0].GetProperty("id").GetString()!;
        (await RunAsync(store, "", "interrupts", "answer", id, "--approve")).ShouldExitWith(0);

        // Anywhere from before the store is open to after the end of the turn.
        for (var round = 0; round < 6; round++)
        {
            using var chat = ToolProcess.Start(_directory.Path, "chat", "--store", store);
            chat.Input.Close();
            await Task.Delay(TimeSpan.FromMilliseconds(150 + (100 * round)), TimeProvider.System);
            chat.Kill();
            await chat.EndAsync();
        }

        (await RunAsync(store, "hello\n", "chat")).ShouldExitWith(0).Lines[^1].ShouldStartWith("Hello!");
        (await LedgerAsync(store)).Count.ShouldBe(1);
        (await RunAsync(store, "", "verify", "default")).ShouldExitWith(0);
    }

    [Theory]
    [InlineData("sqlite:s.db")]
    [InlineData("file:threads")]
    public async Task Chat_KilledWhileAModelTalks_IsHeldByADeadProcessUntilItGoesOn(string store)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere nobody can see that the process is gone.");
        await using var server = new FakeModelServer();
        var stalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.AnswerAndStall(stalled, FakeModelServer.OpenAIStream("Once upon")[..1]);
        string[] args = ["chat", "--store", store, "--model", "openai:m1", "--endpoint", $"{server.Address}"];
        using (var chat = ToolProcess.Start(_directory.Path, args))
        {
            await chat.Input.WriteAsync("a story\n");
            await chat.Input.FlushAsync();
            await stalled.Task.WaitAsync(ToolProcess.Deadline);
            var held = (await RunAsync(store, "", "leases", "--json")).ShouldExitWith(0).Json[0];
            (held.GetProperty("thread").GetString(), held.GetProperty("isGone").GetBoolean()).ShouldBe(("default", false));
            chat.Kill();
            await chat.EndAsync();
        }

        (await RunAsync(store, "", "leases", "--json")).ShouldExitWith(0).Json[0].GetProperty("isGone").GetBoolean().ShouldBeTrue();
        (await RunAsync(store, "", "turns", "default", "--json")).ShouldExitWith(0).Json[0].GetProperty("state").GetString().ShouldBe("running");
        server.AnswerEvents(FakeModelServer.OpenAIStream("Once upon a time."));

        (await ToolProcess.RunAsync(_directory.Path, "a story\n", args)).ShouldExitWith(0).Output.ShouldBe("Once upon a time.\n");

        var turns = (await RunAsync(store, "", "turns", "default", "--json")).ShouldExitWith(0).Json;
        turns.GetArrayLength().ShouldBe(1);
        (turns[0].GetProperty("state").GetString(), turns[0].GetProperty("attempt").GetInt32()).ShouldBe(("completed", 2));
        (await RunAsync(store, "", "show", "default", "--json")).ShouldExitWith(0).Json.GetProperty("messageCount").GetInt32().ShouldBe(2);
        (await RunAsync(store, "", "leases")).ShouldExitWith(0).Output.ShouldBe("No threads are held.\n");
    }

    private async Task AskAndKillAsync(string store)
    {
        using var chat = ToolProcess.Start(_directory.Path, "chat", "--store", store);
        await chat.Input.WriteAsync("refund 20.50\n");
        await chat.Input.FlushAsync();
        (await chat.ReadLineAsync()).ShouldNotBeNull().ShouldStartWith("Waits for approval of refund(amount: 20.50) by approvers:");
        chat.Kill();
        await chat.EndAsync();
    }

    private async Task<List<string>> LedgerAsync(string store)
        => [.. (await RunAsync(store, "", "show", "default", "--json")).ShouldExitWith(0)
            .Json.GetProperty("variables").GetProperty("refunds").EnumerateArray().Select(line => line.GetString()!)];

    private Task<ToolResult> RunAsync(string store, string input, params string[] args) => ToolProcess.RunAsync(_directory.Path, input, [.. args, "--store", store]);
}

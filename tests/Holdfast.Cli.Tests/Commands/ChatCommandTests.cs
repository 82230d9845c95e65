using Holdfast.Testing;

namespace Holdfast.Cli.Tests.Commands;

public sealed class ChatCommandTests : IAsyncDisposable
{
    private readonly Tool _tool = new();

    public ValueTask DisposeAsync() => _tool.DisposeAsync();

    [Fact]
    public async Task Chat_PipedLines_AreAnsweredLineByLine()
    {
        var result = await _tool.ChatAsync("Hello, my name is John\r\n\n   \nWhat's my name?");

        result.ShouldExitWith(0).Lines.ShouldBe(["Nice to meet you, John.", "Your name is John."]);
        result.Error.ShouldBeEmpty();
        (await _tool.ChatAsync("what's my name?\n")).Lines.ShouldBe(["Your name is John."]);
        (await _tool.Store.LoadAsync("default"))!.Messages.Select(message => $"{message.Role}: {message.Text}").ShouldBe(
        [
            "user: Hello, my name is John", "assistant: Nice to meet you, John.",
            "user: What's my name?", "assistant: Your name is John.",
            "user: what's my name?", "assistant: Your name is John.",
        ]);
    }

    [Fact]
    public async Task Chat_ThreadAsArgument_IsTheSameAsTheOption()
    {
        (await _tool.ChatAsync("my name is Ann\n", "trip")).ShouldExitWith(0);

        (await _tool.ChatAsync("what's my name?\n", "--thread", "trip")).Lines.ShouldBe(["Your name is Ann."]);
        (await _tool.ChatAsync("hello\n", "trip", "--thread", "trip")).ShouldExitWith(2).Error.ShouldContain("named twice");
    }

    [Fact]
    public async Task Chat_Json_AnswersInLinesOfJson()
    {
        var result = await _tool.ChatAsync("todo: a\ntodos\n", "--json", "--thread", "t");

        var replies = result.ShouldExitWith(0).Lines.Select(line => System.Text.Json.JsonElement.Parse(line)).ToList();
        replies.Select(reply => reply.GetProperty("text").GetString()).ShouldBe(["Added: 1. a", "Todos:\n1. [ ] a"]);
        replies[0].EnumerateObject().Select(member => member.Name).ShouldBe(["thread", "role", "text", "interrupts"]);
        replies[0].GetProperty("role").GetString().ShouldBe("assistant");
        replies[0].GetProperty("interrupts").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Chat_UserAndAgent_AreKept()
    {
        (await _tool.ChatAsync("hello\n", "--user", "ann", "--agent", "Billing")).ShouldExitWith(0);

        var thread = await _tool.Store.Thread("ann/default").GetInfoAsync();
        thread.ShouldNotBeNull().UserId.ShouldBe("ann");
        thread.Agent.ShouldBe("Billing");
    }

    [Fact]
    public async Task Chat_AnotherUsersThread_IsRefusedBeforeAnythingIsSaid()
    {
        (await _tool.ChatAsync("hello\n", "--user", "ann", "--thread", "t")).ShouldExitWith(0);

        var result = await _tool.ChatAsync("hello\n", "--user", "bob", "--thread", "t");

        result.ShouldExitWith(6).Output.ShouldBeEmpty();
        result.Error.ShouldContain("error[access-denied]");
        result.Error.ShouldContain("hint:");
        (await _tool.Store.Thread("t").GetInfoAsync())!.MessageCount.ShouldBe(2);
    }

    [Fact]
    public async Task Chat_HostileText_IsRepeatedHarmlessly()
    {
        var result = await _tool.ChatAsync("\u001b[2Jboo\u202e\n");

        result.ShouldExitWith(0).Output.ShouldBe("You said: [2Jboo (interaction 1)\n");
        (await _tool.Store.LoadAsync("default"))!.Messages[0].Text.ShouldBe("\u001b[2Jboo\u202e");
    }

    [Fact]
    public async Task Chat_APerson_IsToldThatItIsScriptedAndLeavesWithExit()
    {
        var result = await _tool.RunAsync(new StringReader("my name is Ann\n/exit\nnever said\n"), isInteractive: true, isTerminal: true, "chat");

        result.ShouldExitWith(0).Error.ShouldContain("scripted");
        result.Error.ShouldContain("> ");
        result.Output.ShouldContain("Nice to meet you, Ann.");
        (await _tool.Store.Thread("default").GetInfoAsync())!.MessageCount.ShouldBe(2);
    }

    [Fact]
    public async Task Chat_HelpAndUnknownCommandsAtThePrompt_AreToldAndNotSaid()
    {
        var result = await PromptAsync("/help\n /bogus now\nhello\n");

        result.Output.ShouldBe("Hello! This is interaction 1 of this thread.\n");
        result.Error.ShouldContain("/exit");
        result.Error.ShouldContain("scripted");
        result.Error.ShouldContain("error[usage]: There is no command '/bogus'");
        result.Error.ShouldContain("hint: /help lists the commands.");
        (await TextsAsync())[0].ShouldBe("hello");
    }

    [Fact]
    public async Task Chat_TwoSlashesAtThePrompt_SayOne()
    {
        (await PromptAsync("//etc/hosts\n")).Output.ShouldBe("You said: /etc/hosts (interaction 1)\n");

        (await TextsAsync())[0].ShouldBe("/etc/hosts");
    }

    [Fact]
    public async Task Chat_APipedLineWithASlash_IsSaidAsItIs()
    {
        (await _tool.ChatAsync("/help\n//x\n/exit\nhello\n")).ShouldExitWith(0).Lines.Length.ShouldBe(4);

        (await TextsAsync()).Where((_, i) => i % 2 == 0).ShouldBe(["/help", "//x", "/exit", "hello"]);
    }

    [Fact]
    public async Task Chat_CharactersThatAreNotUtf8AtThePrompt_AreToldAndNotSaid()
    {
        var result = await PromptAsync("caf\ufffd\ncafé\n");

        result.Error.ShouldContain("error[invalid-input]");
        (await TextsAsync())[0].ShouldBe("café");
    }

    [Fact]
    public async Task Chat_TheAnswerCannotBeStoredAtOnce_IsStoredOnceAllTheSame()
    {
        var log = new FaultInjectingLog(_tool.Store.CommitLog);
        foreach (var number in Enumerable.Range(2, 4))
        {
            log.Nth(number, LogCall.Append).FailsBefore();
        }

        _tool.Log = log;

        (await _tool.ChatAsync("my name is Ann\n")).ShouldExitWith(0).Output.ShouldBe("Nice to meet you, Ann.\n");

        (await TextsAsync()).ShouldBe(["my name is Ann", "Nice to meet you, Ann."]);
    }

    [Fact]
    public async Task Chat_ASignalAtThePrompt_EndsWithNothingLost()
    {
        using var lines = new LinesThenSilence("my name is Ann");
        var chat = _tool.RunAsync(lines, isInteractive: true, isTerminal: false, "chat");
        await lines.Silent;

        _tool.Interruption.Interrupt(2);

        (await chat).ShouldExitWith(0).Output.ShouldContain("Nice to meet you, Ann.");
        (await _tool.Store.Thread("default").GetInfoAsync())!.MessageCount.ShouldBe(2);
    }

    [Fact]
    public async Task Chat_ASignalWhileLinesArePiped_EndsWithItsCode()
    {
        using var lines = new LinesThenSilence("my name is Ann");
        var chat = _tool.RunAsync(lines, isInteractive: false, isTerminal: false, "chat");
        await lines.Silent;

        _tool.Interruption.Interrupt(15);

        (await chat).ShouldExitWith(143).Output.ShouldContain("Nice to meet you, Ann.");
        (await _tool.Store.Thread("default").GetInfoAsync())!.MessageCount.ShouldBe(2);
    }

    [Fact]
    public async Task Chat_Help_SaysThatTheOfflineAssistantIsScripted()
        => (await _tool.RunAsync("chat", "--help")).ShouldExitWith(0).Output.ShouldContain("scripted");

    private async Task<ToolResult> PromptAsync(string lines)
        => (await _tool.RunAsync(new StringReader(lines), isInteractive: true, isTerminal: false, "chat")).ShouldExitWith(0);

    private async Task<List<string>> TextsAsync() => [.. (await _tool.Store.LoadAsync("default"))!.Messages.Select(message => message.Text)];

    // Gives its lines, then waits for ever, as a terminal does.
    private sealed class LinesThenSilence(params string[] lines) : TextReader
    {
        private readonly ManualResetEventSlim _end = new();
        private readonly TaskCompletionSource _silent = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _next;

        public Task Silent => _silent.Task;

        public override string? ReadLine()
        {
            if (_next < lines.Length)
            {
                return lines[_next++];
            }

            _silent.TrySetResult();
            _end.Wait();
            return null;
        }

        protected override void Dispose(bool disposing)
        {
            _end.Set();
            base.Dispose(disposing);
        }
    }
}

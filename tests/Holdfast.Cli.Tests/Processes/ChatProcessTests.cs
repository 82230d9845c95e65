using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Holdfast.Cli.Tests.Processes;

/// <summary>The tool as users run it: the built program, in processes of its own, on stores on the disk.</summary>
public sealed partial class ChatProcessTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Chat_TwoProcessesOneAfterTheOther_TheNameIsRemembered()
    {
        (await ToolProcess.RunAsync(_directory.Path, "Hello, my name is Zoë 🌊\n", "chat")).ShouldExitWith(0).Error.ShouldBeEmpty();
        (await ToolProcess.RunAsync(_directory.Path, "What's my name?", "chat")).ShouldExitWith(0).Output.ShouldBe("Your name is Zoë 🌊.\n");

        File.Exists(_directory["holdfast.db"]).ShouldBeTrue();
        (await ToolProcess.RunAsync(_directory.Path, "", "show", "default", "--json")).ShouldExitWith(0)
            .Json.GetProperty("variables").GetProperty("user_name").GetString().ShouldBe("Zoë 🌊");
    }

    [Theory]
    [InlineData("sqlite:s.db")]
    [InlineData("file:threads")]
    public async Task Chat_FourProcessesOnOneThread_LoseNothing(string store)
    {
        const int Processes = 4;
        const int Messages = 15;
        var inputs = Enumerable.Range(0, Processes).Select(p => string.Concat(Enumerable.Range(0, Messages).Select(m => $"message {p}/{m}\n"))).ToList();

        var results = await Task.WhenAll(inputs.Select(input => ToolProcess.RunAsync(_directory.Path, input, "chat", "--store", store, "--thread", "shared")));

        var state = (await ToolProcess.RunAsync(_directory.Path, "", "show", "shared", "--json", "--store", store)).ShouldExitWith(0).Json;
        var said = TextsOf(state, "user");
        var replied = TextsOf(state, "assistant");
        results.ShouldAllBe(result => result.ExitCode == 0 && result.Lines.Length == Messages);
        said.Order(StringComparer.Ordinal).ShouldBe(inputs.SelectMany(input => input.TrimEnd('\n').Split('\n')).Order(StringComparer.Ordinal));
        replied.Order(StringComparer.Ordinal).ShouldBe(results.SelectMany(result => result.Lines).Order(StringComparer.Ordinal));

        // Every reply counted once, over all processes; and each process was answered in its order.
        replied.Select(NumberOf).ShouldBe(Enumerable.Range(1, Processes * Messages));
        results.ShouldAllBe(result => result.Lines.Select(NumberOf).SequenceEqual(result.Lines.Select(NumberOf).Order()));
        state.GetProperty("variables").GetProperty("interaction_count").GetInt32().ShouldBe(Processes * Messages);
        (await ToolProcess.RunAsync(_directory.Path, "", "verify", "shared", "--store", store)).ShouldExitWith(0);
    }

    [Theory]
    [InlineData("sqlite:s.db")]
    [InlineData("file:threads")]
    public async Task Chat_KilledInTheMiddle_EveryPrintedReplyIsInTheStore(string store)
    {
        var printed = new List<string>();
        for (var round = 0; round < 3; round++)
        {
            using var chat = ToolProcess.Start(_directory.Path, "chat", "--store", store);
            var writing = WriteEndlesslyAsync(chat.Input, round);
            for (var i = 0; i < 10 + (7 * round); i++)
            {
                printed.Add((await chat.ReadLineAsync()).ShouldNotBeNull());
            }

            chat.Kill();
            while (await chat.ReadLineAsync() is { } line)
            {
                printed.Add(line);
            }

            await writing;
        }

        // What was left in the middle is brought to its end before the question is answered.
        var last = (await ToolProcess.RunAsync(_directory.Path, "how often did we talk?\n", "chat", "--store", store)).ShouldExitWith(0).Lines;
        printed.AddRange(last);

        var state = (await ToolProcess.RunAsync(_directory.Path, "", "show", "default", "--json", "--store", store)).ShouldExitWith(0).Json;
        var (said, replied) = (TextsOf(state, "user"), TextsOf(state, "assistant"));
        printed.Where(line => !replied.Contains(line)).ShouldBeEmpty();
        printed.Distinct().Count().ShouldBe(printed.Count);
        replied.Count.ShouldBe(said.Count);
        last[^1].ShouldBe($"This is our interaction {replied.Count}.");
        (await ToolProcess.RunAsync(_directory.Path, "", "leases", "--json", "--store", store)).ShouldExitWith(0).Json.GetArrayLength().ShouldBe(0);
        (await ToolProcess.RunAsync(_directory.Path, "", "verify", "--store", store)).ShouldExitWith(0);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task Chat_ASignal_EndsItWithItsCodeAndNothingLost(string signal, int exitCode)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "There are no such signals.");
        using var chat = ToolProcess.Start(_directory.Path, "chat");
        await chat.Input.WriteAsync("my name is Ann\n");
        await chat.Input.FlushAsync();
        (await chat.ReadLineAsync()).ShouldBe("Nice to meet you, Ann.");

        chat.Signal(signal);

        (await chat.EndAsync()).ShouldExitWith(exitCode).Error.ShouldBeEmpty();
        (await ToolProcess.RunAsync(_directory.Path, "what's my name?\n", "chat")).Output.ShouldBe("Your name is Ann.\n");
    }

    [Fact]
    public async Task Chat_PipedBytesThatAreNotUtf8_AreRefusedAndNotStored()
    {
        byte[] input = [.. "hello\n"u8, .. "caf"u8, 0xE9, (byte)'\n', .. "never said\n"u8];

        var result = await ToolProcess.RunAsync(_directory.Path, input, "chat");

        result.ShouldExitWith(2).Lines.Length.ShouldBe(1);
        result.Error.ShouldStartWith("error[invalid-input]: Line 2 of the input is not UTF-8 (byte 0xE9 at position 4)");
        var state = (await ToolProcess.RunAsync(_directory.Path, "", "show", "default", "--json")).ShouldExitWith(0).Json;
        TextsOf(state, "user").ShouldBe(["hello"]);
    }

    [Theory]
    [InlineData("anthropic:claude", "ANTHROPIC_API_KEY")]
    [InlineData("openai:gpt", "OPENAI_API_KEY")]
    public async Task Chat_AModelWithoutItsKey_IsToldBeforeAnythingIsStored(string model, string variable)
    {
        var result = await ToolProcess.RunAsync(_directory.Path, "hello\n", "chat", "--model", model);

        result.ShouldExitWith(2).Output.ShouldBeEmpty();
        result.Error.ShouldBe($"error[invalid-configuration]: {model} needs a key, and {variable} is not set.\nhint: Set it, or name a server that needs none with --endpoint.\n");
        File.Exists(_directory["holdfast.db"]).ShouldBeFalse();
    }

    [Fact]
    public async Task Tool_ExitCodesAndStreams_AreAsDocumented()
    {
        (await ToolProcess.RunAsync(_directory.Path, "hello\n", "chat", "--user", "ann", "--thread", "t")).ShouldExitWith(0);
        var refused = await ToolProcess.RunAsync(_directory.Path, "hello\n", "chat", "--user", "bob", "--thread", "t");
        refused.ShouldExitWith(6).Output.ShouldBeEmpty();
        refused.Error.ShouldBe("error[access-denied]: Thread 't' belongs to another user.\nhint: Name its owner with --user, or talk on another thread.\n");
        (await ToolProcess.RunAsync(_directory.Path, "", "show", "nobody")).ShouldExitWith(3);
        (await ToolProcess.RunAsync(_directory.Path, "", "bogus")).ShouldExitWith(2);
        (await ToolProcess.RunAsync(_directory.Path, "", "doctor", "--json")).ShouldExitWith(0).Json.GetProperty("isHealthy").GetBoolean().ShouldBeTrue();
        (await ToolProcess.RunAsync(_directory.Path, "", "threads", "--json")).ShouldExitWith(0).Json.GetArrayLength().ShouldBe(1);
    }

    private static List<string> TextsOf(JsonElement state, string role)
        => [.. state.GetProperty("messages").EnumerateArray()
            .Where(message => message.GetProperty("role").GetString() == role)
            .Select(message => message.GetProperty("contents")[0].GetProperty("text").GetString()!)];

    private static int NumberOf(string reply) => int.Parse(Number().Match(reply).Groups["number"].Value, CultureInfo.InvariantCulture);

    // More than is ever answered: the process is killed while it has work.
    private static async Task WriteEndlesslyAsync(StreamWriter input, int round)
    {
        try
        {
            for (var i = 0; i < 100_000; i++)
            {
                await input.WriteAsync($"line {round}/{i}\n");
            }
        }
        catch (IOException)
        {
            // Nobody reads any more.
        }
    }

    [GeneratedRegex(@"\(interaction (?<number>\d+)\)$", RegexOptions.None, 1000)]
    private static partial Regex Number();
}

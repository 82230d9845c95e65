using System.Text.Json;

namespace Holdfast.Cli.Tests.Commands;

public sealed class UsageTests : IAsyncDisposable
{
    private readonly Tool _tool = new();
    private readonly TemporaryDirectory _directory = new();

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return _tool.DisposeAsync();
    }

    [Fact]
    public async Task Help_OfTheTool_ListsEveryCommand()
    {
        var help = (await _tool.RunAsync("--help")).ShouldExitWith(0).Output;

        help.ShouldContain("holdfast [command] [options]");
        foreach (var command in new[] { "chat", "threads", "show", "log", "fork", "tree", "merge", "cherry-pick", "verify", "recover", "check", "migrate-state", "doctor", "delete", "restore-deleted", "erase", "extend", "cleanup", "copy", "archive", "export", "import", "new", "turns", "steps", "interrupts", "leases", "config" })
        {
            help.ShouldContain($"  {command} ");
            (await _tool.RunAsync(command, "--help")).ShouldExitWith(0).Output.ShouldContain($"holdfast {command}");
        }
    }

    [Fact]
    public async Task Help_OfTheTool_ShowsWhatMayBeLeftOutInBrackets()
    {
        var help = (await _tool.RunAsync("--help")).ShouldExitWith(0).Lines;

        var verify = help.Single(line => line.StartsWith("  verify ", StringComparison.Ordinal));
        var show = help.Single(line => line.StartsWith("  show ", StringComparison.Ordinal));
        verify.ShouldStartWith("  verify [<THREAD>]  ");
        show.ShouldStartWith("  show <THREAD>  ");
        verify.IndexOf("Check that", StringComparison.Ordinal).ShouldBe(show.IndexOf("Show the", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AWordThatBeginsWithAnAt_IsThatWord_AndNoFileOfArguments()
    {
        (await _tool.ChatAsync("hi\n", "@ann")).ShouldExitWith(0);
        (await _tool.RunAsync("label", "@ann", "@home", "--by", "@bob")).ShouldExitWith(0);

        (await _tool.RunAsync("threads", "--json")).ShouldExitWith(0).Json[0].GetProperty("thread").GetString().ShouldBe("@ann");
        (await _tool.RunAsync("labels", "@ann")).ShouldExitWith(0).Output.ShouldContain("@home");

        // Not even where there is such a file: what stands in it would be taken for the command line.
        var file = _directory["arguments"];
        await File.WriteAllTextAsync(file, "@ann");
        (await _tool.RunAsync("show", $"@{file}")).ShouldExitWith(3).Error.ShouldContain($"There is no thread '@{file}'.");
    }

    [Fact]
    public async Task Tool_WithoutACommand_ShowsHelp() => (await _tool.RunAsync()).ShouldExitWith(2).Output.ShouldContain("Usage:");

    [Fact]
    public async Task Interrupts_WithoutACommand_ShowsItsHelp() => (await _tool.RunAsync("interrupts")).ShouldExitWith(2).Output.ShouldContain("answer <ID>");

    [Fact]
    public async Task Error_OfACommandOfAGroup_NamesBoth()
        => (await _tool.RunAsync("interrupts", "answer", "i")).ShouldExitWith(2).Error.ShouldContain("hint: `holdfast interrupts answer --help` lists its options.");

    [Fact]
    public async Task Version_IsThatOfThePackage() => (await _tool.RunAsync("--version")).ShouldExitWith(0).Output.ShouldStartWith("0.1.0");

    [Theory]
    [InlineData("bogus")]
    [InlineData("show")]
    [InlineData("show", "a", "b")]
    [InlineData("show", "")]
    [InlineData("show", "a\nb")]
    [InlineData("threads", "--bogus")]
    [InlineData("threads", "--status", "asleep")]
    [InlineData("threads", "--limit", "-1")]
    [InlineData("threads", "--tenant", "a\nb")]
    [InlineData("threads", "--store", "nothing")]
    [InlineData("threads", "--store", "tape:x")]
    [InlineData("threads", "--store", "sqlite:")]
    [InlineData("show", "t", "--store", "sqlite://")]
    [InlineData("verify", "--store", "file:")]
    [InlineData("cleanup", "--older-than", "1")]
    [InlineData("chat", "--model", "gpt")]
    [InlineData("chat", "--model", "openai:")]
    [InlineData("chat", "--model", "openai:gpt")]
    [InlineData("chat", "--endpoint", "http://localhost/v1")]
    [InlineData("chat", "--model", "openai:gpt", "--endpoint", "localhost")]
    [InlineData("chat", "--user", "")]
    [InlineData("log", "t", "--from", "0")]
    [InlineData("log", "t", "--from", "5", "--to", "3")]
    [InlineData("fork", "t", "f", "--at", "0")]
    [InlineData("trim", "t", "--keep-versions", "0")]
    [InlineData("trim", "--max-messages", "-1")]
    [InlineData("migrate-state", "--yes")]
    [InlineData("check", "--type", "Migrations")]
    [InlineData("turns")]
    [InlineData("turns", "t", "--limit", "0")]
    [InlineData("steps")]
    [InlineData("steps", "t", "--turn", "a\nb")]
    [InlineData("leases", "t")]
    [InlineData("interrupts", "show")]
    [InlineData("interrupts", "list", "--kind", "")]
    [InlineData("interrupts", "answer", "--approve")]
    [InlineData("interrupts", "answer", "i")]
    [InlineData("interrupts", "answer", "i", "--approve", "--reject")]
    [InlineData("interrupts", "answer", "i", "--approve", "--by", "a\nb")]
    [InlineData("interrupts", "answer", "i", "--edit", "[1]")]
    [InlineData("interrupts", "answer", "i", "--edit", "{")]
    [InlineData("interrupts", "answer", "i", "--respond-json", "x")]
    public async Task Tool_ACommandLineThatCannotBeCarriedOut_IsAUsageError(params string[] args)
    {
        var result = await _tool.RunAsync(args);

        result.ShouldExitWith(2).Output.ShouldBeEmpty();
        result.Error.ShouldStartWith("error[");
    }

    [Fact]
    public async Task Error_WithJson_IsJsonOnStderr()
    {
        var result = await _tool.RunAsync("show", "nobody", "--json");

        result.ShouldExitWith(3).Output.ShouldBeEmpty();
        var error = JsonElement.Parse(result.Error).GetProperty("error");
        error.EnumerateObject().Select(member => member.Name).ShouldBe(["code", "message", "hint", "exitCode"]);
        error.GetProperty("code").GetString().ShouldBe("thread-not-found");
        error.GetProperty("exitCode").GetInt32().ShouldBe(3);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("file")]
    public async Task ReadingCommands_WhereNothingWasStored_MakeNothing(string scheme)
    {
        var store = $"{scheme}:{_directory["store"]}";

        var threads = await _tool.RunAsync("threads", "--store", store);
        threads.ShouldExitWith(0).Output.ShouldBe("No threads.\n");
        threads.Error.ShouldContain("There is no");
        (await _tool.RunAsync("show", "t", "--store", store)).ShouldExitWith(3);
        (await _tool.RunAsync("leases", "--json", "--store", store)).ShouldExitWith(0).Error.ShouldBeEmpty();
        (await _tool.RunAsync("erase", "t", "--store", store)).ShouldExitWith(3);
        Directory.EnumerateFileSystemEntries(_directory.Path).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("x.db", false)]
    [InlineData("no/such/x.db", true)]
    public async Task ReadingCommands_WithoutAStore_SayWhetherItsDirectoryIsMissingToo(string path, bool isMissing)
        => (await _tool.RunAsync("threads", "--store", $"sqlite:{_directory[path]}")).ShouldExitWith(0)
            .Error.Contains("make the directory first", StringComparison.Ordinal).ShouldBe(isMissing);

    [Fact]
    public async Task Store_FromTheEnvironment_IsUsedUnlessTheCommandLineNamesOne()
    {
        _tool.Environment["HOLDFAST_STORE"] = $"sqlite:{_directory["env.db"]}";
        (await _tool.ChatAsync("hello\n")).ShouldExitWith(0);
        (await _tool.ChatAsync("hello\n", "--store", $"sqlite:{_directory["option.db"]}")).ShouldExitWith(0);

        File.Exists(_directory["env.db"]).ShouldBeTrue();
        File.Exists(_directory["option.db"]).ShouldBeTrue();
    }

    [Fact]
    public async Task Store_ThatIsNoDatabase_IsReportedAndLeftAlone()
    {
        var path = _directory["x.db"];
        await File.WriteAllTextAsync(path, new string('x', 10_000));

        var result = await _tool.RunAsync("threads", "--store", $"sqlite:{path}");

        result.ExitCode.ShouldBeOneOf(2, 7);
        result.Error.ShouldStartWith("error[");
        (await File.ReadAllTextAsync(path)).ShouldBe(new string('x', 10_000));
    }

    [Fact]
    public async Task Store_InADirectoryThatIsNotThere_IsUnavailable()
        => (await _tool.ChatAsync("hello\n", "--store", $"sqlite:{_directory["no/such/x.db"]}")).ShouldExitWith(5).Error.ShouldContain("error[store-unavailable]");
}

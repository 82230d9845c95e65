namespace Holdfast.Cli.Tests.Processes;

/// <summary>Whoever reads the output goes away, as in <c>holdfast watch THREAD | head</c>.</summary>
public sealed class ClosedOutputTests : IDisposable
{
    private static readonly string[] Store = ["--store", "sqlite:s.db"];

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Watch_Ends_AndTellsTheLastEventThatWasWritten()
    {
        await SayAsync("one");
        using var watch = ToolProcess.Start(_directory.Path, ["watch", "demo", "--from", "beginning", .. Store]);
        while (await watch.ReadLineAsync() is { } line && !line.Contains("(turn completed)", StringComparison.Ordinal))
        {
        }

        watch.CloseOutput();
        await SayAsync("two");

        var error = (await watch.EndAsync()).ShouldExitWith(141).Error;
        error.ShouldStartWith("It goes on with: holdfast watch demo --from ");
        var rest = await ToolProcess.RunAsync(_directory.Path, "", ["watch", "demo", "--from", error.Trim().Split(' ')[^1], "--limit", "1", .. Store]);
        rest.ShouldExitWith(0).Output.ShouldContain("user: two");
    }

    [Theory]
    [InlineData("log", "demo")]
    [InlineData("export", "-")]
    public async Task Others_EndWithoutAWord(params string[] command)
    {
        await SayAsync("one");
        using var tool = ToolProcess.Start(_directory.Path, [.. command, .. Store]);
        tool.CloseOutput();

        (await tool.EndAsync()).ShouldExitWith(141).Error.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(">&-")]
    [InlineData("<&- >&-")]
    [InlineData(">&- 2>&-")]
    [InlineData("<&- >&- 2>&-")]
    public async Task ACommandThatIsStartedWithoutAnOutput_DoesWhatItIsTold_AndItsExitCodeSaysHowItEnded(string redirections)
    {
        await SayAsync("one");

        (await ToolProcess.RunRedirectedAsync(_directory.Path, redirections, ["label", "demo", "here", .. Store])).ShouldExitWith(0).Error.ShouldBeEmpty();
        (await ToolProcess.RunRedirectedAsync(_directory.Path, redirections, ["label", "demo", "here", .. Store])).ShouldExitWith(4);
        (await ToolProcess.RunAsync(_directory.Path, "", ["verify", "--all", .. Store])).ShouldExitWith(0);
        (await ToolProcess.RunRedirectedAsync(_directory.Path, redirections, ["export", "-", .. Store])).ShouldExitWith(2, "a bundle that goes nowhere is none");
    }

    [Fact]
    public async Task WithoutAnInput_ThereIsNothingToRead()
    {
        (await ToolProcess.RunRedirectedAsync(_directory.Path, "<&-", ["chat", "demo", .. Store])).ShouldExitWith(0);
        (await ToolProcess.RunRedirectedAsync(_directory.Path, "<&-", ["import", "-", .. Store])).ShouldExitWith(7).Error.ShouldContain("the bundle ends here");
    }

    [Theory]
    [InlineData("log", "demo")]
    [InlineData("log", "demo", "--json")]
    [InlineData("export", "-")]
    public async Task AnAnswerThatDoesNotFitOnTheDisk_IsToldAsThat(params string[] command)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no device that is always full.");
        await SayAsync("one");

        var error = (await ToolProcess.RunRedirectedAsync(_directory.Path, "> /dev/full", [.. command, .. Store])).ShouldExitWith(1).Error;
        error.ShouldContain("output-failed");
        error.ShouldContain("No space left on device");
        error.ShouldNotContain("defect of the tool");
    }

    private async Task SayAsync(string text) => (await ToolProcess.RunAsync(_directory.Path, $"{text}\n", ["chat", "demo", .. Store])).ShouldExitWith(0);
}

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
        while (await watch.ReadLineAsync() is { } line && !line.Contains("assistant:", StringComparison.Ordinal))
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

    private async Task SayAsync(string text) => (await ToolProcess.RunAsync(_directory.Path, $"{text}\n", ["chat", "demo", .. Store])).ShouldExitWith(0);
}

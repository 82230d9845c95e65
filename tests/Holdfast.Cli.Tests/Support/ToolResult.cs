using System.Text.Json;

namespace Holdfast.Cli.Tests;

/// <summary>What a run of the tool left behind.</summary>
internal sealed record ToolResult(int ExitCode, string Output, string Error)
{
    public string[] Lines => Output.Length == 0 ? [] : Output.TrimEnd('\n').Split('\n');

    public JsonElement Json => JsonElement.Parse(Output);

    /// <summary>Expects an exit code, and shows what was said if it is another one.</summary>
    public ToolResult ShouldExitWith(int expected, string? why = null)
    {
        ExitCode.ShouldBe(expected, $"{why}\nstdout: {Output}\nstderr: {Error}");
        return this;
    }
}

using System.Diagnostics;
using System.Text;

namespace Holdfast.Cli.Tests.Processes;

/// <summary>The tool on a real terminal, which <c>script</c> of util-linux makes.</summary>
public sealed class TerminalTests : IDisposable
{
    private const string Script = "/usr/bin/script";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("\u0003")]
    [InlineData("\u0004")]
    [InlineData("/exit\n")]
    public async Task Chat_OnATerminal_PromptsAndIsLeftCleanly(string leave)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(Script), "There is no 'script' to make a terminal with.");
        // With exec, because a shell that stays would take Ctrl-C too, and its exit code would be seen instead of the tool's.
        var start = new ProcessStartInfo(Script, ["-qec", $"exec dotnet '{Path.Combine(AppContext.BaseDirectory, "Holdfast.Cli.dll")}' chat", "/dev/null"])
        {
            UseShellExecute = false,
            WorkingDirectory = _directory.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["TERM"] = "xterm";
        start.Environment["SHELL"] = "/bin/sh"; // script runs the command with it
        using var terminal = Process.Start(start)!;
        try
        {
            (await ReadUntilAsync(terminal, "> ")).ShouldContain("scripted");
            await terminal.StandardInput.WriteAsync("my name is Ann\n");
            await terminal.StandardInput.FlushAsync();
            await ReadUntilAsync(terminal, "Nice to meet you, Ann.");
            await ReadUntilAsync(terminal, "> ");

            await terminal.StandardInput.WriteAsync(leave);
            await terminal.StandardInput.FlushAsync();
            await terminal.WaitForExitAsync().WaitAsync(ToolProcess.Deadline);
            terminal.ExitCode.ShouldBe(0);
        }
        finally
        {
            if (!terminal.HasExited)
            {
                terminal.Kill(entireProcessTree: true);
            }
        }

        (await ToolProcess.RunAsync(_directory.Path, "what's my name?\n", "chat")).Output.ShouldBe("Your name is Ann.\n");
    }

    private static async Task<string> ReadUntilAsync(Process process, string text)
    {
        var read = new StringBuilder();
        var buffer = new char[1];
        while (!read.ToString().EndsWith(text, StringComparison.Ordinal))
        {
            (await process.StandardOutput.ReadAsync(buffer).AsTask().WaitAsync(ToolProcess.Deadline)).ShouldBe(1, $"The terminal closed after: {read}");
            read.Append(buffer[0]);
        }

        return read.ToString();
    }
}

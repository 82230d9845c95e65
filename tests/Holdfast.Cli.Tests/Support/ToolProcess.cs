using System.Diagnostics;
using System.Text;

namespace Holdfast.Cli.Tests;

/// <summary>The built tool in a process of its own.</summary>
internal sealed class ToolProcess : IDisposable
{
    /// <summary>What a busy machine is given before a process counts as stuck.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromMinutes(15);

    private static readonly string[] Settings = ["HOLDFAST_", "ANTHROPIC_", "OPENAI_"];

    private readonly Process _process;
    private readonly Task<string> _error;
    private bool _isOutputClosed;

    private ToolProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    public int Id => _process.Id;

    public StreamWriter Input => _process.StandardInput;

    private static string Program => Path.Combine(AppContext.BaseDirectory, "Holdfast.Cli.dll");

    public static ToolProcess Start(string directory, params string[] args) => new(Process.Start(Describe("dotnet", directory, [Program, .. args]))!);

    private static ProcessStartInfo Describe(string program, string directory, string[] args)
    {
        var start = new ProcessStartInfo(program, args)
        {
            UseShellExecute = false,
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var name in start.Environment.Keys.Where(name => Settings.Any(setting => name.StartsWith(setting, StringComparison.Ordinal))).ToList())
        {
            start.Environment.Remove(name);
        }

        // Where the SDK of Anthropic looks for profiles.
        start.Environment["ANTHROPIC_CONFIG_DIR"] = directory;

        return start;
    }

    /// <summary>Runs the tool to its end.</summary>
    public static Task<ToolResult> RunAsync(string directory, string input, params string[] args) => RunAsync(directory, Encoding.UTF8.GetBytes(input), args);

    /// <summary>Runs the tool to its end, with bytes as its input.</summary>
    public static async Task<ToolResult> RunAsync(string directory, byte[] input, params string[] args)
    {
        using var process = Start(directory, args);
        await process.Input.BaseStream.WriteAsync(input);
        process.Input.Close();
        return await process.EndAsync();
    }

    /// <summary>Runs the tool to its end, started by a shell that redirects its standard streams.</summary>
    public static async Task<ToolResult> RunRedirectedAsync(string directory, string redirections, params string[] args)
    {
        using var process = new ToolProcess(Process.Start(Describe("sh", directory, ["-c", $"exec dotnet \"$@\" {redirections}", "sh", Program, .. args]))!);
        process.Input.Close();
        return await process.EndAsync();
    }

    /// <summary>The next line of the output; null at its end.</summary>
    public Task<string?> ReadLineAsync() => _process.StandardOutput.ReadLineAsync().WaitAsync(Deadline);

    /// <summary>Reads no more of the output: the pipe is closed at this end.</summary>
    public void CloseOutput()
    {
        _process.StandardOutput.Close();
        _isOutputClosed = true;
    }

    /// <summary>What comes until the process ends.</summary>
    public async Task<ToolResult> EndAsync()
    {
        var output = _isOutputClosed ? "" : await _process.StandardOutput.ReadToEndAsync().WaitAsync(Deadline);
        await _process.WaitForExitAsync().WaitAsync(Deadline);
        return new(_process.ExitCode, output, await _error);
    }

    /// <summary>SIGKILL, where there are signals.</summary>
    public void Kill() => _process.Kill();

    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{Id}"]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}

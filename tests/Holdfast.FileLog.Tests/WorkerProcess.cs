using System.Diagnostics;
using System.Globalization;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

/// <summary>A process of the program <c>Holdfast.Worker</c> at a directory, and what it acknowledged so far.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly Task<string> _errors;

    private WorkerProcess(ProcessStartInfo start, params IEnumerable<string> arguments)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.UseShellExecute = false;
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public List<AcknowledgedCommit> Acknowledged { get; } = [];

    /// <summary>The error that ended the work, as the worker says it; null for none.</summary>
    public string? Error { get; private set; }

    private static string ProgramPath => Path.Combine(AppContext.BaseDirectory, "Holdfast.Worker.dll");

    private static string DotnetPath => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    public static WorkerProcess Start(string directory, params string[] arguments)
        => new(new ProcessStartInfo(DotnetPath), ["exec", ProgramPath, $"file:{directory}", .. arguments]);

    /// <summary>Starts a worker that may not make a file longer than a number of KiB: writing further fails as on a full disk.</summary>
    public static WorkerProcess StartWithFileLimit(string directory, int kibibytes, params string[] arguments)
    {
        // The runtime reserves its memory for code by a large file, unless it is told not to.
        var start = new ProcessStartInfo("/bin/bash") { Environment = { ["DOTNET_EnableWriteXorExecute"] = "0" } };
        var limit = kibibytes.ToString(CultureInfo.InvariantCulture);
        return new(start, ["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"", limit, DotnetPath, "exec", ProgramPath, $"file:{directory}", .. arguments]);
    }

    /// <summary>Reads until the worker has acknowledged some commits, or ends.</summary>
    public async Task UntilAcknowledgedAsync(int count)
    {
        while (Acknowledged.Count < count && await _process.StandardOutput.ReadLineAsync().WaitAsync(Deadline) is { } line)
        {
            Take(line);
        }
    }

    /// <summary>Reads to the end.</summary>
    public async Task UntilEndAsync()
    {
        await UntilAcknowledgedAsync(int.MaxValue);
        await _process.WaitForExitAsync().WaitAsync(Deadline);
    }

    /// <summary>Reads to the end; the worker must end by itself, without an error.</summary>
    public async Task UntilDoneAsync()
    {
        await UntilEndAsync();
        _process.ExitCode.ShouldBe(0, await _errors);
    }

    /// <summary>Kills the worker wherever it is (SIGKILL), and reads what it had said.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await UntilEndAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Take(string line)
    {
        switch (line.Split(' '))
        {
            // A killed worker may have said only a part of its last line.
            case ["ack", var thread, var version, { Length: 36 } commit]:
                Acknowledged.Add(new(ThreadKey.Of(thread), long.Parse(version, CultureInfo.InvariantCulture), CommitId.Parse(commit)));
                break;
            case ["error", ..]:
                Error = line;
                break;
        }
    }
}

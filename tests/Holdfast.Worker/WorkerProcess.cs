using System.Diagnostics;
using System.Globalization;
using Holdfast.Testing;

namespace Holdfast.Worker;

/// <summary>This program in a process of its own, and what it acknowledged so far: for tests of any log.</summary>
public sealed class WorkerProcess : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    private readonly Process _process;
    private readonly Task<string> _errors;

    private WorkerProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public List<AcknowledgedCommit> Acknowledged { get; } = [];

    /// <summary>The threads whose turns hang at their kill points.</summary>
    public HashSet<string> Hanging { get; } = new(StringComparer.Ordinal);

    /// <summary>The error that ended the work, as the worker says it; null for none.</summary>
    public string? Error { get; private set; }

    private static string ProgramPath => Path.Combine(AppContext.BaseDirectory, "Holdfast.Worker.dll");

    private static string DotnetPath => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    /// <summary>Starts a worker on the store at a URL.</summary>
    public static WorkerProcess Start(string url, params string[] arguments) => Start(new ProcessStartInfo(DotnetPath), ["exec", ProgramPath, url, .. arguments]);

    /// <summary>Starts a worker that may not make a file longer than a number of KiB: writing further fails as on a full disk.</summary>
    public static WorkerProcess StartWithFileLimit(string url, int kibibytes, params string[] arguments)
    {
        // The runtime reserves its memory for code by a large file, unless it is told not to.
        var start = new ProcessStartInfo("/bin/bash") { Environment = { ["DOTNET_EnableWriteXorExecute"] = "0" } };
        var limit = kibibytes.ToString(CultureInfo.InvariantCulture);
        return Start(start, ["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"", limit, DotnetPath, "exec", ProgramPath, url, .. arguments]);
    }

    /// <summary>Reads until the worker says that it is ready.</summary>
    public async Task UntilReadyAsync()
    {
        if (await ReadLineAsync() != "ready")
        {
            throw new InvalidOperationException($"The worker did not get ready: {await _errors}");
        }
    }

    /// <summary>Lets a worker that is ready begin.</summary>
    public Task GoAsync() => _process.StandardInput.WriteLineAsync("go");

    /// <summary>Reads until the worker has acknowledged some commits, or ends.</summary>
    public async Task UntilAcknowledgedAsync(int count)
    {
        while (Acknowledged.Count < count && await ReadLineAsync() is { } line)
        {
            Take(line);
        }
    }

    /// <summary>Reads until some turns hang at their kill points.</summary>
    public async Task UntilHangingAsync(int count)
    {
        while (Hanging.Count < count)
        {
            Take(await ReadLineAsync() ?? throw new InvalidOperationException($"The worker ended, and only {Hanging.Count} turns had come to their points: {await _errors}"));
        }
    }

    /// <summary>Freezes the worker (SIGSTOP) until <see cref="ThawAsync"/>, while none of its calls to the log is on its way: one that writes would hold the lock of the database, and nobody could go on.</summary>
    public async Task FreezeAsync()
    {
        await _process.StandardInput.WriteLineAsync("quiet");
        while (await ReadLineAsync() is { } line && line != "quiet")
        {
            Take(line);
        }

        await SignalAsync("STOP");
    }

    /// <summary>Lets a worker that is frozen go on (SIGCONT).</summary>
    public Task ThawAsync() => SignalAsync("CONT");

    /// <summary>Reads to the end; the worker must end by itself, without an error.</summary>
    public async Task UntilDoneAsync()
    {
        await UntilEndAsync();
        if (_process.ExitCode != 0)
        {
            throw new InvalidOperationException($"The worker ended with {_process.ExitCode}: {Error} {await _errors}");
        }
    }

    /// <summary>Reads to the end.</summary>
    public async Task UntilEndAsync()
    {
        await UntilAcknowledgedAsync(int.MaxValue);
        await _process.WaitForExitAsync().WaitAsync(Deadline);
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

    private static WorkerProcess Start(ProcessStartInfo start, IEnumerable<string> arguments)
    {
        start.UseShellExecute = false;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;

        // Credentials are no part of a store's URL; these are for the servers of tests, which take any.
        (start.Environment["AWS_ACCESS_KEY_ID"], start.Environment["AWS_SECRET_ACCESS_KEY"], start.Environment["AWS_EC2_METADATA_DISABLED"]) = ("local", "local", "true");
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return new(Process.Start(start)!);
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("/bin/bash", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {_process.Id}")]);
        await kill.WaitForExitAsync();
        if (kill.ExitCode != 0)
        {
            throw new InvalidOperationException($"The worker cannot be sent SIG{signal}.");
        }
    }

    private Task<string?> ReadLineAsync() => _process.StandardOutput.ReadLineAsync().WaitAsync(Deadline);

    private void Take(string line)
    {
        switch (line.Split(' '))
        {
            // A killed worker may have said only a part of its last line.
            case ["ack", var thread, var version, { Length: 36 } commit]:
                Acknowledged.Add(new(ThreadKey.Of(thread), long.Parse(version, CultureInfo.InvariantCulture), CommitId.Parse(commit)));
                break;
            case ["at", var thread]:
                Hanging.Add(thread);
                break;
            case ["error", ..]:
                Error = line;
                break;
        }
    }
}

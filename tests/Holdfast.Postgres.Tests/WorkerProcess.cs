using System.Diagnostics;
using System.Globalization;
using Holdfast.Testing;

namespace Holdfast.Postgres.Tests;

/// <summary>A process of the program <c>Holdfast.Worker</c>, and what it acknowledged so far.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly Task<string> _errors;

    private WorkerProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public List<AcknowledgedCommit> Acknowledged { get; } = [];

    public static WorkerProcess Start(string url, params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Holdfast.Worker.dll");
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        return new(Process.Start(new ProcessStartInfo(dotnet, ["exec", program, url, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!);
    }

    /// <summary>Reads until the worker says that it is ready.</summary>
    public async Task UntilReadyAsync() => (await ReadLineAsync()).ShouldBe("ready");

    public Task GoAsync() => _process.StandardInput.WriteLineAsync("go");

    /// <summary>Reads until the worker has acknowledged some commits, or ends.</summary>
    public async Task UntilAcknowledgedAsync(int count)
    {
        while (Acknowledged.Count < count && await ReadLineAsync() is { } line)
        {
            // A killed worker may have said only a part of its last line.
            if (line.Split(' ') is ["ack", var thread, var version, { Length: 36 } commit])
            {
                Acknowledged.Add(new(ThreadKey.Of(thread), long.Parse(version, CultureInfo.InvariantCulture), CommitId.Parse(commit)));
            }
        }
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

    private async Task UntilEndAsync()
    {
        await UntilAcknowledgedAsync(int.MaxValue);
        await _process.WaitForExitAsync().WaitAsync(Deadline);
    }

    private Task<string?> ReadLineAsync() => _process.StandardOutput.ReadLineAsync().WaitAsync(Deadline);
}

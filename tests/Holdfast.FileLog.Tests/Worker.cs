using System.Diagnostics;
using System.Globalization;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

/// <summary>Another process that commits, and what it said was confirmed.</summary>
public sealed class Worker : IDisposable
{
    private readonly Process _process;

    private Worker(Process process) => _process = process;

    /// <summary>What was confirmed so far.</summary>
    public List<AcknowledgedCommit> Acknowledged { get; } = [];

    public static Worker Start(params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Holdfast.FileLog.Worker.dll");
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        return new(Process.Start(start)!);
    }

    /// <summary>Reads on until so many more commits were confirmed.</summary>
    public async Task ReadAsync(int count, CancellationToken cancellationToken)
    {
        while (count-- > 0 && await ReadLineAsync(cancellationToken))
        {
        }
    }

    /// <summary>Reads on until the worker has ended.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> ReadToEndAsync(CancellationToken cancellationToken)
    {
        while (await ReadLineAsync(cancellationToken))
        {
        }

        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Ends the worker without warning.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private async Task<bool> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = await _process.StandardOutput.ReadLineAsync(cancellationToken);
        // A killed worker's last line may be cut; what was not said in full was not said.
        if (line?.Split(' ') is ["ack", var thread, var version, { Length: 36 } commit])
        {
            Acknowledged.Add(new(ThreadKey.Of(thread), long.Parse(version, CultureInfo.InvariantCulture), CommitId.Parse(commit)));
        }

        return line is not null;
    }
}

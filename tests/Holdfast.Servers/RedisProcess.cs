using System.Diagnostics;

namespace Holdfast.Servers;

/// <summary>A server that ends with this process, however this process ends.</summary>
/// <remarks>
/// A shell between the two waits for the server, and ends when that has ended. It holds a pipe to this process: when the pipe closes, it kills the server (SIGKILL).
/// </remarks>
internal sealed class RedisProcess : IDisposable
{
    private const string Script =
        """
        exec 3<&0 2>/dev/null
        "$@" >>output.txt 2>&1 </dev/null 3<&- &
        server=$!
        { read -r line; kill -9 $server; } <&3 3<&- >/dev/null &
        echo started
        wait $server
        kill $!
        """;

    private readonly Process _shell;

    private RedisProcess(Process shell) => _shell = shell;

    public bool HasExited => _shell.HasExited;

    public static async Task<RedisProcess> StartAsync(string directory, string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            WorkingDirectory = directory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var argument in (string[])["-c", Script, "sh", program, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        var shell = Process.Start(start)!;
        await shell.StandardOutput.ReadLineAsync();
        return new(shell);
    }

    /// <summary>Ends the server as a crash does, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
    }

    public void Dispose()
    {
        _shell.StandardInput.Close();
        _shell.WaitForExit();
        _shell.Dispose();
    }
}

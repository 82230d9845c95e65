using System.Diagnostics;
using System.Globalization;

namespace Holdfast.Servers;

/// <summary>A server that ends with this process, however this process ends.</summary>
/// <remarks>A shell between the two holds a pipe to this process: when the pipe closes, it kills the server.</remarks>
internal sealed class RedisProcess : IDisposable
{
    private readonly Process _shell;

    private RedisProcess(Process shell, int id)
    {
        _shell = shell;
        Id = id;
    }

    /// <summary>The id of the server's process.</summary>
    public int Id { get; }

    public bool HasExited
    {
        get
        {
            try
            {
                using var server = Process.GetProcessById(Id);
                return server.HasExited;
            }
            catch (ArgumentException)
            {
                return true;
            }
        }
    }

    public static async Task<RedisProcess> StartAsync(string directory, string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            WorkingDirectory = directory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var argument in (string[])["-c", "\"$@\" >>output.txt 2>&1 </dev/null & echo $!; read -r line; kill -9 $!", "sh", program, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        var shell = Process.Start(start)!;
        var line = await shell.StandardOutput.ReadLineAsync();
        return new(shell, int.Parse(line!, CultureInfo.InvariantCulture));
    }

    /// <summary>Ends the server as a crash does, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        if (!HasExited)
        {
            using var server = Process.GetProcessById(Id);
            server.Kill();
            await server.WaitForExitAsync();
        }

        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
    }

    public void Dispose()
    {
        // The shell kills the server.
        _shell.StandardInput.Close();
        _shell.WaitForExit();
        _shell.Dispose();
    }
}

using System.Diagnostics;

namespace Holdfast.Servers;

/// <summary>Finds and runs the programs of PostgreSQL, which refuse to run as root.</summary>
internal static class PostgresPrograms
{
    private const string ServerUser = "postgres";

    /// <summary>Lets the user that servers run as write into a directory.</summary>
    public static async Task GiveToServerUserAsync(string directory)
    {
        Find("postgres");
        if (Environment.IsPrivilegedProcess)
        {
            using var process = Process.Start(new ProcessStartInfo("chown", [ServerUser, directory]))!;
            await process.WaitForExitAsync();
        }
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It is not installed, or failed.</exception>
    public static async Task RunAsync(string program, string directory, params IReadOnlyList<string> arguments)
    {
        var start = AsServerUser(Find(program), directory, arguments);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {await output}{await errors}");
        }
    }

    /// <summary>How to start a program as a user that is not root.</summary>
    public static ProcessStartInfo AsServerUser(string path, string directory, IReadOnlyList<string> arguments)
        => Environment.IsPrivilegedProcess
            ? new("setpriv", [$"--reuid={ServerUser}", $"--regid={ServerUser}", "--clear-groups", path, .. arguments]) { WorkingDirectory = directory }
            : new(path, arguments) { WorkingDirectory = directory };

    /// <summary>The path of a program of the newest version that is installed.</summary>
    public static string Find(string program)
    {
        var versions = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : [];
        return versions
            .OrderByDescending(version => int.TryParse(Path.GetFileName(version), out var number) ? number : 0)
            .Select(version => Path.Combine(version, "bin", program))
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(directory => Path.Combine(directory, program)))
            .FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"These tests need a PostgreSQL server, and '{program}' is not installed. On Debian: apt-get install postgresql.");
    }
}

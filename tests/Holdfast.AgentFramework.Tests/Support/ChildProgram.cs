using System.Diagnostics;

namespace Holdfast.AgentFramework.Tests.Support;

/// <summary>Programs that are run as processes of their own, to their end.</summary>
internal static class ChildProgram
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(15);

    /// <summary>What a program wrote.</summary>
    public static async Task<string> RunAsync(string path, string directory, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["exec", path, .. arguments])
        {
            WorkingDirectory = directory,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var errors = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Deadline);
            await process.WaitForExitAsync().WaitAsync(Deadline);
            process.ExitCode.ShouldBe(0, await errors);
            return output.Trim();
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}

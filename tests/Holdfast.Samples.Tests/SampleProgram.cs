using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;

namespace Holdfast.Samples.Tests;

/// <summary>A sample, run as processes in one folder that is empty at first.</summary>
internal sealed class SampleProgram(string name, string? assembly = null) : IDisposable
{
    // What a machine under load is given before a process counts as stuck.
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(15);

    public static string Root { get; } = FindRoot();

    public string Folder { get; } = Directory.CreateTempSubdirectory($"holdfast-{name}-").FullName;

    public string PathOf(string file) => Path.Combine(Folder, file);

    /// <summary>Runs it to its end; what it wrote.</summary>
    public async Task<string> RunAsync(params IEnumerable<string> arguments)
    {
        await using var run = Start(arguments);
        return await run.EndAsync();
    }

    /// <summary>Starts it.</summary>
    public Run Start(params IEnumerable<string> arguments)
    {
        // This project and the samples are built in the same configuration, for the same framework.
        var framework = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(Root, "samples", name, "bin", framework.Parent!.Name, framework.Name, $"{assembly ?? name}.dll");
        return new(Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["exec", program, .. arguments])
        {
            WorkingDirectory = Folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static string FindRoot([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));

    /// <summary>A process of the sample.</summary>
    internal sealed class Run(Process process) : IAsyncDisposable
    {
        private readonly Task<string> _errors = process.StandardError.ReadToEndAsync();
        private readonly StringBuilder _output = new();

        /// <summary>Writes a line to it.</summary>
        public Task SayAsync(string line) => process.StandardInput.WriteLineAsync(line);

        /// <summary>Waits until it has written a line that begins so.</summary>
        public async Task SeesAsync(string begin)
        {
            while (await process.StandardOutput.ReadLineAsync().WaitAsync(Deadline) is { } line)
            {
                _output.AppendLine(line);
                if (line.StartsWith(begin, StringComparison.Ordinal))
                {
                    return;
                }
            }

            Assert.Fail($"The program ended without '{begin}':\n{_output}\n{await _errors}");
        }

        /// <summary>Waits for its end; what it wrote since it was last looked at.</summary>
        /// <param name="fails">Whether it ends with an error, or is killed.</param>
        public async Task<string> EndAsync(bool fails = false)
        {
            process.StandardInput.Close();
            var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Deadline);
            await process.WaitForExitAsync().WaitAsync(Deadline);
            (process.ExitCode == 0).ShouldBe(!fails, $"{_output}{output}\n{await _errors}");
            return (fails ? output + await _errors : output).Trim();
        }

        /// <summary>Ends it without a warning.</summary>
        public async Task KillAsync()
        {
            process.Kill();
            await process.WaitForExitAsync().WaitAsync(Deadline);
        }

        public async ValueTask DisposeAsync()
        {
            if (!process.HasExited)
            {
                await KillAsync();
            }

            process.Dispose();
        }
    }
}

using System.Diagnostics;

namespace Holdfast.AspNetCore.Tests.Sample;

/// <summary>The sample, as a program of its own. It can be killed and started again at the same address.</summary>
internal sealed class WebChatProgram : IAsyncDisposable
{
    private const string Announcement = "Now listening on: ";
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(15);

    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-webchat-").FullName;
    private Process? _process;

    public string Address { get; private set; } = "http://127.0.0.1:0";

    public static async Task<WebChatProgram> StartAsync()
    {
        var program = new WebChatProgram();
        await program.RunAsync();
        return program;
    }

    /// <summary>Starts it. Its port may be that of a connection of somebody else for a moment.</summary>
    public async Task RunAsync()
    {
        for (var attempt = 1; !await TryRunAsync(); attempt++)
        {
            attempt.ShouldBeLessThan(20, "the program ended");
        }
    }

    private async Task<bool> TryRunAsync()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "sample", "WebChat.dll");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["exec", path, "--urls", Address])
        {
            WorkingDirectory = _directory,
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start)!;
        string? line;
        do
        {
            line = await _process.StandardOutput.ReadLineAsync(CancellationToken.None).AsTask().WaitAsync(Deadline);
        }
        while (line is not null && !line.Contains(Announcement, StringComparison.Ordinal));

        if (line is null)
        {
            return false;
        }

        Address = line[(line.IndexOf(Announcement, StringComparison.Ordinal) + Announcement.Length)..].Trim();
        _ = DrainAsync(_process);
        return true;
    }

    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_directory, recursive: true);
    }

    // A program whose output nobody reads stops at some time.
    private static async Task DrainAsync(Process process)
    {
        try
        {
            while (await process.StandardOutput.ReadLineAsync(CancellationToken.None) is not null)
            {
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or InvalidOperationException)
        {
        }
    }
}

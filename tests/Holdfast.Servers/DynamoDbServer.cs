using System.Diagnostics;
using System.Globalization;

namespace Holdfast.Servers;

/// <summary>Amazon's DynamoDB Local, on a free port of this machine, ended by its process id, or by itself when the tests are gone.</summary>
public sealed class DynamoDbServer : IAsyncDisposable
{
    private const string Version = "2.9.30";
    // The server ends when its input does, so that it does not outlive tests that were killed.
    private const string EndsWithInput = "exec 3<&0; { cat <&3; kill -KILL $$; } > /dev/null 2>&1 & exec \"$@\" 3<&- < /dev/null";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly string? _data;
    private Process? _process;

    private DynamoDbServer(string? data) => _data = data;

    public int Port { get; private set; }

    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}");

    /// <summary>Starts a server.</summary>
    /// <param name="onDisk">Whether it keeps its data in files, so that they outlive a <see cref="KillAsync"/>; otherwise in its memory.</param>
    /// <exception cref="InvalidOperationException">The server is not installed, or does not start.</exception>
    public static async Task<DynamoDbServer> StartAsync(bool onDisk = false)
    {
        var server = new DynamoDbServer(onDisk ? Directory.CreateTempSubdirectory("holdfast-dynamodb-").FullName : null);
        try
        {
            server.Port = Ports.Take();
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills the server in the midst of whatever it does: connections break, and requests go without an answer.</summary>
    /// <remarks>
    /// Unlike the real service, DynamoDB Local acknowledges a transaction a moment before it is in its file. It carries out one request after the other: with the answer to another one,
    /// all that it had acknowledged before is stored. Seen with the AWS SDK alone: 5 of 755 transactions lost over 15 kills, 0 of 3,007 over 60 with another one before each of them.
    /// </remarks>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
            _process = null;
        }
    }

    /// <summary>Starts the server on its port, and waits until it answers.</summary>
    public async Task StartAgainAsync()
    {
        var home = Home();
        string[] storage = _data is null ? ["-inMemory"] : ["-dbPath", _data];
        var start = WithoutTerminal(
            "sh",
            [
                "-c", EndsWithInput, "sh", "java",
                "-Xmx1g", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", $"-Djava.library.path={Path.Combine(home, "DynamoDBLocal_lib")}", "-jar", "DynamoDBLocal.jar",
                "-disableTelemetry", "-port", Port.ToString(CultureInfo.InvariantCulture), .. storage,
            ]);
        start.WorkingDirectory = home;
        var said = new StringWriter();
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await WaitUntilAnsweringAsync(said);

        void Keep(string? line)
        {
            lock (said)
            {
                said.WriteLine(line);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        if (_data is not null)
        {
            Directory.Delete(_data, recursive: true);
        }
    }

    // A program that could use the terminal would stop tests that run in the background.
    private static ProcessStartInfo WithoutTerminal(string program, params IEnumerable<string> arguments) => new(program, arguments)
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };

    private static string Home()
    {
        var cache = Environment.GetEnvironmentVariable("HOLDFAST_CACHE") is { Length: > 0 } named
            ? named
            : Path.Combine(
                Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } home
                    ? home
                    : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
                "holdfast");
        var directory = Path.Combine(cache, "dynamodb-local", Version);
        return File.Exists(Path.Combine(directory, "DynamoDBLocal.jar"))
            ? directory
            : throw new InvalidOperationException($"These tests need DynamoDB Local, which was expected in '{directory}'. Run eng/install-dynamodb-local.sh.");
    }

    private async Task WaitUntilAnsweringAsync(StringWriter said)
    {
        using var http = new HttpClient();
        for (var start = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                using var response = await http.GetAsync(new Uri(Url));
                return;
            }
            catch (HttpRequestException) when (!_process!.HasExited && Stopwatch.GetElapsedTime(start) < Patience.Limit)
            {
                await Task.Delay(Pause, TimeProvider.System);
            }
            catch (HttpRequestException e)
            {
                lock (said)
                {
                    throw new InvalidOperationException($"DynamoDB Local, which needs Java 17, does not answer at {Url}. It said: {said}", e);
                }
            }
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace Holdfast.Servers;

/// <summary>A PostgreSQL server of its own: in a temporary directory, on a free port of this machine, ended by its process id.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const int StartAttempts = 5;

    private static readonly string WaitSeconds = Patience.Limit.TotalSeconds.ToString(CultureInfo.InvariantCulture);

    private readonly string _directory;
    private readonly string _settings;

    private PostgresServer(string directory, string settings)
    {
        _directory = directory;
        _settings = settings;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    public static string Host => "127.0.0.1";

    public static string User => "keeper";

    /// <summary>A password that no other server has, with characters that connection strings and URLs must escape.</summary>
    public string Password { get; } = "p;'=@/%" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));

    public int Port { get; private set; }

    public bool IsRunning => ReadPid() is { } pid && IsAlive(pid);

    /// <summary>Where its files are.</summary>
    public string DataDirectory => Path.Combine(_directory, "data");

    /// <summary>Makes a cluster and starts it.</summary>
    /// <param name="settings">Lines for <c>postgresql.conf</c>.</param>
    /// <exception cref="InvalidOperationException">The server is not installed, or does not start.</exception>
    public static async Task<PostgresServer> StartAsync(params string[] settings)
    {
        var directory = Directory.CreateTempSubdirectory("holdfast-postgres-").FullName;
        var server = new PostgresServer(directory, string.Join('\n', settings));
        try
        {
            await PostgresPrograms.GiveToServerUserAsync(directory);
            await server.InitializeAsync();
            await server.StartOnFreePortAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The connection string for a database.</summary>
    /// <param name="database">The name of the database.</param>
    /// <param name="further">Further keywords, such as <c>Maximum Pool Size=5</c>.</param>
    public string ConnectionString(string database = "postgres", string further = "")
        => ConnectionString(Port, database, further);

    /// <summary>The connection string for a database behind a pooler that listens on another port.</summary>
    public string ConnectionString(int port, string database, string further)
        => string.Create(CultureInfo.InvariantCulture, $"Host={Host};Port={port};Database={database};Username={User};Password=\"{Password}\";Timeout={Patience.Call.TotalSeconds};{further}");

    /// <summary>The URL of a database.</summary>
    public string Url(string database = "postgres", string query = "")
        => string.Create(CultureInfo.InvariantCulture, $"postgres://{User}:{Uri.EscapeDataString(Password)}@{Host}:{Port}/{database}{query}");

    /// <summary>Ends the server, and waits until it is gone.</summary>
    /// <param name="mode"><c>fast</c>, or <c>immediate</c> for what a crash is like.</param>
    public async Task StopAsync(string mode = "fast")
    {
        if (IsRunning)
        {
            await PostgresPrograms.RunAsync("pg_ctl", DataDirectory, "stop", "-D", DataDirectory, "-m", mode, "-w", "-t", WaitSeconds);
        }
    }

    /// <summary>Starts the server again on its port, and waits until it takes connections.</summary>
    public Task StartAgainAsync()
        => PostgresPrograms.RunAsync("pg_ctl", DataDirectory, "start", "-D", DataDirectory, "-l", Path.Combine(_directory, "log"), "-w", "-t", WaitSeconds);

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        await StopAsync("immediate");
        Directory.Delete(_directory, recursive: true);
    }

    private async Task InitializeAsync()
    {
        var passwordFile = Path.Combine(_directory, "password");
        await File.WriteAllTextAsync(passwordFile, Password);
        await PostgresPrograms.RunAsync(
            "initdb", _directory, "-D", DataDirectory, "-U", User, "--pwfile", passwordFile, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync");
        File.Delete(passwordFile);
    }

    private async Task StartOnFreePortAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            Port = Ports.Take();
            await File.WriteAllTextAsync(
                Path.Combine(DataDirectory, "postgresql.auto.conf"),
                string.Create(CultureInfo.InvariantCulture, $"listen_addresses = '{Host}'\nport = {Port}\nunix_socket_directories = '{_directory}'\n{_settings}\n"));
            try
            {
                await StartAgainAsync();
                return;
            }
            catch (InvalidOperationException) when (attempt < StartAttempts)
            {
                // Somebody else may have taken the port.
            }
        }
    }

    private int? ReadPid()
    {
        try
        {
            return int.Parse(File.ReadLines(Path.Combine(DataDirectory, "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool IsAlive(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    // The tests were ended before they could end the server.
    private void OnProcessExit(object? sender, EventArgs e)
    {
        if (ReadPid() is { } pid && IsAlive(pid))
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Holdfast.Servers;

/// <summary>A PgBouncer in transaction mode before a PostgreSQL server: a connection to the server is a client's own for the time of a transaction only.</summary>
public sealed class PgBouncerServer : IAsyncDisposable
{
    private readonly string _directory;
    private readonly string _program;
    private Process _process;

    private PgBouncerServer(string program, string directory, int port)
    {
        _program = program;
        _directory = directory;
        _process = StartProcess();
        Port = port;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    public int Port { get; }

    /// <summary>Starts a pooler.</summary>
    /// <param name="server">The server behind it.</param>
    /// <param name="serverConnections">How many connections to the server all its clients share.</param>
    /// <exception cref="InvalidOperationException">PgBouncer is not installed, or does not start.</exception>
    public static async Task<PgBouncerServer> StartAsync(PostgresServer server, int serverConnections)
    {
        ArgumentNullException.ThrowIfNull(server);
        var program = new[] { "/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer" }.FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("These tests need PgBouncer, which is not installed. On Debian: apt-get install pgbouncer.");
        var directory = Directory.CreateTempSubdirectory("holdfast-pgbouncer-").FullName;
        await PostgresPrograms.GiveToServerUserAsync(directory);
        var port = Ports.Take();
        await File.WriteAllTextAsync(Path.Combine(directory, "users"), $"\"{PostgresServer.User}\" \"{server.Password.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n");
        await File.WriteAllTextAsync(
            Path.Combine(directory, "pgbouncer.ini"),
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                [databases]
                * = host={PostgresServer.Host} port={server.Port}
                [pgbouncer]
                listen_addr = {PostgresServer.Host}
                listen_port = {port}
                unix_socket_dir =
                auth_type = scram-sha-256
                auth_file = {directory}/users
                pool_mode = transaction
                default_pool_size = {serverConnections}
                max_client_conn = 500
                logfile = {directory}/log

                """));
        var bouncer = new PgBouncerServer(program, directory, port);
        try
        {
            await bouncer.WaitUntilListeningAsync();
            return bouncer;
        }
        catch
        {
            await bouncer.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills the pooler, with all the connections through it, and starts it again on its port.</summary>
    public async Task RestartAsync()
    {
        await KillAsync();
        _process = StartProcess();
        await WaitUntilListeningAsync();
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        await KillAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private Process StartProcess()
        => Process.Start(PostgresPrograms.AsServerUser(_program, _directory, ["-q", Path.Combine(_directory, "pgbouncer.ini")]))!;

    private async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task WaitUntilListeningAsync()
    {
        for (var start = Stopwatch.GetTimestamp(); ;)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(PostgresServer.Host, Port);
                return;
            }
            catch (SocketException) when (!_process.HasExited && Stopwatch.GetElapsedTime(start) < Patience.Limit)
            {
                await Patience.PauseAsync();
            }
            catch (SocketException e)
            {
                var log = Path.Combine(_directory, "log");
                throw new InvalidOperationException($"PgBouncer does not listen: {(File.Exists(log) ? await File.ReadAllTextAsync(log) : "it wrote no log")}", e);
            }
        }
    }

    private void OnProcessExit(object? sender, EventArgs e)
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
    }
}

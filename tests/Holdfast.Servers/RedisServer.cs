using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Holdfast.Servers;

/// <summary>A Redis server of the tests' own: on a free port of the loopback address, with its data in a temporary folder.</summary>
/// <remarks>Acknowledged writes are on the disk (<c>appendonly yes</c>, <c>appendfsync always</c>) unless other settings are given.</remarks>
public sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = Patience.Limit;
    private static readonly IReadOnlyList<string> Durable = ["--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0", "--save", ""];

    private readonly IReadOnlyList<string> _settings;
    private RedisProcess? _process;

    private RedisServer(IReadOnlyList<string> settings) => _settings = settings;

    public int Port { get; private set; }

    /// <summary>Host and port, as configuration strings have them.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("holdfast-redis-").FullName;

    /// <summary>Starts a server.</summary>
    /// <exception cref="InvalidOperationException">There is no redis-server on this machine, or it does not start.</exception>
    public static async Task<RedisServer> StartAsync(params IReadOnlyList<string> settings)
    {
        var server = new RedisServer(settings);
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the server again on the same port and data.</summary>
    public async Task StartAsync()
    {
        var program = RedisPrograms.FindServer();
        for (var attempt = 0; ; attempt++)
        {
            var port = Port == 0 ? Ports.Take() : Port;
            _process = await RedisProcess.StartAsync(
                Directory,
                program,
                ["--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", Directory, "--daemonize", "no", "--logfile", "", .. Durable, .. _settings]);
            if (await IsReadyAsync(port))
            {
                Port = port;
                return;
            }

            // Somebody else may have taken the port meanwhile.
            _process.Dispose();
            _process = null;
            if (attempt == 3)
            {
                throw new InvalidOperationException($"redis-server does not start: {await File.ReadAllTextAsync(Path.Combine(Directory, "output.txt"))}");
            }
        }
    }

    /// <summary>Ends the server as a crash does (SIGKILL).</summary>
    public async Task KillAsync()
    {
        await _process!.KillAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Sends one command on a connection of its own and returns the answer as it is, without its end.</summary>
    public async Task<string> SendAsync(params IReadOnlyList<string> command) => await SendAsync(Port, command);

    public ValueTask DisposeAsync()
    {
        _process?.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
        return default;
    }

    private static async Task<string> SendAsync(int port, IReadOnlyList<string> command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        await using var stream = client.GetStream();
        var request = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{command.Count}\r\n");
        foreach (var part in command)
        {
            request.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(part)}\r\n{part}\r\n");
        }

        await stream.WriteAsync(Encoding.UTF8.GetBytes(request.ToString()));
        using var answer = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (!IsWhole(answer.GetBuffer().AsSpan(0, (int)answer.Length)) && await stream.ReadAsync(buffer) is > 0 and var length)
        {
            answer.Write(buffer, 0, length);
        }

        return Encoding.UTF8.GetString(answer.GetBuffer(), 0, (int)answer.Length).TrimEnd();
    }

    // See https://redis.io/docs/latest/develop/reference/protocol-spec: an answer may come in pieces.
    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        for (var left = 1; left > 0; left--)
        {
            var end = answer.IndexOf("\r\n"u8);
            if (end < 0)
            {
                return false;
            }

            var kind = answer[0];
            var count = kind is (byte)'*' or (byte)'$' ? int.Parse(answer[1..end], CultureInfo.InvariantCulture) : 0;
            answer = answer[(end + 2)..];
            left += kind == (byte)'*' ? Math.Max(count, 0) : 0;
            if (kind == (byte)'$' && count >= 0)
            {
                if (answer.Length < count + 2)
                {
                    return false;
                }

                answer = answer[(count + 2)..];
            }
        }

        return true;
    }

    private async Task<bool> IsReadyAsync(int port)
    {
        var started = Stopwatch.GetTimestamp();
        while (!_process!.HasExited && Stopwatch.GetElapsedTime(started) < StartTimeout)
        {
            try
            {
                // One that demands a password says so, which is an answer too.
                if (await SendAsync(port, ["PING"]) is "+PONG" or "-NOAUTH Authentication required.")
                {
                    return true;
                }
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                // Not yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        return false;
    }
}

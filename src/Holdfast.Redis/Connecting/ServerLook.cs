using System.Net;
using System.Net.Sockets;
using System.Text;
using StackExchange.Redis;

namespace Holdfast.Redis.Connecting;

/// <summary>Looks why servers cannot be reached, by asking each for a PING on a connection of its own.</summary>
internal static class ServerLook
{
    private const byte TlsAlert = 0x15;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly (string Code, string Meaning)[] Refusals =
    [
        ("WRONGPASS", "the user or the password is wrong."),
        ("invalid password", "the user or the password is wrong."),
        ("without any password configured", "a password was given, and it has none."),
        ("NOAUTH", "it demands a password."),
        ("DENIED", "it is in protected mode, which refuses connections from other machines."),
        ("max number of clients", "it has as many connections as it allows (maxclients)."),
    ];

    /// <summary>What a server's refusal means; null if that is not known.</summary>
    public static string? FindRefusal(string message)
        => Refusals.FirstOrDefault(refusal => message.Contains(refusal.Code, StringComparison.OrdinalIgnoreCase)).Meaning;

    /// <summary>Why no server can be reached; null if one can, or nothing was found.</summary>
    public static async Task<string?> FindProblemAsync(ConfigurationOptions configuration, CancellationToken stop)
    {
        if (configuration.Proxy != Proxy.None || configuration.Tunnel is not null)
        {
            return null;
        }

        var servers = configuration.EndPoints.ToList();
        var problems = await Task.WhenAll(servers.Select(server => LookAsync(server, configuration, stop))).ConfigureAwait(false);
        return problems.Contains(null) ? null
            : problems.Length == 1 ? problems[0]
            : string.Join(' ', servers.Zip(problems, (server, problem) => $"{RedisServers.NameOf(server)}: {problem}"));
    }

    private static async Task<string?> LookAsync(EndPoint server, ConfigurationOptions configuration, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Patience);
        try
        {
            using var socket = server.AddressFamily is AddressFamily.Unspecified or AddressFamily.Unknown
                ? new Socket(SocketType.Stream, ProtocolType.Tcp)
                : new Socket(server.AddressFamily, SocketType.Stream, server is UnixDomainSocketEndPoint ? ProtocolType.Unspecified : ProtocolType.Tcp);
            await socket.ConnectAsync(WithPort(server, configuration.Ssl), limit.Token).ConfigureAwait(false);
            return Judge(await PingAsync(socket, limit.Token).ConfigureAwait(false), configuration);
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => "the connection was refused: nothing listens there.",
                SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "the host name is not known.",
                SocketError.HostUnreachable or SocketError.NetworkUnreachable => "there is no way to it through the network.",
                SocketError.ConnectionReset => null,
                _ => $"{e.Message}.",
            };
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ArgumentException or NotSupportedException or InvalidOperationException)
        {
            // Nothing was found out.
            return null;
        }
    }

    private static async Task<byte[]> PingAsync(Socket socket, CancellationToken stop)
    {
        await socket.SendAsync("*1\r\n$4\r\nPING\r\n"u8.ToArray(), stop).ConfigureAwait(false);
        var answer = new byte[512];
        return answer[..await socket.ReceiveAsync(answer, stop).ConfigureAwait(false)];
    }

    private static string? Judge(byte[] answer, ConfigurationOptions configuration)
    {
        var isPlain = answer is [(byte)'+' or (byte)'-', ..];
        if (configuration.Ssl)
        {
            return isPlain ? "it speaks no TLS at this port." : null;
        }

        if (answer is [TlsAlert, ..])
        {
            return "it seems to speak TLS at this port (rediss://, ssl=true).";
        }

        // A server that demands a password says so to everyone; what it says to the right one is for the client to find out.
        return isPlain && FindRefusal(Encoding.UTF8.GetString(answer)) is { } refusal && (configuration.Password is null || !answer.AsSpan().StartsWith("-NOAUTH"u8)) ? refusal : null;
    }

    private static EndPoint WithPort(EndPoint server, bool isTls) => server switch
    {
        DnsEndPoint { Port: 0 } dns => new DnsEndPoint(dns.Host, isTls ? 6380 : 6379),
        IPEndPoint { Port: 0 } ip => new IPEndPoint(ip.Address, isTls ? 6380 : 6379),
        _ => server,
    };
}

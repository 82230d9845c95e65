using System.Net;
using StackExchange.Redis;

namespace Holdfast.Redis.Connecting;

/// <summary>The servers behind a connection.</summary>
internal static class RedisServers
{
    public static string NameOf(EndPoint server) => server switch
    {
        DnsEndPoint dns => $"{dns.Host}:{dns.Port}",
        _ => server.ToString() ?? "",
    };

    /// <summary>The masters.</summary>
    /// <exception cref="StoreUnavailableException">One of the servers cannot be reached, or none is a master.</exception>
    public static async Task<IReadOnlyList<IServer>> MastersAsync(RedisConnection connection, IConnectionMultiplexer multiplexer, CancellationToken cancellationToken)
    {
        var masters = new List<IServer>();
        foreach (var name in multiplexer.GetEndPoints(configuredOnly: false))
        {
            var server = multiplexer.GetServer(name);
            if (await IsMasterAsync(connection, server, cancellationToken).ConfigureAwait(false))
            {
                masters.Add(server);
            }
        }

        return masters.Count > 0 ? masters : throw new StoreUnavailableException($"{connection.Where} has no master.");
    }

    /// <summary>Whether the client refused a command because the connection (one of the user's own) is not for administration.</summary>
    public static bool IsForAdministration(StoreUnavailableException error) => error.InnerException is RedisCommandException;

    /// <summary>A section of what a server tells of itself.</summary>
    public static async Task<Dictionary<string, string>> InfoAsync(RedisConnection connection, IServer server, string section, CancellationToken cancellationToken)
        => ((string?)await AskAsync(connection, server, ["INFO", section], cancellationToken).ConfigureAwait(false) ?? "").Split('\n', StringSplitOptions.TrimEntries)
            .Select(line => line.Split(':', 2))
            .Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

    /// <summary>Sends a command to one server.</summary>
    /// <exception cref="StoreUnavailableException">The server could not be reached, refused, or did not answer in time.</exception>
    public static async Task<RedisResult> AskAsync(RedisConnection connection, IServer server, string[] command, CancellationToken cancellationToken)
    {
        try
        {
            return await server.ExecuteAsync(command[0], [.. command.Skip(1)]).WaitAsync(connection.Timeout, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisErrors.AreOf(e) && !cancellationToken.IsCancellationRequested)
        {
            throw RedisErrors.Translate(e, "ask for its state", $"redis {NameOf(server.EndPoint)}", Access.Read);
        }
    }

    private static async Task<bool> IsMasterAsync(RedisConnection connection, IServer server, CancellationToken cancellationToken)
    {
        try
        {
            return (await InfoAsync(connection, server, "replication", cancellationToken).ConfigureAwait(false)).GetValueOrDefault("role") == "master";
        }
        catch (StoreUnavailableException e) when (IsForAdministration(e) && server.IsConnected)
        {
            // What the client has learnt when it connected.
            return !server.IsReplica;
        }
    }
}

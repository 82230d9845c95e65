using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;

namespace Holdfast.Postgres.Connecting;

/// <summary>Tells in words why there is no connection to the server, and what to do about it.</summary>
internal static class ConnectionFailure
{
    /// <summary>The cause and the advice, as sentences without a secret; null if <paramref name="e"/> is no failure to connect.</summary>
    /// <param name="e">The failure.</param>
    /// <param name="where">The log.</param>
    /// <param name="isConnecting">Whether a connection was being opened.</param>
    public static string? Describe(Exception e, PostgresTarget where, bool isConnecting)
        => e is PostgresException server ? OfServer(server, where)
        : Find<SocketException>(e) is { } socket ? OfSocket(socket, where)
        : Find<AuthenticationException>(e) is { } tls ? $"TLS could not be agreed upon with {where.Address}: {tls.Message} Check 'SSL Mode' and the certificate of the server."
        : e is NpgsqlException && e.Message.Contains("No SSL enabled", StringComparison.Ordinal) ? $"the server at {where.Address} does not speak TLS, which 'SSL Mode' demands. Switch TLS on there, or change 'SSL Mode'."
        : e is NpgsqlException && e.Message.Contains("suitable host", StringComparison.Ordinal) ? $"none of the hosts in {where.Address} takes connections. Check that the servers run, and that hosts and port are right."
        : !isConnecting || PostgresErrors.IsPoolExhausted(e) ? null
        : PostgresErrors.IsTimeout(e) ? $"nothing answered at {where.Address} within {where.Patience.TotalSeconds} seconds. Check host, port and firewalls, or raise 'Timeout'."
        : $"what answers at {where.Address} ended the attempt to connect: {e.Message}. Check that it is a PostgreSQL server.";

    private static string? OfServer(PostgresException server, PostgresTarget where) => server.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword => $"the server at {where.Address} does not accept the password of '{where.User}'. Check 'Username' and 'Password'.",
        PostgresErrorCodes.InvalidAuthorizationSpecification => $"the server at {where.Address} does not let '{where.User}' in: {server.MessageText}. Check 'Username' and the server's pg_hba.conf.",
        PostgresErrorCodes.InvalidCatalogName => $"the server at {where.Address} has no database '{where.Database}'. Create it, or name another one.",
        PostgresErrorCodes.CannotConnectNow => $"the server at {where.Address} is starting or stopping: {server.MessageText}. Try again in a moment.",
        _ => null,
    };

    private static string? OfSocket(SocketException socket, PostgresTarget where) => socket.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => $"nothing listens at {where.Address} (connection refused). Check that the server runs, and that host and port are right.",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => $"the name of the host in {where.Address} cannot be resolved ({socket.Message}). Check that it is right.",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => $"there is no way to {where.Address} ({socket.Message}). Check host and network.",
        SocketError.TimedOut => $"nothing answers at {where.Address}. Check host, port and firewalls.",
        _ => null,
    };

    private static T? Find<T>(Exception e)
        where T : Exception
        => e as T ?? (e is AggregateException several ? several.InnerExceptions.Select(Find<T>).FirstOrDefault(found => found is not null) : e.InnerException is { } inner ? Find<T>(inner) : null);
}

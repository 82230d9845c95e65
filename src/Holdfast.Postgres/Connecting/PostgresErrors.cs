using System.Net.Sockets;
using Npgsql;

namespace Holdfast.Postgres.Connecting;

/// <summary>Tells what a failure of the server or of the connection to it means.</summary>
internal static class PostgresErrors
{
    /// <summary>Whether a failure is one of the backend, and not of the caller or of this library.</summary>
    public static bool IsBackend(Exception e) => e is NpgsqlException or IOException or SocketException or TimeoutException;

    /// <summary>Whether the server refused a statement and told so: then it has done nothing, and the connection is still good.</summary>
    public static bool IsRefusal(Exception e) => e is PostgresException server && !EndsConnection(server);

    /// <summary>Whether the statement may succeed when it is repeated as it is, because it only met others at the wrong moment.</summary>
    public static bool IsCollision(Exception e)
        => e is PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure };

    /// <summary>Whether the connection broke, so that the same statement may succeed on another one.</summary>
    public static bool IsLostConnection(Exception e) => e is PostgresException server
        ? EndsConnection(server)
        : IsBackend(e) && !IsTimeout(e);

    /// <summary>What callers are told.</summary>
    /// <param name="e">The failure.</param>
    /// <param name="where">The log.</param>
    /// <param name="what">What was tried, such as <c>Appending to thread 'x'</c>.</param>
    /// <param name="outcomeUnknown">Whether what was written may yet be stored.</param>
    /// <param name="isConnecting">Whether a connection was being opened. What was to be done over it does not matter then.</param>
    public static AgentStateException Translate(Exception e, PostgresTarget where, string what, bool outcomeUnknown = false, bool isConnecting = false) => e switch
    {
        _ when ConnectionFailure.Describe(e, where, isConnecting) is { } cause
            => new StoreUnavailableException($"{where} cannot be reached: {cause}{(outcomeUnknown ? $" {what} had begun." : "")}{Advice(outcomeUnknown)}", e, outcomeUnknown),
        PostgresException { SqlState: PostgresErrorCodes.ProgramLimitExceeded or PostgresErrorCodes.StringDataRightTruncation or PostgresErrorCodes.ArraySubscriptError } server
            => new StateTooLargeException($"{what} in {where} was refused, because a value is larger than PostgreSQL can hold or index: {server.MessageText} Nothing was written."),
        PostgresException { SqlState: PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted } server
            => new CorruptStateException($"{what} in {where} failed, because the database is damaged: {server.MessageText}", e),
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedColumn } server
            => new StoreUnavailableException($"{what} in {where} failed: {server.MessageText}. The tables of the log are not there (any more); open the log again, and look who changed the schema.", e, outcomeUnknown),
        PostgresException server
            => new StoreUnavailableException($"{what} in {where} failed: the server answered {server.SqlState}: {server.MessageText}.{Advice(outcomeUnknown)}", e, outcomeUnknown),
        _ when IsPoolExhausted(e)
            => new StoreUnavailableException(
                $"{what} in {where} failed: every connection of the pool was in use for longer than {where.Patience}. Raise 'Maximum Pool Size' or find what holds connections.{Advice(outcomeUnknown)}", e, outcomeUnknown),
        _ when IsTimeout(e)
            => new StoreUnavailableException($"{what} in {where} failed: there was no answer in time.{Advice(outcomeUnknown)}", e, outcomeUnknown),
        _ => new StoreUnavailableException($"{what} in {where} failed: {e.Message}{Advice(outcomeUnknown)}", e, outcomeUnknown),
    };

    public static bool IsTimeout(Exception e) => e is TimeoutException || e.InnerException is TimeoutException;

    public static bool IsPoolExhausted(Exception e) => e is NpgsqlException && e.Message.Contains("pool has been exhausted", StringComparison.Ordinal);

    // Classes 08 (connection exception) and 57P (shutdown, crash, not accepting): the session is over, whatever became of its statement.
    private static bool EndsConnection(PostgresException e)
        => e.SqlState.StartsWith("08", StringComparison.Ordinal)
        || e.SqlState.StartsWith("57P", StringComparison.Ordinal)
        || e.InvariantSeverity is "FATAL" or "PANIC";

    private static string Advice(bool outcomeUnknown)
        => outcomeUnknown ? " What was being written may yet be stored: repeating the commit settles it, without writing twice." : "";
}

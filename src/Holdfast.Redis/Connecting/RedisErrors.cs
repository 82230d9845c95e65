using StackExchange.Redis;

namespace Holdfast.Redis.Connecting;

/// <summary>The errors of Redis and its client as the errors that callers of a log meet.</summary>
internal static class RedisErrors
{
    // What a server says when it refuses a command before it has done anything of it, and what can be done about it.
    private static readonly (string Code, string Meaning)[] Refusals =
    [
        ("OOM", "it has no memory left within its maxmemory; give it more, or remove threads"),
        ("READONLY", "it is a replica; a failover may be under way"),
        ("LOADING", "it is still loading its data after a start"),
        ("CLUSTERDOWN", "its cluster is down, or the slot of the thread is served by no node"),
        ("MASTERDOWN", "it is a replica that has lost its master"),
        ("MOVED", "the slot of the thread has moved to another node"),
        ("ASK", "the slot of the thread is moving to another node"),
        ("TRYAGAIN", "the slot of the thread is moving to another node"),
        ("NOREPLICAS", "it has fewer replicas than its min-replicas-to-write"),
        ("MISCONF", "it cannot write its data to the disk"),
        ("BUSY", "a script has been running for too long"),
        ("NOAUTH", "it demands a password"),
        ("WRONGPASS", "the user or the password is wrong"),
        ("DENIED", "it is in protected mode"),

        // The client's own words for a MOVED to a node that it has no connection to.
        ("Endpoint", "the node that serves the slot of the thread cannot be reached"),
    ];

    /// <summary>Whether the server (or the client, before it sent anything) did not want keys of several slots in one call.</summary>
    public static bool IsCrossSlot(Exception error)
        => (error is RedisServerException && error.Message.Contains("CROSSSLOT", StringComparison.Ordinal))
            || (error is RedisCommandException && error.Message.Contains("slot", StringComparison.OrdinalIgnoreCase));

    public static bool IsMissingScript(RedisServerException error) => error.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal);

    /// <summary>Whether a key holds data of another kind than the command is for.</summary>
    public static bool IsOfAnotherKind(RedisServerException error) => IsOfAnotherKind(error.Message);

    /// <inheritdoc cref="IsOfAnotherKind(RedisServerException)"/>
    public static bool IsOfAnotherKind(string message) => message.Contains("WRONGTYPE", StringComparison.Ordinal);

    /// <summary>Whether the server refused to write because it is a replica.</summary>
    public static bool IsFromAReplica(RedisServerException error) => Has(error.Message, "READONLY");

    /// <summary>Whether an error is one of Redis or its client.</summary>
    public static bool AreOf(Exception error)
        => error is NoConnectionException or RedisException or RedisCommandException or TimeoutException or OperationCanceledException or ObjectDisposedException;

    /// <summary>The error that a caller meets.</summary>
    public static AgentStateException Translate(Exception error, string what, string where, Access access) => error switch
    {
        RedisServerException refusal => TranslateRefusal(refusal, what, where, access),
        RedisConnectionException { FailureType: ConnectionFailureType.UnableToResolvePhysicalConnection }
            => Unavailable($"There is no connection to {where}; nothing was sent", what, error, Access.Read),
        RedisConnectionException => Unavailable($"The connection to {where} was lost", what, error, access),
        RedisCommandException => Unavailable($"The call could not be sent to {where}", what, error, Access.Read),
        TimeoutException => Unavailable($"{where} did not answer in time", what, error, access),

        // The client fails what is under way like this when its connection is disposed of.
        OperationCanceledException or ObjectDisposedException => Unavailable($"The connection to {where} was closed", what, error, access),
        _ => Unavailable($"{where} failed", what, error, access),
    };

    private static AgentStateException TranslateRefusal(RedisServerException error, string what, string where, Access access)
    {
        var message = error.Message;
        foreach (var (code, meaning) in Refusals)
        {
            if (Has(message, code))
            {
                return Unavailable($"{where} refused: {meaning}", what, error, Access.Read);
            }
        }

        if (message.Contains("NOPERM", StringComparison.Ordinal) || message.Contains("user executing the script", StringComparison.Ordinal))
        {
            // Unlike the others it may come in the middle of a script.
            return Unavailable($"{where} refused: the user may not do this; docs/redis.md has the commands and keys that are needed ({message})", what, error, access);
        }

        return Unavailable($"{where} answered with an error: {message}", what, error, access);
    }

    // An error within a script has its code after words of the script engine, in some versions.
    private static bool Has(string message, string code)
        => message.StartsWith(code, StringComparison.Ordinal) || message.Contains($"-{code} ", StringComparison.Ordinal);

    private static StoreUnavailableException Unavailable(string problem, string what, Exception error, Access access)
        => new($"{problem} (to {what}).{(access == Access.Write ? " Whether it was done is not known: repeat it." : "")}", error, outcomeUnknown: access == Access.Write);
}

using Holdfast.Redis.Connecting;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Writing;
using StackExchange.Redis;

namespace Holdfast.Redis.Maintenance;

/// <summary>Runs scripts that change a thread and, where that is within reach, the index with it.</summary>
internal sealed class MaintenanceScripts(RedisConnection connection, RedisKeys keys, LogWarnings warnings)
{
    private readonly IndexFailures _failures = new(keys, warnings);

    /// <summary>Runs a script with the keys of the index, or without them where they are apart; null for an answer of nothing.</summary>
    public async Task<RedisResult[]?> RunAsync(RedisCall call, RedisScript script, RedisKey[] thread, RedisKey[] index, RedisValue[] arguments)
    {
        if (!connection.IsApart)
        {
            try
            {
                return Read(await call.RunAsync(script, [.. thread, .. index], arguments, Access.Write).ConfigureAwait(false));
            }
            catch (StoreUnavailableException e) when (e.InnerException is { } refusal && RedisErrors.IsCrossSlot(refusal))
            {
                connection.KeepApart();
            }
        }

        return Read(await call.RunAsync(script, thread, arguments, Access.Write).ConfigureAwait(false));

        static RedisResult[]? Read(RedisResult answer) => answer.IsNull ? null : (RedisResult[])answer!;
    }

    /// <summary>Tells why a script could not write the index, if it said so.</summary>
    public async Task TellAsync(RedisCall call, ThreadKey key, RedisResult failure)
    {
        if (!failure.IsNull)
        {
            await _failures.TellAsync(call, key, [], (string)failure!).ConfigureAwait(false);
        }
    }
}

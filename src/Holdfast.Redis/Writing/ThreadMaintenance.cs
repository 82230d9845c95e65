using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Values;
using StackExchange.Redis;

namespace Holdfast.Redis.Writing;

/// <summary>Changes expiries, and removes threads.</summary>
internal sealed class ThreadMaintenance(RedisConnection connection, RedisKeys keys, ThreadIndex index)
{
    public async ValueTask<bool> SetExpiryAsync(ThreadKey key, DateTimeOffset? expiresAt, CancellationToken cancellationToken)
    {
        using var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        var expiry = Instants.ValueOrNone(expiresAt);
        var born = await RunAsync(call, RedisScripts.Expire, [keys.Head(key), keys.Log(key), keys.Index(key.Tenant)], [expiry, key.Id.Value]).ConfigureAwait(false);
        if (!born.IsNull && connection.IsApart)
        {
            await index.ExpireAsync(call, key, (RedisValue)born, expiry).ConfigureAwait(false);
        }

        return !born.IsNull;
    }

    public async ValueTask<bool> EraseAsync(ThreadKey key, ThreadHead? ifUnchanged, CancellationToken cancellationToken)
    {
        using var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        RedisValue[] condition = ifUnchanged is null ? ["0"] : ["1", ifUnchanged.ChainHash.ToByteArray(), Instants.ValueOrNone(ifUnchanged.ExpiresAt)];
        var born = await RunAsync(
            call,
            RedisScripts.Erase,
            [keys.Head(key), keys.Log(key), keys.Index(key.Tenant)],
            [key.Id.Value, .. condition]).ConfigureAwait(false);
        if (!born.IsNull && connection.IsApart)
        {
            await index.ForgetAsync(call, key, (RedisValue)born).ConfigureAwait(false);
        }

        return !born.IsNull;
    }

    /// <summary>Runs a script with the keys of the index, or without them where they are apart.</summary>
    private async Task<RedisResult> RunAsync(RedisCall call, RedisScript script, RedisKey[] all, RedisValue[] arguments)
    {
        if (!connection.IsApart)
        {
            try
            {
                return await call.RunAsync(script, all, arguments, Access.Write).ConfigureAwait(false);
            }
            catch (StoreUnavailableException e) when (e.InnerException is { } refusal && RedisErrors.IsCrossSlot(refusal))
            {
                connection.KeepApart();
            }
        }

        return await call.RunAsync(script, all[..2], arguments, Access.Write).ConfigureAwait(false);
    }
}

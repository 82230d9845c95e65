using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Maintenance;
using Holdfast.Redis.Values;
using StackExchange.Redis;

namespace Holdfast.Redis.Writing;

/// <summary>Changes expiries, and removes threads.</summary>
internal sealed class ThreadMaintenance(RedisConnection connection, RedisKeys keys, ThreadIndex index, LogWarnings warnings)
{
    private readonly IndexFailures _failures = new(keys, warnings);

    public async ValueTask<bool> SetExpiryAsync(ThreadKey key, DateTimeOffset? expiresAt, CancellationToken cancellationToken)
    {
        using var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        var expiry = Instants.ValueOrNone(expiresAt);
        var answer = await RunAsync(call, RedisScripts.Expire, key, [expiry, key.Id.Value]).ConfigureAwait(false);
        if (answer is null)
        {
            return false;
        }

        switch ((string?)answer[0])
        {
            case "damaged":
                throw HeadFields.Missing(key);
            case "past":
                throw new StateConfigurationException(
                    $"Thread '{key}' cannot be made to expire at {expiresAt:O}: it is {Instants.Read(answer[1]):O} by the clock of {connection.Where}. Nothing was changed. "
                    + "If the instant was ahead by the clock of this process, set the clocks right.");
            default:
                await TellOrAsync(call, key, answer[2], () => index.ExpireAsync(call, key, answer[1], expiry)).ConfigureAwait(false);
                return true;
        }
    }

    public async ValueTask<bool> EraseAsync(ThreadKey key, ThreadHead? ifUnchanged, CancellationToken cancellationToken)
    {
        using var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        RedisValue[] condition = ifUnchanged is null ? ["0"] : ["1", ifUnchanged.ChainHash.ToByteArray(), Instants.ValueOrNone(ifUnchanged.ExpiresAt)];
        var answer = await RunAsync(call, RedisScripts.Erase, key, [key.Id.Value, .. condition]).ConfigureAwait(false);
        if (answer is null)
        {
            return false;
        }

        warnings.Forget(key);
        try
        {
            await TellOrAsync(call, key, answer[1], () => index.ForgetAsync(call, key, answer[0])).ConfigureAwait(false);
        }
        catch (StoreUnavailableException)
        {
            // The thread is gone, and the next listing that meets its name removes it from the index.
        }

        return true;
    }

    /// <summary>Tells why the script could not write the index; where that is apart, writes it now.</summary>
    private async Task TellOrAsync(RedisCall call, ThreadKey key, RedisValue failure, Func<Task> write)
    {
        if (!connection.IsApart)
        {
            if (!failure.IsNull)
            {
                await _failures.TellAsync(call, key, [], failure!).ConfigureAwait(false);
            }

            return;
        }

        try
        {
            await write().ConfigureAwait(false);
        }
        catch (CorruptStateException e)
        {
            warnings.TellOfIndex(key, e.Message, e);
        }
    }

    /// <summary>Runs a script with the keys of the index, or without them where they are apart.</summary>
    private async Task<RedisValue[]?> RunAsync(RedisCall call, RedisScript script, ThreadKey key, RedisValue[] arguments)
    {
        RedisKey[] all = [keys.Head(key), keys.Log(key), keys.Index(key.Tenant)];
        if (!connection.IsApart)
        {
            try
            {
                return Read(await call.RunAsync(script, all, arguments, Access.Write).ConfigureAwait(false));
            }
            catch (StoreUnavailableException e) when (e.InnerException is { } refusal && RedisErrors.IsCrossSlot(refusal))
            {
                connection.KeepApart();
            }
        }

        return Read(await call.RunAsync(script, all[..2], arguments, Access.Write).ConfigureAwait(false));

        static RedisValue[]? Read(RedisResult answer) => answer.IsNull ? null : (RedisValue[])answer!;
    }
}

using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Values;
using StackExchange.Redis;

namespace Holdfast.Redis.Reading;

/// <summary>Reads heads.</summary>
internal sealed class HeadReader(RedisKeys keys)
{
    /// <summary>Reads a head; null if there is no such thread.</summary>
    /// <exception cref="CorruptStateException">The head cannot be read, or is gone while there are entries.</exception>
    public async Task<ThreadHead?> GetAsync(RedisCall call, ThreadKey key, CancellationToken cancellationToken)
    {
        var answer = await call.RunAsync(RedisScripts.Head, [keys.Head(key), keys.Log(key)], [], Access.Read, cancellationToken).ConfigureAwait(false);
        return answer.IsNull ? null : HeadFields.Read(((RedisResult[])answer!)[0], key, keys.Head(key));
    }

    /// <summary>Reads what the index needs to know of a thread; null if it is not there.</summary>
    public async Task<StoredHead?> ReadAsync(RedisCall call, ThreadKey key, CancellationToken cancellationToken = default)
    {
        var found = (await ReadManyAsync(call, [key], cancellationToken).ConfigureAwait(false))[0];
        return found.Damage is { } damage ? throw damage : found.Stored;
    }

    /// <summary>Reads many heads with one wait.</summary>
    public async Task<IReadOnlyList<HeadFound>> ReadManyAsync(RedisCall call, IReadOnlyList<ThreadKey> threads, CancellationToken cancellationToken = default)
    {
        var rows = await call.ReadHashesAsync([.. threads.Select(keys.Head)], HeadFields.Names, "read heads", cancellationToken).ConfigureAwait(false);
        return [.. rows.Zip(threads, (row, key) => row.Fields is { } fields ? Read(fields, key) : new HeadFound(null, row.Damage))];
    }

    private HeadFound Read(RedisValue[] fields, ThreadKey key)
    {
        try
        {
            return new(HeadFields.ReadStored(fields, key, keys.Head(key)), null);
        }
        catch (CorruptStateException e)
        {
            return new(null, e);
        }
    }
}

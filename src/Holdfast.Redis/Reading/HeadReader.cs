using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Rows;
using StackExchange.Redis;

namespace Holdfast.Redis.Reading;

/// <summary>Reads heads.</summary>
internal sealed class HeadReader(RedisKeys keys)
{
    /// <summary>Reads a head; null if there is no such thread.</summary>
    /// <exception cref="CorruptStateException">The head cannot be read, or is gone while there are entries.</exception>
    public async Task<ThreadHead?> GetAsync(RedisCall call, HeadRequest request, CancellationToken cancellationToken)
    {
        var all = keys.Whole(request.Key);
        var answer = await call.RunAsync(RedisScripts.Head, request.WithPins ? all : all[..2], [], Access.Read, cancellationToken).ConfigureAwait(false);
        if (answer.IsNull)
        {
            return null;
        }

        var parts = (RedisResult[])answer!;
        var head = HeadFields.Read(parts[0], request.Key, all[0]);
        return request.WithPins ? head with { Pins = HeadFields.ReadPins(parts[1], request.Key) } : head;
    }

    /// <summary>Reads a head, as far as that takes no look at entries; null if it is not there.</summary>
    /// <exception cref="CorruptStateException">The head cannot be read.</exception>
    public async Task<ThreadHead?> ReadAsync(RedisCall call, ThreadKey key)
    {
        var found = (await ReadManyAsync(call, [key]).ConfigureAwait(false))[0];
        return found.Problem is { } problem ? throw problem : found.Head;
    }

    /// <summary>Reads many heads with one wait.</summary>
    public async Task<IReadOnlyList<HeadFound>> ReadManyAsync(RedisCall call, IReadOnlyList<ThreadKey> threads, CancellationToken cancellationToken = default)
    {
        var rows = await call.ReadHashesAsync([.. threads.Select(keys.Head)], "read heads", cancellationToken).ConfigureAwait(false);
        return [.. rows.Zip(threads, (row, key) => row.Fields is { } fields ? Read(fields, key) : new HeadFound(null, row.Damage))];
    }

    private HeadFound Read(HashEntry[] fields, ThreadKey key)
    {
        try
        {
            return new(HeadFields.ReadStored(fields, key, keys.Head(key)), null);
        }
        catch (AgentStateException e)
        {
            return new(null, e);
        }
    }
}

using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Values;

namespace Holdfast.Redis.Reading;

/// <summary>Reads heads.</summary>
internal sealed class HeadReader(RedisKeys keys)
{
    public async Task<StoredHead?> ReadAsync(RedisCall call, ThreadKey key, CancellationToken cancellationToken = default)
        => (await ReadManyAsync(call, [key], cancellationToken).ConfigureAwait(false))[0];

    /// <summary>Reads many heads with one wait; null for a thread that is not there.</summary>
    public async Task<IReadOnlyList<StoredHead?>> ReadManyAsync(RedisCall call, IReadOnlyList<ThreadKey> threads, CancellationToken cancellationToken = default)
    {
        var rows = await call.SendAsync(
            threads.Select(key => call.HashGetAsync(keys.Head(key), HeadFields.Names)), "read heads", Access.Read, cancellationToken).ConfigureAwait(false);
        return [.. rows.Zip(threads, HeadFields.ReadStored)];
    }
}

using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Reading;
using Holdfast.Redis.Values;
using StackExchange.Redis;

namespace Holdfast.Redis.Indexing;

/// <summary>Writes to the index where it is apart from the threads, after what it tells of was written there.</summary>
/// <remarks>
/// Whatever is cut short leaves the index behind, never ahead: it may name a thread that is gone, or miss what changed last. Records carry the version that they
/// were written for and the thread's first commit, so that a write that comes late undoes nothing newer.
/// </remarks>
internal sealed class ThreadIndex(RedisKeys keys, HeadReader heads)
{
    /// <summary>Moves a thread to its new place in the order of updates, if that is all that is to be done for a commit.</summary>
    /// <remarks>May be sent before the commit is known to stand.</remarks>
    public async Task<TouchAnswer> TouchAsync(RedisCall call, IndexEntry entry, bool keepsExpiry)
        => TouchAnswer.Read((RedisValue)await call.RunAsync(
            RedisScripts.IndexTouch,
            [keys.Index(entry.Key.Tenant)],
            [entry.Key.Id.Value, entry.Terms, entry.Score, keepsExpiry ? "" : entry.Expiry],
            Access.Write).ConfigureAwait(false));

    /// <summary>Makes the index say this of a thread, unless it knows something newer.</summary>
    /// <param name="call">The call.</param>
    /// <param name="entry">What its head says.</param>
    /// <param name="born">The thread's first commit.</param>
    /// <param name="stamp">Which life of the thread the index was seen to tell of.</param>
    /// <param name="score">The score that was seen in the index, and is wrong; empty for none.</param>
    public async Task PutAsync(RedisCall call, IndexEntry entry, RedisValue born, RedisValue stamp, RedisValue score)
    {
        while (true)
        {
            var answer = (RedisValue)await call.RunAsync(
                RedisScripts.IndexPut,
                [keys.Index(entry.Key.Tenant)],
                [entry.Key.Id.Value, born, entry.Version, entry.Score, entry.Expiry, entry.Terms, stamp, score],
                Access.Write).ConfigureAwait(false);
            if (answer == "done")
            {
                return;
            }

            if (answer == "first")
            {
                await RegisterAsync(call, entry.Key.Tenant).ConfigureAwait(false);
                return;
            }

            // The index tells of another thread with this id: an older one that was left behind, or a newer one. Only the head knows which.
            if (await heads.ReadAsync(call, entry.Key).ConfigureAwait(false) is not { } stored || born != stored.Born)
            {
                return;
            }

            stamp = answer;
        }
    }

    /// <summary>Makes the index say of a thread what its head says.</summary>
    public async Task RefreshAsync(RedisCall call, ThreadKey key, RedisValue score)
    {
        if (await heads.ReadAsync(call, key).ConfigureAwait(false) is { } stored)
        {
            await PutAsync(call, IndexEntry.Of(stored.Head), stored.Born, "", score).ConfigureAwait(false);
        }
    }

    public Task ExpireAsync(RedisCall call, ThreadKey key, RedisValue born, RedisValue expiry)
        => call.RunAsync(RedisScripts.IndexExpire, [keys.Index(key.Tenant)], [key.Id.Value, born, expiry], Access.Write);

    /// <summary>Removes a thread that was erased.</summary>
    public Task ForgetAsync(RedisCall call, ThreadKey key, RedisValue born)
        => call.RunAsync(RedisScripts.IndexForget, [keys.Index(key.Tenant)], [key.Id.Value, "1", born], Access.Write);

    /// <summary>Removes a thread that a listing found gone, unless the index has learnt of a new one meanwhile.</summary>
    public Task ForgetSeenAsync(RedisCall call, ThreadKey key, RedisValue stamp, IEnumerable<string> terms)
        => call.RunAsync(RedisScripts.IndexForget, [keys.Index(key.Tenant)], [key.Id.Value, "0", stamp, .. terms.Select(term => (RedisValue)term)], Access.Write);

    /// <summary>Adds a tenant to those that a listing of all tenants asks.</summary>
    public Task RegisterAsync(RedisCall call, string tenant)
        => call.SendAsync([call.ExecuteAsync("ZADD", keys.Tenants, 0, tenant)], "write the index", Access.Write);

    /// <summary>Removes a tenant without threads from those that a listing of all tenants asks.</summary>
    public async Task UnregisterIfEmptyAsync(RedisCall call, string tenant)
    {
        if (await CountAsync(call, tenant).ConfigureAwait(false) > 0)
        {
            return;
        }

        await call.SendAsync([call.ExecuteAsync("ZREM", keys.Tenants, tenant)], "write the index", Access.Write).ConfigureAwait(false);

        // Who writes the first thread registers the tenant after that: if it was before the removal, the thread is seen here.
        if (await CountAsync(call, tenant).ConfigureAwait(false) > 0)
        {
            await RegisterAsync(call, tenant).ConfigureAwait(false);
        }
    }

    private async Task<long> CountAsync(RedisCall call, string tenant)
        => (long)(await call.SendAsync([call.ExecuteAsync("HLEN", keys.Index(tenant))], "read the index", Access.Read).ConfigureAwait(false))[0];
}

using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Reading;
using Holdfast.Redis.Values;
using StackExchange.Redis;

namespace Holdfast.Redis.Indexing;

/// <summary>Writes to the index where it is apart from the threads, after what it tells of was written there.</summary>
/// <remarks>
/// <para>
/// Whatever is cut short leaves the index behind, never ahead: it may name a thread that is gone, or miss what changed last. Records carry the version that they
/// were written for and the thread's first commit, so that a write that comes late undoes nothing newer.
/// </para>
/// <para>
/// Every key that a script uses is named in the call, because the slot may be moving. Which terms are to be removed only the index knows: when it has others than
/// were named, it says so, and the call is repeated with them.
/// </para>
/// </remarks>
internal sealed class ThreadIndex(RedisKeys keys, HeadReader heads)
{
    /// <summary>Moves a thread to its new place in the order of updates, if that is all that is to be done for a commit.</summary>
    /// <remarks>May be sent before the commit is known to stand.</remarks>
    public async Task<TouchAnswer> TouchAsync(RedisCall call, IndexEntry entry, bool keepsExpiry)
    {
        var tenant = entry.Key.Tenant;
        RedisValue expiry = keepsExpiry ? "" : entry.Expiry;
        return TouchAnswer.Read(await call.RunAsync(
            RedisScripts.IndexTouch,
            expiry == "" ? [keys.Index(tenant), keys.Updated(tenant)] : [keys.Index(tenant), keys.Updated(tenant), keys.Expires(tenant)],
            [entry.Key.Id.Value, entry.Terms, entry.Score, expiry],
            Access.Write).ConfigureAwait(false));
    }

    /// <summary>Makes the index say this of a thread, unless it knows something newer.</summary>
    /// <param name="call">The call.</param>
    /// <param name="entry">What its head says.</param>
    /// <param name="born">The thread's first commit.</param>
    /// <param name="stamp">Which life of the thread the index was seen to tell of.</param>
    /// <param name="score">The score that was seen in the index, and is wrong; empty for none.</param>
    /// <param name="known">The terms that the index was seen to have, as text; empty for none.</param>
    /// <param name="heals">Whether keys of the index that hold something else are removed.</param>
    public async Task PutAsync(RedisCall call, IndexEntry entry, RedisValue born, RedisValue stamp, RedisValue score, RedisValue known = default, bool heals = false)
    {
        while (true)
        {
            var answer = await RunAsync(
                call,
                RedisScripts.IndexPut,
                KeysFor(entry.Key.Tenant, entry.Terms, known),
                [entry.Key.Id.Value, born, entry.Version, entry.Score, entry.Expiry, entry.Terms, stamp, score],
                heals).ConfigureAwait(false);
            switch ((string?)answer[0])
            {
                case "done":
                    return;
                case "first":
                    await RegisterAsync(call, entry.Key.Tenant).ConfigureAwait(false);
                    return;
                case "terms":
                    known = answer[1];
                    break;
                default:
                    // The index tells of another thread with this id: an older one that was left behind, or a newer one. Only the head knows which.
                    if (await heads.ReadAsync(call, entry.Key).ConfigureAwait(false) is not { } stored || born != stored.Born)
                    {
                        return;
                    }

                    stamp = answer[1];
                    break;
            }
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
        => call.RunAsync(RedisScripts.IndexExpire, [keys.Index(key.Tenant), keys.Expires(key.Tenant)], [key.Id.Value, born, expiry], Access.Write);

    /// <summary>Removes a thread that was erased.</summary>
    public Task ForgetAsync(RedisCall call, ThreadKey key, RedisValue born) => ForgetAsync(call, key.Tenant, [key.Id.Value, "1", born], []);

    /// <summary>Removes an id under which a listing found nothing, unless the index has learnt of a new thread meanwhile.</summary>
    public Task ForgetSeenAsync(RedisCall call, string tenant, RedisValue id, RedisValue stamp, IEnumerable<string> terms)
        => ForgetAsync(call, tenant, [id, "0", stamp], terms);

    /// <summary>Adds a tenant to those that a listing of all tenants asks.</summary>
    public Task RegisterAsync(RedisCall call, string tenant)
        => call.SendAsync(call.ExecuteAsync("ZADD", keys.Tenants, 0, tenant), keys.Tenants, "write the index", Access.Write);

    /// <summary>Removes a tenant without threads from those that a listing of all tenants asks.</summary>
    public async Task UnregisterIfEmptyAsync(RedisCall call, string tenant)
    {
        if (await CountAsync(call, tenant).ConfigureAwait(false) > 0)
        {
            return;
        }

        await call.SendAsync(call.ExecuteAsync("ZREM", keys.Tenants, tenant), keys.Tenants, "write the index", Access.Write).ConfigureAwait(false);

        // Who writes the first thread registers the tenant after that: if it was before the removal, the thread is seen here.
        if (await CountAsync(call, tenant).ConfigureAwait(false) > 0)
        {
            await RegisterAsync(call, tenant).ConfigureAwait(false);
        }
    }

    private async Task ForgetAsync(RedisCall call, string tenant, RedisValue[] arguments, IEnumerable<string> terms)
    {
        RedisValue known = default;
        while (true)
        {
            RedisKey[] all = [.. KeysFor(tenant, default, known).Concat(terms.Select(term => keys.Term(tenant, term))).Distinct()];
            var answer = await RunAsync(call, RedisScripts.IndexForget, all, arguments, heals: false).ConfigureAwait(false);
            if (answer[0] == "done")
            {
                return;
            }

            known = answer[1];
        }
    }

    private static async Task<RedisValue[]> RunAsync(RedisCall call, RedisScript script, RedisKey[] all, RedisValue[] arguments, bool heals)
    {
        for (var isHealed = false; ; isHealed = true)
        {
            try
            {
                return (RedisValue[])(await call.RunAsync(script, all, arguments, Access.Write).ConfigureAwait(false))!;
            }
            catch (CorruptStateException) when (heals && !isHealed)
            {
                await call.RemoveOtherKindsAsync(all).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The keys of a tenant's index, with those of terms that are given one after the other.</summary>
    private RedisKey[] KeysFor(string tenant, params ReadOnlySpan<RedisValue> texts)
    {
        var all = new List<RedisKey>(keys.WholeIndex(tenant));
        foreach (var text in texts)
        {
            all.AddRange(IndexTerms.Read((byte[]?)text).Select(term => keys.Term(tenant, term)).Where(key => !all.Contains(key)));
        }

        return [.. all];
    }

    private async Task<long> CountAsync(RedisCall call, string tenant)
        => (long)await call.SendAsync(call.ExecuteAsync("HLEN", keys.Index(tenant)), keys.Index(tenant), "read the index", Access.Read).ConfigureAwait(false);
}

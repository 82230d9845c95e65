using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Reading;
using StackExchange.Redis;

namespace Holdfast.Redis.Indexing;

/// <summary>Writes to the index where it is apart from the threads: adds to it before the thread is changed, and takes away from it afterwards.</summary>
/// <remarks>
/// <para>
/// Whatever is cut short leaves candidates too many, never one too few. Records carry the life and the version that they were written for, so that a write that comes late
/// undoes nothing newer.
/// </para>
/// <para>
/// Every key that a script uses is named in the call, because the slot may be moving. Which terms are to be removed only the index knows: when it has others than
/// were named, it says so, and the call is repeated with them.
/// </para>
/// </remarks>
internal sealed class ThreadIndex(RedisKeys keys, HeadReader heads)
{
    /// <summary>Tells the index of a version that is to come. May be sent together with a commit that brings nothing new.</summary>
    public async Task<TouchAnswer> TouchAsync(RedisCall call, IndexEntry entry)
    {
        var scope = IndexScope.Of(entry.Key);
        List<RedisKey> all = [keys.Index(scope), keys.Ids(scope), keys.Updated(scope)];
        if (entry.Expiry != "")
        {
            all.Add(keys.Expires(scope));
        }

        if (entry.Due != "")
        {
            all.Add(keys.Due(scope));
        }

        all.AddRange(IndexTerms.Read(entry.Terms).Select(term => keys.Term(scope, term)));
        RedisValue[] arguments = [entry.Key.Id.Value, entry.Life.ToByteArray(), entry.Version, entry.Score, entry.Expiry, entry.Due, entry.Terms, "0"];
        while (true)
        {
            var answer = await call.RunAsync(RedisScripts.IndexTouch, [.. all], arguments, Access.Write).ConfigureAwait(false);
            if (!answer.IsNull)
            {
                var parts = (RedisValue[])answer!;
                return new(parts[0], parts[1] == "1", parts[2] == "1", parts[3], parts[4]);
            }

            await RegisterAsync(call, scope).ConfigureAwait(false);
            arguments[^1] = "1";
        }
    }

    /// <summary>Makes the index say this of a thread, unless it knows something newer.</summary>
    /// <param name="call">The call.</param>
    /// <param name="entry">What its head says.</param>
    /// <param name="stamp">Which life of the thread the index was seen to tell of.</param>
    /// <param name="score">The score that was seen in the index, and is wrong; empty for none.</param>
    /// <param name="known">The terms that the index was seen to have, as text; empty for none.</param>
    /// <param name="heals">Whether keys of the index that hold something else are removed.</param>
    /// <param name="inVain">The stamp of a version that the index was told of and that will not come; empty for none.</param>
    public async Task PutAsync(
        RedisCall call, IndexEntry entry, RedisValue stamp, RedisValue score, RedisValue known = default, bool heals = false, RedisValue inVain = default)
    {
        var scope = IndexScope.Of(entry.Key);
        while (true)
        {
            var answer = await RunAsync(
                call,
                RedisScripts.IndexPut,
                KeysFor(scope, entry.Terms, known),
                [entry.Key.Id.Value, entry.Life.ToByteArray(), entry.Version, entry.Score, entry.Expiry, entry.Due, entry.Terms, stamp, score, inVain.IsNull ? "" : inVain],
                heals).ConfigureAwait(false);
            switch ((string?)answer[0])
            {
                case "done":
                    return;
                case "first":
                    await RegisterAsync(call, scope).ConfigureAwait(false);
                    return;
                case "terms":
                    known = answer[1];
                    break;
                default:
                    // The index tells of another thread with this id: an older one that was left behind, or a newer one. Only the head knows which.
                    if (await heads.ReadAsync(call, entry.Key).ConfigureAwait(false) is not { } head || entry.Life != head.Life)
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
        if (await heads.ReadAsync(call, key).ConfigureAwait(false) is { } head)
        {
            await PutAsync(call, IndexEntry.Of(head), "", score).ConfigureAwait(false);
        }
    }

    /// <summary>Makes the index say of a thread what its head says, after it was told of a version that will not come.</summary>
    public async Task TakeBackAsync(RedisCall call, IndexEntry entry, TouchAnswer touch)
    {
        if (await heads.ReadAsync(call, entry.Key).ConfigureAwait(false) is { } head)
        {
            await PutAsync(call, IndexEntry.Of(head), "", entry.Score, touch.Terms, inVain: touch.Stamp).ConfigureAwait(false);
        }
        else
        {
            await ForgetAsync(call, entry.Key, entry.Life.ToByteArray()).ConfigureAwait(false);
        }
    }

    /// <summary>Tells the index of an expiry that is to come. Returns whether it has that one now, and not an earlier one.</summary>
    public async Task<bool> TouchExpiryAsync(RedisCall call, ThreadKey key, RedisValue expiry) => await ExpireAsync(call, key, expiry, "1").ConfigureAwait(false) == "1";

    /// <summary>Makes the index say this expiry of a thread.</summary>
    public Task PutExpiryAsync(RedisCall call, ThreadKey key, RedisValue expiry) => ExpireAsync(call, key, expiry, "0");

    /// <summary>Removes a thread that was erased or renamed.</summary>
    public Task ForgetAsync(RedisCall call, ThreadKey key, RedisValue life) => ForgetAsync(call, IndexScope.Of(key), [key.Id.Value, "1", life], []);

    /// <summary>Removes an id under which a listing found nothing, unless the index has learnt of a new thread meanwhile.</summary>
    public Task ForgetSeenAsync(RedisCall call, IndexScope scope, RedisValue id, RedisValue stamp, IEnumerable<string> terms)
        => ForgetAsync(call, scope, [id, "0", stamp], terms);

    /// <summary>Adds a tenant to those that a listing of all tenants asks.</summary>
    public Task RegisterAsync(RedisCall call, IndexScope scope) => TenantAsync(call, "ZADD", scope.Space, 0, scope.Tenant);

    /// <summary>Removes a tenant without threads from those that a listing of all tenants asks.</summary>
    public async Task UnregisterIfEmptyAsync(RedisCall call, IndexScope scope)
    {
        if (await CountAsync(call, scope).ConfigureAwait(false) > 0)
        {
            return;
        }

        await TenantAsync(call, "ZREM", scope.Space, scope.Tenant).ConfigureAwait(false);

        // Who writes the first thread registers the tenant after that: if it was before the removal, the thread is seen here.
        if (await CountAsync(call, scope).ConfigureAwait(false) > 0)
        {
            await RegisterAsync(call, scope).ConfigureAwait(false);
        }
    }

    private async Task<RedisValue> ExpireAsync(RedisCall call, ThreadKey key, RedisValue expiry, RedisValue keepsEarlier)
    {
        var scope = IndexScope.Of(key);
        return (RedisValue)await call.RunAsync(
            RedisScripts.IndexExpire, [keys.Index(scope), keys.Expires(scope)], [key.Id.Value, expiry, keepsEarlier], Access.Write).ConfigureAwait(false);
    }

    private Task TenantAsync(RedisCall call, string command, ThreadSpace space, params object[] arguments)
        => call.SendAsync(call.ExecuteAsync(command, [keys.Tenants(space), .. arguments]), keys.Tenants(space), "write the index", Access.Write);

    private async Task ForgetAsync(RedisCall call, IndexScope scope, RedisValue[] arguments, IEnumerable<string> terms)
    {
        RedisValue known = default;
        while (true)
        {
            RedisKey[] all = [.. KeysFor(scope, default, known).Concat(terms.Select(term => keys.Term(scope, term))).Distinct()];
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

    /// <summary>The keys of an index, with those of terms that are given one after the other.</summary>
    private RedisKey[] KeysFor(IndexScope scope, params ReadOnlySpan<RedisValue> texts)
    {
        var all = new List<RedisKey>(keys.WholeIndex(scope));
        foreach (var text in texts)
        {
            all.AddRange(IndexTerms.Read((byte[]?)text).Select(term => keys.Term(scope, term)).Where(key => !all.Contains(key)));
        }

        return [.. all];
    }

    private async Task<long> CountAsync(RedisCall call, IndexScope scope)
        => (long)await call.SendAsync(call.ExecuteAsync("HLEN", keys.Index(scope)), keys.Index(scope), "read the index", Access.Read).ConfigureAwait(false);
}

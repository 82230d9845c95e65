using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Reading;
using StackExchange.Redis;

namespace Holdfast.Redis.Maintenance;

/// <summary>Removes threads, and renames them to trunks.</summary>
internal sealed class ThreadEraser(RedisConnection connection, RedisKeys keys, HeadReader heads, ThreadIndex index, LogWarnings warnings)
{
    private const int Attempts = 20;
    private readonly MaintenanceScripts _scripts = new(connection, keys, warnings);
    private readonly IndexCleaning _cleaning = new(warnings);

    public async ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken)
    {
        EraseRules.Check(request);
        using var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        return request.KeepAsTrunk
            ? await RenameAsync(call, request, cancellationToken).ConfigureAwait(false)
            : await RemoveAsync(call, request).ConfigureAwait(false);
    }

    private async Task<bool> RemoveAsync(RedisCall call, EraseRequest request)
    {
        var key = request.Key;
        RedisValue[] condition = request.IfUnchanged is { } stamp ? [stamp.Life.ToByteArray(), stamp.ChainHash.ToByteArray(), stamp.Revision] : [];
        var answer = await _scripts.RunAsync(
            call, RedisScripts.Erase, keys.Whole(key), [keys.Index(IndexScope.Of(key))], [key.Id.Value, .. condition]).ConfigureAwait(false);
        if (answer is null)
        {
            return false;
        }

        warnings.Forget(key);
        await _scripts.TellAsync(call, key, answer[1]).ConfigureAwait(false);
        await ForgetAsync(call, key, (RedisValue)answer[0]).ConfigureAwait(false);
        return true;
    }

    /// <summary>Renames a thread, when its head was read and nothing has changed since: the index of the trunks must be told of it before.</summary>
    private async Task<bool> RenameAsync(RedisCall call, EraseRequest request, CancellationToken cancellationToken)
    {
        var key = request.Key;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await heads.GetAsync(call, new() { Key = key }, cancellationToken).ConfigureAwait(false) is not { } head
                || (request.IfUnchanged is { } stamp && stamp != head.Stamp))
            {
                return false;
            }

            var trunk = ThreadKey.Trunk(key, head.Life);
            var entry = IndexEntry.Of(head with { Key = trunk });
            if (connection.IsApart)
            {
                await TouchAsync(call, entry).ConfigureAwait(false);
            }

            var life = head.Life.ToByteArray();
            var answer = await _scripts.RunAsync(
                call,
                RedisScripts.Trunk,
                [.. keys.Whole(key), .. keys.Whole(trunk)],
                [keys.Index(IndexScope.Of(key)), keys.Index(IndexScope.Of(trunk))],
                [key.Id.Value, life, head.ChainHash.ToByteArray(), request.IfUnchanged is null ? "" : head.Revision, trunk.Id.Value, entry.Version, entry.Score, entry.Due, entry.Terms])
                .ConfigureAwait(false);
            if (answer is not null && (string?)answer[0] == "done")
            {
                warnings.Forget(key);
                await _scripts.TellAsync(call, key, answer[1]).ConfigureAwait(false);
                await ForgetAsync(call, key, life).ConfigureAwait(false);
                if (connection.IsApart)
                {
                    _cleaning.Begin(call, trunk, own => index.RefreshAsync(own, trunk, ""));
                }

                return true;
            }
        }

        throw new StoreUnavailableException($"Thread '{key}' was written to by others each time when it was about to be kept as a trunk ({Attempts} times); nothing was changed. Try again later.");
    }

    private async Task TouchAsync(RedisCall call, IndexEntry entry)
    {
        try
        {
            await index.TouchAsync(call, entry).ConfigureAwait(false);
        }
        catch (CorruptStateException e)
        {
            warnings.TellOfIndex(entry.Key, e.Message, e);
        }
    }

    private async Task ForgetAsync(RedisCall call, ThreadKey key, RedisValue life)
    {
        if (!connection.IsApart)
        {
            return;
        }

        try
        {
            await index.ForgetAsync(call, key, life).ConfigureAwait(false);
        }
        catch (CorruptStateException e)
        {
            warnings.TellOfIndex(key, e.Message, e);
        }
        catch (StoreUnavailableException)
        {
            // The thread is gone, and the next listing that meets its name removes it from the index.
        }
    }
}

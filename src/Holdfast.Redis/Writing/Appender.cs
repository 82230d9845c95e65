using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Keys;
using StackExchange.Redis;

namespace Holdfast.Redis.Writing;

/// <summary>Appends entries.</summary>
internal sealed class Appender(RedisConnection connection, RedisKeys keys, ThreadIndex index)
{
    public async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken)
    {
        using var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        var append = new PreparedAppend(request, keys);
        if (!connection.IsApart)
        {
            try
            {
                return await AppendIndexedAsync(call, append).ConfigureAwait(false);
            }
            catch (StoreUnavailableException e) when (e.InnerException is { } refusal && RedisErrors.IsCrossSlot(refusal))
            {
                connection.KeepApart();
            }
        }

        return await AppendApartAsync(call, append, request.KeepExpiry).ConfigureAwait(false);
    }

    private static async Task<AppendResult> AppendIndexedAsync(RedisCall call, PreparedAppend append)
    {
        var answer = await call.RunAsync(RedisScripts.AppendIndexed, append.Keys, append.Arguments, Access.Write).ConfigureAwait(false);
        return AppendAnswer.Read((RedisResult[])answer!, append.Key);
    }

    /// <remarks>
    /// The index is in another slot. Moving the thread within it is sent along with the append, because that can hide nothing even if the append conflicts;
    /// what a listing filters by is written when the append is known to stand.
    /// </remarks>
    private async Task<AppendResult> AppendApartAsync(RedisCall call, PreparedAppend append, bool keepsExpiry)
    {
        var (key, entry) = (append.Key, append.Index);
        var appending = call.RunAsync(RedisScripts.AppendAlone, append.Keys[..2], append.Arguments, Access.Write);
        var touching = entry.Version > 1 ? index.TouchAsync(call, entry, keepsExpiry) : Task.FromResult(TouchAnswer.None);
        await Task.WhenAll(appending, touching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var answer = (RedisResult[])(await appending.ConfigureAwait(false))!;
        var result = AppendAnswer.Read(answer, key);
        try
        {
            if (result.Outcome == AppendOutcome.Duplicate)
            {
                // The attempt before this one may have ended between the two.
                await index.RefreshAsync(call, key, "").ConfigureAwait(false);
            }
            else if (result.Outcome == AppendOutcome.Appended)
            {
                var touch = await touching.ConfigureAwait(false);
                if (!touch.LaterScore.IsNullOrEmpty)
                {
                    // Clocks differ, or another commit has followed already: the head knows which.
                    await index.RefreshAsync(call, key, touch.LaterScore).ConfigureAwait(false);
                }
                else if (!touch.Agrees || (int)answer[3] == 1)
                {
                    await index.PutAsync(call, entry with { Expiry = (RedisValue)answer[4] }, (RedisValue)answer[2], "", "").ConfigureAwait(false);
                }
            }

            return result;
        }
        catch (StoreUnavailableException e)
        {
            throw new StoreUnavailableException(
                $"Version {entry.Version} of thread '{key}' stands, but listings may not show it yet: {e.Message} Repeat the append.", e, outcomeUnknown: true);
        }
    }
}

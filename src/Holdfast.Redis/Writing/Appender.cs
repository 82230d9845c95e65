using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Values;
using StackExchange.Redis;

namespace Holdfast.Redis.Writing;

/// <summary>Appends entries.</summary>
internal sealed class Appender(RedisConnection connection, RedisKeys keys, ThreadIndex index)
{
    private const int Appended = 1, Duplicate = 2, Conflict = 3;

    public async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken)
    {
        using var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        var entry = IndexEntry.Of(request.Head);
        if (!connection.IsApart)
        {
            try
            {
                return await AppendIndexedAsync(call, request, entry).ConfigureAwait(false);
            }
            catch (StoreUnavailableException e) when (e.InnerException is { } refusal && RedisErrors.IsCrossSlot(refusal))
            {
                connection.KeepApart();
            }
        }

        return await AppendApartAsync(call, request, entry).ConfigureAwait(false);
    }

    private async Task<AppendResult> AppendIndexedAsync(RedisCall call, AppendRequest request, IndexEntry entry)
    {
        var key = request.Entry.Key;
        var answer = (RedisResult[])(await call.RunAsync(
            RedisScripts.AppendIndexed,
            [keys.Head(key), keys.Log(key), keys.Index(key.Tenant), keys.Tenants],
            Arguments(request, entry),
            Access.Write).ConfigureAwait(false))!;
        return Read(answer, request);
    }

    /// <remarks>
    /// The index is in another slot. Moving the thread within it is sent along with the append, because that can hide nothing even if the append conflicts;
    /// what a listing filters by is written when the append is known to stand.
    /// </remarks>
    private async Task<AppendResult> AppendApartAsync(RedisCall call, AppendRequest request, IndexEntry entry)
    {
        var key = request.Entry.Key;
        var appending = call.RunAsync(RedisScripts.AppendAlone, [keys.Head(key), keys.Log(key)], Arguments(request, entry), Access.Write);
        var touching = request.Entry.Version > 1 ? index.TouchAsync(call, entry, request.KeepExpiry) : Task.FromResult(TouchAnswer.None);
        await Task.WhenAny(Task.WhenAll(appending, touching)).ConfigureAwait(false);
        var answer = (RedisResult[])(await appending.ConfigureAwait(false))!;
        var result = Read(answer, request);
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
                    await index.PutAsync(call, entry with { Expiry = (string)answer[4]! }, (RedisValue)answer[2], "", "").ConfigureAwait(false);
                }
            }

            return result;
        }
        catch (StoreUnavailableException e)
        {
            throw new StoreUnavailableException(
                $"Version {result.CurrentVersion} of thread '{key}' stands, but listings may not show it yet: {e.Message} Repeat the append.", e, outcomeUnknown: true);
        }
    }

    private static RedisValue[] Arguments(AppendRequest request, IndexEntry index)
    {
        var (entry, head) = (request.Entry, request.Head);
        return
        [
            Instants.Text(entry.Version),
            entry.CommitId.ToByteArray(),
            request.After.ToByteArray(),
            Instants.Text(entry.At),
            entry.MessageCount,
            EntryFields.FlagsOf(entry),
            entry.BodyHash.ToByteArray(),

            // A copy: a call that timed out may still be in the queue when its caller uses the buffer again.
            entry.Body.ToArray(),
            Instants.Text(head.KeyframeVersion),
            head.ChainHash.ToByteArray(),
            HeadJson.Write(head),
            request.KeepExpiry ? "1" : "0",
            index.Expiry,
            index.Digest,
            head.Key.Id.Value,
            index.Score,
            index.Terms,
            head.Key.Tenant,
        ];
    }

    private static AppendResult Read(RedisResult[] answer, AppendRequest request) => (int)answer[0] switch
    {
        Appended => AppendResult.Appended((long)answer[1]),
        Duplicate => AppendResult.Duplicate((long)answer[1]),
        Conflict => AppendResult.Conflict((long)answer[1]),
        _ => throw new CorruptStateException(
            request.Entry.Key, 0, $"{(string?)answer[1]}. Did the server evict keys? docs/redis.md tells how to keep it from doing so."),
    };
}

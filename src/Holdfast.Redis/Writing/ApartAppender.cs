using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Maintenance;
using StackExchange.Redis;

namespace Holdfast.Redis.Writing;

/// <summary>Appends where the index is in another slot than the thread.</summary>
internal sealed class ApartAppender(RedisConnection connection, ThreadIndex index, LogWarnings warnings)
{
    /// <remarks>
    /// Moving the thread within the index is sent along with the append, because that can hide nothing even if the append conflicts;
    /// what a listing filters by is written when the append is known to stand.
    /// </remarks>
    public async Task<AppendResult> AppendAsync(RedisCall call, PreparedAppend append, bool keepsExpiry)
    {
        var (key, entry) = (append.Key, append.Index);
        var appending = call.RunAsync(RedisScripts.AppendAlone, append.Keys[..2], append.Arguments, Access.Write);
        var touching = entry.Version > 1 ? index.TouchAsync(call, entry, keepsExpiry) : Task.FromResult(TouchAnswer.None);
        await Task.WhenAll(appending, touching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var answer = new AppendAnswer(await appending.ConfigureAwait(false));
        var result = answer.Read(append, connection.Where);
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
                else if (!touch.Agrees || answer.ChangesIndex)
                {
                    await index.PutAsync(call, entry with { Expiry = answer.Expiry }, answer.Born, "", "", touch.Terms).ConfigureAwait(false);
                }
            }

            return result;
        }
        catch (CorruptStateException e)
        {
            warnings.TellOfIndex(key, e.Message, e);
            return result;
        }
        catch (StoreUnavailableException e)
        {
            throw new StoreUnavailableException(
                $"Version {entry.Version} of thread '{key}' stands, but listings may not show it yet: {e.Message} Repeat the append.", e, outcomeUnknown: true);
        }
    }
}

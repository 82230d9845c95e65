using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Maintenance;

namespace Holdfast.Redis.Writing;

/// <summary>Appends where the index is in another slot than the thread.</summary>
/// <remarks>
/// What a commit brings is in the index before the commit stands, and what no longer holds is taken out of it afterwards, for which its caller does not wait. Most
/// commits bring nothing but a later time: that is sent along with them, and the script refuses them if there is more to it.
/// </remarks>
internal sealed class ApartAppender(RedisConnection connection, ThreadIndex index, LogWarnings warnings)
{
    private readonly IndexCleaning _cleaning = new(warnings);

    public async Task<AppendResult> AppendAsync(RedisCall call, PreparedAppend append)
    {
        var touching = TouchAsync(call, append);
        if (!append.Request.Begins)
        {
            var trying = call.RunAsync(RedisScripts.AppendAlone, append.Keys[..3], append.ArgumentsIfTheIndexNeedNotKnow, Access.Write);
            await Task.WhenAll(trying, touching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var tried = new AppendAnswer(await trying.ConfigureAwait(false));
            if (!tried.NeedsIndex)
            {
                return await FinishAsync(call, append, tried, touching).ConfigureAwait(false);
            }
        }

        try
        {
            await touching.ConfigureAwait(false);
        }
        catch (StoreUnavailableException e)
        {
            throw new StoreUnavailableException($"Version {append.Index.Version} of thread '{append.Key}' was not written, because the index must be told of it before: {e.Message}", e);
        }

        var answer = new AppendAnswer(await call.RunAsync(RedisScripts.AppendAlone, append.Keys[..3], append.Arguments, Access.Write).ConfigureAwait(false));
        return await FinishAsync(call, append, answer, touching).ConfigureAwait(false);
    }

    /// <summary>Tells the index of the commit; null if the index is damaged, which keeps no commit from being made.</summary>
    private async Task<TouchAnswer?> TouchAsync(RedisCall call, PreparedAppend append)
    {
        try
        {
            return await index.TouchAsync(call, append.Request is { KeepExpiry: true, Begins: false } ? append.Index with { Expiry = "" } : append.Index).ConfigureAwait(false);
        }
        catch (CorruptStateException e)
        {
            warnings.TellOfIndex(append.Key, e.Message, e);
            return null;
        }
    }

    private async Task<AppendResult> FinishAsync(RedisCall call, PreparedAppend append, AppendAnswer answer, Task<TouchAnswer?> touching)
    {
        var result = answer.Read(append, connection.Where);
        try
        {
            if (result.Outcome == AppendOutcome.Duplicate)
            {
                // The attempt before this one may have ended before it came to the index again.
                await index.RefreshAsync(call, append.Key, "").ConfigureAwait(false);
            }
            else if (await touching.ConfigureAwait(false) is { } touch)
            {
                await (result.Outcome == AppendOutcome.Appended ? CleanAsync(call, append, answer, touch)
                    : touch.IsChanged ? index.TakeBackAsync(call, append.Index, touch)
                    : Task.CompletedTask).ConfigureAwait(false);
            }

            return result;
        }
        catch (AgentStateException) when (result.Outcome is AppendOutcome.Conflict or AppendOutcome.Dropped)
        {
            // What was said to the index in vain is found out by the listings that meet it.
            return result;
        }
        catch (CorruptStateException e)
        {
            warnings.TellOfIndex(append.Key, e.Message, e);
            return result;
        }
        catch (StoreUnavailableException e)
        {
            throw new StoreUnavailableException(
                $"Version {append.Index.Version} of thread '{append.Key}' stands, but listings may not show it in its place yet: {e.Message} Repeat the append.", e, outcomeUnknown: true);
        }
    }

    private async Task CleanAsync(RedisCall call, PreparedAppend append, AppendAnswer answer, TouchAnswer touch)
    {
        if (!touch.LaterScore.IsNullOrEmpty)
        {
            // Clocks differ, or another commit has followed already: the head knows which.
            await index.RefreshAsync(call, append.Key, touch.LaterScore).ConfigureAwait(false);
        }
        else if (touch.SaysMore || answer.EndsDue)
        {
            var entry = append.Index with { Life = answer.Life, Expiry = answer.Expiry };
            _cleaning.Begin(call, append.Key, own => index.PutAsync(own, entry, "", "", touch.Terms));
        }
    }
}

using System.Globalization;
using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Rows;
using StackExchange.Redis;

namespace Holdfast.Redis.Maintenance;

/// <summary>Changes what maintenance owns of heads: by one script, which also compares what the update asks for.</summary>
internal sealed class HeadUpdater(RedisConnection connection, RedisKeys keys, ThreadIndex index, LogWarnings warnings)
{
    private readonly MaintenanceScripts _scripts = new(connection, keys, warnings);
    private readonly IndexCleaning _cleaning = new(warnings);

    public async ValueTask<ThreadHead?> UpdateAsync(HeadUpdate update, CancellationToken cancellationToken)
    {
        HeadRules.Check(update);
        using var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        if (ContradictsItself(update))
        {
            return null;
        }

        var (key, expiry) = (update.Key, update.Expiry is { } changed ? Millis.ValueOrNone(changed.At) : RedisValue.Null);
        var isIndexed = connection.IsApart && !expiry.IsNullOrEmpty && await TouchAsync(call, key, expiry).ConfigureAwait(false);
        var answer = await _scripts.RunAsync(call, RedisScripts.Update, keys.Whole(key), [keys.Index(IndexScope.Of(key))], Arguments(update, expiry)).ConfigureAwait(false);
        if (answer is null)
        {
            return null;
        }

        switch ((string?)answer[0])
        {
            case "damaged":
                throw HeadFields.Missing(key);
            case "past":
                throw new StateConfigurationException(
                    $"Thread '{key}' cannot be made to expire at {update.Expiry?.At:O}: it is {Millis.Read((RedisValue)answer[1]):O} by the clock of {connection.Where}, which removes threads a day after they expired. "
                    + "Nothing was changed. If the instant was ahead by the clock of this process, set the clocks right.");
            default:
                await _scripts.TellAsync(call, key, answer[2]).ConfigureAwait(false);
                if (connection.IsApart && !expiry.IsNull && !isIndexed)
                {
                    _cleaning.Begin(call, key, own => index.PutExpiryAsync(own, key, expiry));
                }

                return HeadFields.Read(answer[1], key, keys.Head(key));
        }
    }

    private async Task<bool> TouchAsync(RedisCall call, ThreadKey key, RedisValue expiry)
    {
        try
        {
            return await index.TouchExpiryAsync(call, key, expiry).ConfigureAwait(false);
        }
        catch (CorruptStateException e)
        {
            warnings.TellOfIndex(key, e.Message, e);
            return true;
        }
    }

    private static bool ContradictsItself(HeadUpdate update)
        => update.IfUnchanged is { } stamp && ((update.IfLife ?? stamp.Life) != stamp.Life || (update.IfRevision ?? stamp.Revision) != stamp.Revision);

    private static RedisValue[] Arguments(HeadUpdate update, RedisValue expiry)
    {
        var (life, revision) = (update.IfLife ?? update.IfUnchanged?.Life, update.IfRevision ?? update.IfUnchanged?.Revision);
        var set = update.Properties.Where(property => property.Value is not null).ToList();
        var removed = update.Properties.Where(property => property.Value is null).ToList();
        return
        [
            update.Key.Id.Value,
            life is { } wanted ? wanted.ToByteArray() : "",
            revision is { } number ? number.ToString(CultureInfo.InvariantCulture) : "",
            update.IfUnchanged is { } stamp ? stamp.ChainHash.ToByteArray() : "",
            update.MovesRevision ? "1" : "0",
            update.Beats ? "1" : "0",
            expiry.IsNull ? "k" : $"s{(string?)expiry}",
            removed.Count,
            update.RemovePins.Count,
            .. removed.Select(property => (RedisValue)(HeadFields.BeforeProperty + property.Key)),
            .. update.RemovePins.Select(pin => (RedisValue)pin.ToByteArray()),
            set.Count * 2,
            .. set.SelectMany(property => GuardedText.Write(HeadFields.BeforeProperty + property.Key, property.Value!)),
            .. update.AddPins.SelectMany(HeadFields.WritePin),
        ];
    }
}

using Holdfast.DynamoDb.Connecting;
using Holdfast.DynamoDb.Reading;
using Holdfast.DynamoDb.Rows;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Maintenance;

/// <summary>Changes what maintenance owns of a head, and the pins beside it, in one transaction from exactly what was read.</summary>
internal sealed class HeadUpdater(Table table, PinReader pins, Sender sender)
{
    // A transaction has room for 100 items, of which the head is one.
    private const int MaxPins = Table.TransactionLimit - 1;

    // Commits that come in between are soon over: there is no reason to wait longer and longer.
    private const int LongestPause = 4;

    public async ValueTask<ThreadHead?> UpdateAsync(HeadUpdate update, CancellationToken cancellationToken)
    {
        HeadRules.Check(update);
        var changed = update.RemovePins.Concat(update.AddPins.Select(pin => pin.Life)).Distinct().Count();
        if (changed > MaxPins)
        {
            throw new StateTooLargeException($"{changed} pins of thread '{update.Key}' were to be changed at once; DynamoDB can change {MaxPins}. Make several updates of it.");
        }

        if (update.Beats && !update.MovesRevision)
        {
            return await BeatAsync(update, cancellationToken).ConfigureAwait(false);
        }

        for (var attempt = 1; ; attempt++)
        {
            if (await table.GetHeadAsync(update.Key, cancellationToken).ConfigureAwait(false) is not { } head || !update.IsAllowed(head.Head))
            {
                return null;
            }

            if (!update.MovesRevision)
            {
                return head.Head;
            }

            IReadOnlyList<Pin> stored = update.ChangesPins ? await pins.ReadAsync(head, cancellationToken).ConfigureAwait(false) : [];
            if (await TryAsync(update, head, stored, cancellationToken).ConfigureAwait(false) is { } after)
            {
                return after;
            }

            await sender.PauseAsync(Math.Min(attempt, LongestPause), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Changes the head if it is as it was read.</summary>
    private async Task<ThreadHead?> TryAsync(HeadUpdate update, HeadItem head, IReadOnlyList<Pin> stored, CancellationToken cancellationToken)
    {
        var (after, left) = HeadRules.Apply(update, head.Head, stored);
        var changes = HeadItem.Revision(after.Revision);
        if (update.Properties.Count > 0)
        {
            changes.AddRange(HeadItem.Properties(after.Properties));
        }

        if (update.Beats)
        {
            changes.AddRange(HeadItem.Heartbeat(after.Heartbeat));
        }

        if (update.ChangesPins)
        {
            changes.Add(new(Attr.Pins, after.PinCount == 0 ? null : Values.Of(after.PinCount)));
            changes.Add(new(Attr.LowestPin, after.LowestPin is { } lowest ? Values.Of(lowest) : null));
        }

        if (update.Expiry is { } expiry)
        {
            changes.AddRange(HeadItem.Expiry(expiry.At));
        }

        var expression = new Expression();
        List<TransactWriteItem> writes =
        [
            table.Update(Keys.HeadOf(update.Key), expression, expression.IsAt(head.Head.Stamp), changes),
            .. update.ChangesPins ? PinWrites(update, head.Place, left) : [],
        ];
        return await table.TransactAsync($"change the head of thread '{update.Key}'", writes, cancellationToken).ConfigureAwait(false) is null ? after : null;
    }

    private IEnumerable<TransactWriteItem> PinWrites(HeadUpdate update, Place place, IReadOnlyList<Pin> left)
    {
        var kept = left.ToDictionary(pin => pin.Life);
        foreach (var life in update.RemovePins.Concat(update.AddPins.Select(pin => pin.Life)).Distinct())
        {
            if (!kept.TryGetValue(life, out var pin))
            {
                yield return table.Delete(place.Pin(life));
                continue;
            }

            yield return table.Put(PinItem.Write(pin, place));
        }
    }

    // No transaction: whoever watches a heartbeat looks for change, so that one that was counted twice does no harm.
    private async ValueTask<ThreadHead?> BeatAsync(HeadUpdate update, CancellationToken cancellationToken)
    {
        var expression = new Expression();
        List<string> conditions = [expression.Exists(Attr.Partition)];
        if (update.IfLife is { } life)
        {
            conditions.Add(expression.Is(Attr.Life, Place.TextOf(life)));
        }

        if (update.IfRevision is { } revision)
        {
            conditions.Add(expression.IsAt(revision));
        }

        if (update.IfUnchanged is { } stamp)
        {
            conditions.Add(expression.IsAt(stamp));
        }

        var one = expression.Value(Values.Of(1));
        var beat = $"ADD {expression[Attr.Heartbeat]} {one}, {expression[Attr.HeartbeatTwice]} {one}";
        return await table.UpdatePlainAsync(
            $"beat for thread '{update.Key}'", Keys.HeadOf(update.Key), expression, string.Join(" AND ", conditions), beat, cancellationToken).ConfigureAwait(false) is { } item
            ? HeadItem.Read(item, update.Key).Head
            : null;
    }
}

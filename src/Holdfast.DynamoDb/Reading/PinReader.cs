using Holdfast.DynamoDb.Connecting;
using Holdfast.DynamoDb.Rows;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Reading;

/// <summary>Reads pins.</summary>
internal sealed class PinReader(Table table, Sender sender)
{
    private const int Attempts = 6;

    /// <summary>The head of a thread with its pins, as one consistent picture; null if there is no such thread.</summary>
    public async Task<ThreadHead?> ReadHeadAsync(ThreadKey key, CancellationToken cancellationToken)
    {
        var head = await table.GetHeadAsync(key, cancellationToken).ConfigureAwait(false);
        for (var attempt = 1; head is { Head.PinCount: > 0 }; attempt++)
        {
            var pins = await ReadAsync(head, cancellationToken).ConfigureAwait(false);

            // Pins change with the revision only.
            var after = await table.GetHeadAsync(key, cancellationToken).ConfigureAwait(false);
            if (after is not null && head.IsSameRewriteAs(after))
            {
                return pins.Count == after.Head.PinCount
                    ? after.Head with { Pins = pins }
                    : throw new CorruptStateException(key, 0, $"its head says that it has {after.Head.PinCount} pins, and {pins.Count} were found.");
            }

            head = after;
            await sender.PauseAsync(Math.Min(attempt, Attempts), cancellationToken).ConfigureAwait(false);
        }

        return head?.Head is { } found ? found with { Pins = [] } : null;
    }

    /// <summary>The pins that stand beside a head now.</summary>
    public async Task<IReadOnlyList<Pin>> ReadAsync(HeadItem head, CancellationToken cancellationToken)
    {
        var (key, place, pins) = (head.Head.Key, head.Place, new List<Pin>());
        Item? next = null;
        do
        {
            var request = Table.Range(place.Partition, place.Pins, place.Pins[..^1] + ';');
            request.ExclusiveStartKey = next;
            var response = await table.QueryAsync($"read the pins of thread '{key}'", request, cancellationToken).ConfigureAwait(false);
            pins.AddRange((response.Items ?? []).Select(item => PinItem.Read(item, place, key)));
            next = response.LastEvaluatedKey is { Count: > 0 } more ? more : null;
        }
        while (next is not null);

        return pins;
    }
}

using Holdfast.DynamoDb.Connecting;
using Holdfast.DynamoDb.Rows;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Maintenance;

/// <summary>Renames threads to trunks: one transaction replaces the head by the head of the trunk. Entries and pins stay where they are.</summary>
internal sealed class TrunkKeeper(Table table, Rewriter rewriter)
{
    public async ValueTask<bool> KeepAsync(EraseRequest request, CancellationToken cancellationToken)
    {
        var key = request.Key;
        while (await table.GetAsync($"read the head of thread '{key}'", Keys.HeadOf(key), cancellationToken).ConfigureAwait(false) is { } item)
        {
            var head = HeadItem.Read(item, key);
            if (head.Rewriting is not null)
            {
                await rewriter.FinishAsync(head).ConfigureAwait(false);
                continue;
            }

            if (request.IfUnchanged is { } stamp && head.Head.Stamp != stamp)
            {
                return false;
            }

            var (old, trunk) = (new Expression(), new Expression());
            var condition = $"{old.IsAt(head.Head.Stamp)} AND {old.Missing(Attr.Rewriting)} AND {old.Is(Attr.Heartbeat, item.GetValueOrDefault(Attr.Heartbeat))}";
            var reasons = await table.TransactAsync(
                $"keep thread '{key}' as a trunk",
                [
                    table.Delete(Keys.HeadOf(key), old, condition),
                    table.Put(Renamed(item, head.Head with { Key = ThreadKey.Trunk(key, head.Head.Life) }), trunk, trunk.Missing(Attr.Partition)),
                ],
                cancellationToken).ConfigureAwait(false);
            if (reasons is null)
            {
                return true;
            }

            if (reasons[0].Code is null or "None")
            {
                throw new CorruptStateException(key, 0, "it was to be kept as a trunk, and there is a trunk of this life already.");
            }
        }

        return false;
    }

    private static Item Renamed(Item head, ThreadHead trunk)
    {
        var places = HeadItem.Places(trunk);
        var item = Keys.HeadOf(trunk.Key);
        item.AddAll(places);
        item.AddAll(head.Where(attribute => attribute.Key is not (Attr.Partition or Attr.Sort) && !places.ContainsKey(attribute.Key))!);
        return item;
    }
}

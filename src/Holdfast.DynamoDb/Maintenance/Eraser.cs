using Holdfast.DynamoDb.Items;
using Holdfast.DynamoDb.Requests;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Maintenance;

/// <summary>
/// Erases threads. One write to the head decides it, and from then on no one sees the thread. Then its items are removed, and the head last: until that is done the
/// thread cannot begin anew, so a new life never meets what is left of an old one. Whoever wants to begin it helps.
/// </summary>
internal sealed class Eraser(Table table, RewriteLeftovers leftovers, EntryRemover entries, TimeProvider time)
{
    public async ValueTask<bool> EraseAsync(ThreadKey key, ThreadHead? ifUnchanged, CancellationToken cancellationToken)
    {
        var expression = new Expression();
        var condition = $"{expression.Exists(Attr.Partition)} AND NOT {expression.IsText(Attr.Erased)}";
        if (ifUnchanged is { } expected)
        {
            condition += $" AND {expression.Is(Attr.Chain, Values.Of(expected.ChainHash))} AND {expression.Is(Attr.Expires, Instants.Write(expected.ExpiresAt))}";
        }

        // What is erased but not removed yet is found by the shard of work under way.
        var changes = HeadItem.RemovedByErase.ToDictionary(name => name, AttributeValue? (_) => null);
        changes[Attr.Erased] = new(Guid.NewGuid().ToString("N"));
        changes[Attr.Shard] = new(Keys.WorkShard);
        changes[Attr.At] = Instants.Write(time.GetUtcNow());

        var decided = await table.UpdateAsync($"erase thread '{key}'", Keys.HeadOf(key), expression, condition, changes, cancellationToken).ConfigureAwait(false);
        if (await table.GetAsync($"read the erased head of thread '{key}'", Keys.HeadOf(key), CancellationToken.None).ConfigureAwait(false) is { } item
            && HeadItem.ReadErased(item, key) is { } head)
        {
            await FinishAsync(head).ConfigureAwait(false);
        }

        return decided;
    }

    /// <summary>Removes what is left of an erased thread; whoever does it at the same time is no hindrance.</summary>
    public async Task FinishAsync(HeadItem head)
    {
        var (key, id) = (head.Head.Key, head.Erased!);
        if (head.Rewriting is { } rewrite)
        {
            await leftovers.RemoveAsync(rewrite).ConfigureAwait(false);
        }

        if (await entries.RemoveAsync(key, uint.MaxValue, Attr.Erased, id).ConfigureAwait(false))
        {
            var expression = new Expression();
            await table.TransactAsync(
                $"remove the head of erased thread '{key}'", [table.Delete(Keys.HeadOf(key), expression, expression.Is(Attr.Erased, id))], CancellationToken.None).ConfigureAwait(false);
        }
    }
}

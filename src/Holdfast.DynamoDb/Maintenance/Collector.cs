using Holdfast.DynamoDb.Bodies;
using Holdfast.DynamoDb.Connecting;
using Holdfast.DynamoDb.Rows;

namespace Holdfast.DynamoDb.Maintenance;

/// <summary>Goes on with what crashes have interrupted: uploads that no entry came to refer to, rewrites and erases that were decided and not carried out.</summary>
internal sealed class Collector(Table table, BodyStore bodies, Eraser eraser, Rewriter rewriter, RewriteLeftovers leftovers, TimeProvider time)
{
    /// <returns>How many were brought to their end.</returns>
    public async Task<int> CollectAsync(TimeSpan olderThan, CancellationToken cancellationToken)
    {
        var (before, count) = (time.GetUtcNow() - olderThan, 0);
        Item? next = null;
        do
        {
            var expression = new Expression();
            var request = new QueryRequest
            {
                IndexName = Attr.ById,
                KeyConditionExpression = expression.Is(Attr.Shard, Keys.WorkShard),
                ProjectionExpression = expression.Only(Attr.Partition, Attr.Sort),
                ExpressionAttributeNames = expression.Names,
                ExpressionAttributeValues = expression.Values,
                ExclusiveStartKey = next,
            };
            var response = await table.QueryAsync("find interrupted work", request, cancellationToken).ConfigureAwait(false);
            foreach (var item in response.Items ?? [])
            {
                cancellationToken.ThrowIfCancellationRequested();
                count += await (Place.OfErase(item) is { } erased ? FinishEraseAsync(erased, before) : FinishAsync(item, before)).ConfigureAwait(false) ? 1 : 0;
            }

            next = response.LastEvaluatedKey is { Count: > 0 } more ? more : null;
        }
        while (next is not null);

        return count;
    }

    private static bool IsYoung(Item item, DateTimeOffset before) => item.Number(Attr.At) > before.ToUnixTimeMilliseconds();

    private async Task<bool> FinishEraseAsync(Place place, DateTimeOffset before)
        => await table.GetAsync("read the note of an erase", place.Erase, CancellationToken.None).ConfigureAwait(false) is { } note
            && !IsYoung(note, before)
            && await eraser.FinishAsync(place).ConfigureAwait(false);

    private async Task<bool> FinishAsync(Item found, DateTimeOffset before)
    {
        var item = await table.GetAsync("read a note of an upload", Keys.Item(found[Attr.Partition].S, found[Attr.Sort].S), CancellationToken.None).ConfigureAwait(false);
        if (item is null || IsYoung(item, before))
        {
            return false;
        }

        var work = WorkItem.Read(item);
        if (work is { IsRewrite: true, Thread: { } thread })
        {
            return await FinishRewriteAsync(work, thread).ConfigureAwait(false);
        }

        if (work.IsOpen)
        {
            return await bodies.AbandonAsync(work, CancellationToken.None).ConfigureAwait(false);
        }

        await bodies.DiscardAsync(work, CancellationToken.None).ConfigureAwait(false);
        return true;
    }

    // A note that is closed can no longer be decided upon; one that was decided upon while it was being closed is carried out.
    private async Task<bool> FinishRewriteAsync(WorkItem work, ThreadKey thread)
    {
        if (await FinishDecidedAsync(work, thread).ConfigureAwait(false))
        {
            return true;
        }

        if (work.IsOpen && !await bodies.CloseAsync(work, CancellationToken.None).ConfigureAwait(false))
        {
            return false;
        }

        if (!await FinishDecidedAsync(work, thread).ConfigureAwait(false))
        {
            await leftovers.RemoveAsync(work.Name).ConfigureAwait(false);
        }

        return true;
    }

    private async Task<bool> FinishDecidedAsync(WorkItem work, ThreadKey thread)
    {
        if (await table.GetHeadAsync(thread, CancellationToken.None).ConfigureAwait(false) is not { } head || head.Rewriting != work.Name)
        {
            return false;
        }

        await rewriter.FinishAsync(head).ConfigureAwait(false);
        return true;
    }
}

using Holdfast.DynamoDb.Bodies;
using Holdfast.DynamoDb.Items;
using Holdfast.DynamoDb.Requests;

namespace Holdfast.DynamoDb.Maintenance;

/// <summary>Removes entries of a thread, as a decision that stands in its head demands.</summary>
/// <remarks>
/// Each step is one transaction with a check that the decision stands still, so whoever comes late, or helps, can never remove what a later life of the thread
/// has written. Bodies in chunks become notes in the same transaction.
/// </remarks>
internal sealed class EntryRemover(Table table, BodyStore bodies, TimeProvider time)
{
    private const long LargestTransaction = 3 * 1024 * 1024;
    private const int ItemOverhead = 2 * 1024;
    private const int PageSize = 90;

    /// <summary>Removes the entries up to a version.</summary>
    /// <param name="key">The thread.</param>
    /// <param name="last">The last version that is removed.</param>
    /// <param name="decision">The attribute of the head that says that this is to be done.</param>
    /// <param name="id">Its value.</param>
    /// <returns>Whether the decision stood to the end: if not, it was carried out by someone else.</returns>
    public async Task<bool> RemoveAsync(ThreadKey key, long last, string decision, string id)
    {
        while (await ReadAsync(key, last).ConfigureAwait(false) is { Count: > 0 } page)
        {
            while (page.Count > 0)
            {
                var batch = TakeBatch(page);
                if (!await RemoveBatchAsync(key, batch, decision, id).ConfigureAwait(false))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private async Task<bool> RemoveBatchAsync(ThreadKey key, List<(Item Key, ChunkRange? Chunks, long Size)> batch, string decision, string id)
    {
        var check = new Expression();
        var work = batch.Select(entry => entry.Chunks).OfType<ChunkRange>().Select(chunks => WorkItem.ToDiscard(chunks, time.GetUtcNow())).ToList();
        List<TransactWriteItem> writes =
        [
            table.Check(Keys.HeadOf(key), check, check.Is(decision, id)),
            .. batch.Select(entry => table.Delete(entry.Key)),
            .. work.Select(note => table.Put(note.Write())),
        ];
        if (await table.TransactAsync($"remove entries of thread '{key}'", writes, CancellationToken.None).ConfigureAwait(false) is not null)
        {
            return false;
        }

        foreach (var note in work)
        {
            await bodies.DiscardAsync(note, CancellationToken.None).ConfigureAwait(false);
        }

        return true;
    }

    // At most so many items, with a note for each that has chunks, and so many bytes as a transaction may have.
    private static List<(Item Key, ChunkRange? Chunks, long Size)> TakeBatch(List<(Item Key, ChunkRange? Chunks, long Size)> page)
    {
        var (count, items, bytes) = (0, 1, 0L);
        while (count < page.Count)
        {
            items += page[count].Chunks is null ? 1 : 2;
            bytes += page[count].Size;
            if (count > 0 && (items > Table.TransactionLimit || bytes > LargestTransaction))
            {
                break;
            }

            count++;
        }

        var batch = page[..count];
        page.RemoveRange(0, count);
        return batch;
    }

    private async Task<List<(Item Key, ChunkRange? Chunks, long Size)>> ReadAsync(ThreadKey key, long last)
    {
        var expression = new Expression();
        var request = new QueryRequest
        {
            KeyConditionExpression =
                $"{expression.Is(Attr.Partition, Keys.Thread(key))} AND {expression[Attr.Sort]} BETWEEN {expression.Value(Keys.FirstEntry)} AND {expression.Value(Keys.Entry(last))}",
            ProjectionExpression = expression.Only(Attr.Partition, Attr.Sort, Attr.Size, Attr.Upload, Attr.Chunk, Attr.Chunks),
            ExpressionAttributeNames = expression.Names,
            ExpressionAttributeValues = expression.Values,
            ConsistentRead = true,
            Limit = PageSize,
        };
        var response = await table.QueryAsync($"read entries of thread '{key}' to remove", request, CancellationToken.None).ConfigureAwait(false);
        return [.. (response.Items ?? []).Select(item =>
        {
            var chunks = ChunkRange.Read(item);
            return (Keys.Item(item[Attr.Partition].S, item[Attr.Sort].S), chunks, ItemOverhead + (chunks is null ? item.Number(Attr.Size) ?? 0 : 0));
        })];
    }
}

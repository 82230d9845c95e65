using Holdfast.DynamoDb.Bodies;
using Holdfast.DynamoDb.Connecting;
using Holdfast.DynamoDb.Rows;

namespace Holdfast.DynamoDb.Maintenance;

/// <summary>Removes entries and pins, as a decision demands.</summary>
/// <remarks>
/// Each step is one transaction with a check that the decision still stands, so whoever comes late, or helps, can never remove what was written after it. Bodies in
/// chunks become notes in the same transaction.
/// </remarks>
internal sealed class EntryRemover(Table table, BodyStore bodies, TimeProvider time)
{
    private const long LargestTransaction = 3 * 1024 * 1024;
    private const int ItemOverhead = 2 * 1024;
    private const int MaxChecks = 2;
    private const int PageSize = 90;

    /// <summary>Removes the items of a partition in a range of sort keys, the last one first.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="from">The first sort key.</param>
    /// <param name="to">The last sort key.</param>
    /// <param name="checks">Makes the checks that the decision stands; at most two.</param>
    /// <returns>Whether the decision stood to the end.</returns>
    public async Task<bool> RemoveAsync(string partition, string from, string to, Func<IEnumerable<TransactWriteItem>> checks)
    {
        while (await ReadAsync(partition, from, to).ConfigureAwait(false) is { Count: > 0 } page)
        {
            while (page.Count > 0)
            {
                if (!await RemoveBatchAsync(TakeBatch(page), checks()).ConfigureAwait(false))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>The lives whose entries or pins stand in a partition.</summary>
    public async Task<HashSet<CommitId>> LivesAsync(string partition, CancellationToken cancellationToken)
    {
        var lives = new HashSet<CommitId>();
        var (from, last) = (Keys.FirstEntry, "q");
        while (true)
        {
            var request = Table.Range(partition, from, last);
            request.Limit = 1;
            var response = await table.QueryAsync("read which lives a thread has had", request, cancellationToken).ConfigureAwait(false);
            if (response.Items is not [var item, ..] || item.Text(Attr.Sort) is not { } sort)
            {
                return lives;
            }

            if (Place.LifeIn(sort) is { } text && Place.ParseLife(text) is { } life)
            {
                lives.Add(life);
                from = sort[..Keys.FirstEntry.Length] + text + ';';
            }
            else
            {
                // The head, or what is none of ours.
                from = sort + '\0';
            }
        }
    }

    private async Task<bool> RemoveBatchAsync(List<(Item Key, ChunkRange? Chunks, long Size)> batch, IEnumerable<TransactWriteItem> checks)
    {
        var work = batch.Select(entry => entry.Chunks).OfType<ChunkRange>().Select(chunks => WorkItem.ToDiscard(chunks, time.GetUtcNow())).ToList();
        List<TransactWriteItem> writes = [.. checks, .. batch.Select(entry => table.Delete(entry.Key)), .. work.Select(note => table.Put(note.Write()))];
        if (await table.TransactAsync("remove entries", writes, CancellationToken.None).ConfigureAwait(false) is not null)
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
        var (count, items, bytes) = (0, MaxChecks, 0L);
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

    private async Task<List<(Item Key, ChunkRange? Chunks, long Size)>> ReadAsync(string partition, string from, string to)
    {
        var expression = new Expression();
        var request = Table.Range(partition, from, to, expression);
        request.ProjectionExpression = expression.Only(Attr.Partition, Attr.Sort, Attr.Size, Attr.Upload, Attr.Chunk, Attr.Chunks);
        (request.Limit, request.ScanIndexForward) = (PageSize, false);
        var response = await table.QueryAsync("read entries to remove", request, CancellationToken.None).ConfigureAwait(false);
        return [.. (response.Items ?? []).Select(item =>
        {
            var chunks = ChunkRange.Read(item);
            return (Keys.Item(item[Attr.Partition].S, item[Attr.Sort].S), chunks, ItemOverhead + (chunks is null ? item.Number(Attr.Size) ?? 0 : 0));
        })];
    }
}

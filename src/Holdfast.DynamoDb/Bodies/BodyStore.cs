using Holdfast.DynamoDb.Connecting;
using Holdfast.DynamoDb.Rows;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Bodies;

/// <summary>Writes, reads and removes the chunks of bodies that are too large for the item of their entry.</summary>
internal sealed class BodyStore(Table table, TimeProvider time)
{
    /// <summary>
    /// The largest body that stands in its entry. A transaction writes an item at twice the price, so larger ones are cheaper, and beyond 400 KB only possible, as chunks;
    /// smaller ones are faster in one request.
    /// </summary>
    public const int LargestInItem = 64 * 1024;

    /// <summary>How many bytes a chunk has: an item holds 400 KB with its names.</summary>
    public const int ChunkSize = 380 * 1024;

    private const int Parallel = 8;

    /// <summary>Prepares a body for its entry: one that is too large for it is uploaded.</summary>
    public async ValueTask<StoredBody> PrepareAsync(LogEntry entry, CommitId life, CancellationToken cancellationToken)
    {
        var body = entry.Body;
        if (body.Length <= LargestInItem)
        {
            return StoredBody.InItem(body);
        }

        var work = Begin([body], entry.Key, life, entry.Version);
        try
        {
            await UploadAsync(work, [body], cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await TryAbandonAsync(work).ConfigureAwait(false);
            throw;
        }

        return new(body.Length, null, work.Chunks);
    }

    /// <summary>A note of an upload that is about to begin: for one entry, or for the rewrite of several.</summary>
    public WorkItem Begin(IReadOnlyCollection<ReadOnlyMemory<byte>> bodies, ThreadKey key, CommitId life, long? version = null)
    {
        var now = time.GetUtcNow();
        var upload = Guid.CreateVersion7(now).ToString("N");
        return new(upload, new(upload, 0, bodies.Sum(ChunksOf)), IsOpen: true, now, key, life, version);
    }

    /// <summary>Writes the note, and then the chunks of the bodies, one after the other.</summary>
    public async Task UploadAsync(WorkItem work, IReadOnlyCollection<ReadOnlyMemory<byte>> bodies, CancellationToken cancellationToken)
    {
        var what = $"upload a body of thread '{work.Thread}'";
        await table.PutAsync(what, work.Write(), cancellationToken).ConfigureAwait(false);
        var chunks = bodies.SelectMany(Split).Zip(work.Chunks.ItemKeys, (chunk, item) => (chunk, item));
        await EachAsync(
            chunks,
            async (chunk, token) =>
            {
                chunk.item.Add(Attr.Body, Values.Of(chunk.chunk));
                await table.PutAsync(what, chunk.item, token).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A body of an upload of several, whose chunks begin with this one.</summary>
    public static StoredBody Uploaded(ReadOnlyMemory<byte> body, WorkItem work, int firstChunk)
        => ChunksOf(body) is > 0 and var count ? new(body.Length, null, new(work.Name, firstChunk, count)) : StoredBody.InItem(body);

    /// <summary>Reads a body; null when a chunk is not there, as happens when the entry was rewritten or removed meanwhile.</summary>
    public async Task<ReadOnlyMemory<byte>?> ReadAsync(ChunkRange chunks, ThreadKey key, CancellationToken cancellationToken)
    {
        var parts = new ReadOnlyMemory<byte>?[chunks.Count];
        await EachAsync(
            chunks.ItemKeys.Index(),
            async (chunk, token) =>
            {
                var item = await table.GetAsync($"read a body of thread '{key}'", chunk.Item, token).ConfigureAwait(false);
                parts[chunk.Index] = item?.Bytes(Attr.Body);
            },
            cancellationToken).ConfigureAwait(false);
        if (parts.Contains(null))
        {
            return null;
        }

        var body = new byte[parts.Sum(part => part!.Value.Length)];
        var end = 0;
        foreach (var part in parts)
        {
            part!.Value.Span.CopyTo(body.AsSpan(end));
            end += part.Value.Length;
        }

        return body;
    }

    /// <summary>Removes the chunks of an upload that came to nothing.</summary>
    /// <returns>Whether the upload was still open.</returns>
    public async Task<bool> AbandonAsync(WorkItem work, CancellationToken cancellationToken)
    {
        if (!await CloseAsync(work, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        await DiscardAsync(work, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Removes the chunks of an upload that came to nothing, if that can be done now; otherwise its note stays, by which they are found and removed later.</summary>
    public async ValueTask TryAbandonAsync(LogEntry entry, CommitId life, ChunkRange? chunks)
    {
        if (chunks is not null)
        {
            await TryAbandonAsync(new(chunks.Upload, chunks, IsOpen: true, default, entry.Key, life, entry.Version)).ConfigureAwait(false);
        }
    }

    /// <summary>Decides that nothing will refer to the chunks of an open upload any more.</summary>
    /// <returns>Whether that was decided; if not, an entry refers to them, or they are gone.</returns>
    public async Task<bool> CloseAsync(WorkItem work, CancellationToken cancellationToken)
    {
        var expression = new Expression();
        var condition = WorkItem.IsOpenCondition(expression);
        return await table.UpdateAsync("close an upload", work.Key, expression, condition, WorkItem.Closed, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes those chunks of a closed note that nothing refers to, and then the note.</summary>
    public async Task DiscardAsync(WorkItem work, CancellationToken cancellationToken)
    {
        var kept = await ReferredToAsync(work, cancellationToken).ConfigureAwait(false);
        await EachAsync(
            work.Chunks.Indexes.Except(kept),
            (index, token) => table.DeleteAsync("remove a chunk", ChunkRange.KeyOf(work.Chunks.Upload, index), token),
            cancellationToken).ConfigureAwait(false);
        await table.DeleteAsync("remove the note of an upload", work.Key, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask TryAbandonAsync(WorkItem work)
    {
        try
        {
            await AbandonAsync(work, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreUnavailableException or ObjectDisposedException)
        {
            // The note stays.
        }
    }

    // A note may be wrong: a write of it that was sent again may arrive for the first time when the commit, which removes it, is long done.
    private async Task<List<int>> ReferredToAsync(WorkItem work, CancellationToken cancellationToken)
    {
        var indexes = new List<int>();
        Item? next = null;
        while (work is { Place: { } place, Chunks.Count: > 0 })
        {
            var expression = new Expression();
            var request = Table.Range(place.Partition, place.Sort(work.Version ?? 0), place.Sort(work.Version ?? uint.MaxValue), expression);
            request.FilterExpression = expression.Is(Attr.Upload, work.Chunks.Upload);
            request.ProjectionExpression = expression.Only(Attr.Upload, Attr.Chunk, Attr.Chunks);
            request.ExclusiveStartKey = next;
            var response = await table.QueryAsync($"read which chunks thread '{work.Thread}' refers to", request, cancellationToken).ConfigureAwait(false);
            indexes.AddRange((response.Items ?? []).Select(ChunkRange.Read).OfType<ChunkRange>().SelectMany(chunks => chunks.Indexes));
            if (response.LastEvaluatedKey is not { Count: > 0 } more)
            {
                break;
            }

            next = more;
        }

        return indexes;
    }

    private static int ChunksOf(ReadOnlyMemory<byte> body) => body.Length <= LargestInItem ? 0 : (body.Length + ChunkSize - 1) / ChunkSize;

    private static IEnumerable<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> body)
    {
        for (var i = 0; i < ChunksOf(body); i++)
        {
            yield return body.Slice(i * ChunkSize, Math.Min(ChunkSize, body.Length - (i * ChunkSize)));
        }
    }

    private static Task EachAsync<T>(IEnumerable<T> items, Func<T, CancellationToken, ValueTask> action, CancellationToken cancellationToken)
        => System.Threading.Tasks.Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken }, action);
}

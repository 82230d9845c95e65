using Holdfast.DynamoDb.Bodies;
using Holdfast.DynamoDb.Items;
using Holdfast.DynamoDb.Requests;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Reading;

/// <summary>Reads entries by ranges of versions, and fills in their bodies.</summary>
internal sealed class EntryPages(Table table, BodyStore bodies, StagedBodies staged)
{
    private const int ParallelBodies = 4;

    /// <summary>Reads the first entries of a range, in the order of the direction; fewer than <paramref name="limit"/> though there are more, if they are large.</summary>
    public async Task<List<EntryItem>> ReadAsync(ThreadKey key, long from, long to, ReadDirection direction, int limit, CancellationToken cancellationToken)
    {
        var response = await QueryAsync(key, Keys.Entry(from), Keys.Entry(to), direction, limit, cancellationToken).ConfigureAwait(false);
        return response.ConvertAll(item => EntryItem.Read(item, key));
    }

    /// <summary>Reads the head, if there is one, and the newest entries, newest first. The head is read before them.</summary>
    public Task<List<Item>> ReadEndAsync(ThreadKey key, int entries, CancellationToken cancellationToken)
        => QueryAsync(key, Keys.FirstEntry, Keys.Head, ReadDirection.Backward, entries + 1, cancellationToken);

    /// <summary>The bodies by which a rewrite that has been decided replaces those of entries in a range.</summary>
    public async Task<Dictionary<long, StoredBody>> ReadStagedAsync(HeadItem head, long from, long to, CancellationToken cancellationToken)
        => head.Rewriting is { } rewrite && from <= to
            ? (await staged.ReadAsync(rewrite, from, to, int.MaxValue, cancellationToken).ConfigureAwait(false)).ToDictionary(found => found.Version, found => found.Body)
            : [];

    /// <summary>The entry with its body; null when the body is not there, as happens when it was rewritten or removed meanwhile.</summary>
    public async Task<LogEntry?> FillAsync(EntryItem item, Dictionary<long, StoredBody> replaced, CancellationToken cancellationToken)
    {
        var (entry, chunks) = (item.Entry, item.Chunks);
        if (replaced.TryGetValue(entry.Version, out var body))
        {
            chunks = body.Chunks;
            entry = entry with { IsRewritten = true, Body = body.Inline is null ? default : StoredBody.Read(new() { [Attr.Body] = body.Inline })!.Value };
        }

        if (chunks is null)
        {
            return entry;
        }

        return await bodies.ReadAsync(chunks, entry.Key, cancellationToken).ConfigureAwait(false) is { } read ? entry with { Body = read } : null;
    }

    /// <summary>The entries with their bodies; null for those whose body is not there.</summary>
    public async Task<LogEntry?[]> FillAsync(List<EntryItem> items, Dictionary<long, StoredBody> replaced, CancellationToken cancellationToken)
    {
        var filled = new LogEntry?[items.Count];
        var large = new List<int>();
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i].Chunks is null && !replaced.ContainsKey(items[i].Entry.Version))
            {
                filled[i] = items[i].Entry;
            }
            else
            {
                large.Add(i);
            }
        }

        await Parallel.ForEachAsync(
            large,
            new ParallelOptions { MaxDegreeOfParallelism = ParallelBodies, CancellationToken = cancellationToken },
            async (i, token) => filled[i] = await FillAsync(items[i], replaced, token).ConfigureAwait(false)).ConfigureAwait(false);
        return filled;
    }

    private async Task<List<Item>> QueryAsync(ThreadKey key, string from, string to, ReadDirection direction, int limit, CancellationToken cancellationToken)
    {
        var expression = new Expression();
        var request = new QueryRequest
        {
            KeyConditionExpression =
                $"{expression.Is(Attr.Partition, Keys.Thread(key))} AND {expression[Attr.Sort]} BETWEEN {expression.Value(from)} AND {expression.Value(to)}",
            ExpressionAttributeNames = expression.Names,
            ExpressionAttributeValues = expression.Values,
            ConsistentRead = true,
            ScanIndexForward = direction == ReadDirection.Forward,
            Limit = limit,
        };
        var response = await table.QueryAsync($"read entries of thread '{key}'", request, cancellationToken).ConfigureAwait(false);
        return response.Items ?? [];
    }
}

using Holdfast.DynamoDb.Bodies;
using Holdfast.DynamoDb.Connecting;
using Holdfast.DynamoDb.Rows;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Reading;

/// <summary>Reads entries by ranges of versions, and fills in their bodies.</summary>
internal sealed class EntryPages(Table table, BodyStore bodies, StagedBodies staged)
{
    private const int ParallelBodies = 4;

    /// <summary>Reads the first entries of a range, in the order of the direction; fewer than <paramref name="limit"/> though there are more, if they are large.</summary>
    public Task<List<Item>> ReadAsync(HeadItem head, long from, long to, ReadDirection direction, int limit, CancellationToken cancellationToken)
        => QueryAsync(head.Head.Key, head.Place.Partition, head.Place.Sort(from), head.Place.Sort(to), direction, limit, cancellationToken);

    /// <summary>Reads the head, if there is one, and the newest entries in its partition, newest first. The head is read before them.</summary>
    /// <param name="key">The thread.</param>
    /// <param name="since">When given, no entry is read that this life had up to this version.</param>
    /// <param name="entries">How many entries are read at most.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<List<Item>> ReadEndAsync(ThreadKey key, LogPosition? since, int entries, CancellationToken cancellationToken)
    {
        var from = since is { Version: >= 0 and < uint.MaxValue } position ? Place.Of(key, position.Life).Sort(position.Version + 1) : Keys.FirstEntry;
        return QueryAsync(key, Keys.Thread(key), from, Keys.Head, ReadDirection.Backward, entries + 1, cancellationToken);
    }

    /// <summary>The bodies by which a rewrite that has been decided replaces those of entries in a range.</summary>
    public async Task<Dictionary<long, StagedBody>> ReadStagedAsync(HeadItem head, long from, long to, CancellationToken cancellationToken)
        => head.Rewriting is { } rewrite && from <= to
            ? (await staged.ReadAsync(rewrite, from, to, int.MaxValue, cancellationToken).ConfigureAwait(false)).ToDictionary(found => found.Version, found => found.Body)
            : [];

    /// <summary>The entry with its body; null when the body is not there, as happens when it was rewritten or removed meanwhile.</summary>
    public async Task<LogEntry?> FillAsync(EntryItem item, Dictionary<long, StagedBody> replaced, CancellationToken cancellationToken)
    {
        var (entry, chunks) = (item.Entry, item.Chunks);
        if (replaced.TryGetValue(entry.Version, out var replacement))
        {
            var body = replacement.Body;
            chunks = body.Chunks;
            entry = entry with { RewrittenHash = replacement.Hash, Body = body.Inline is null ? default : StoredBody.Read(new() { [Attr.Body] = body.Inline })!.Value };
        }

        if (chunks is null)
        {
            return entry;
        }

        return await bodies.ReadAsync(chunks, entry.Key, cancellationToken).ConfigureAwait(false) is { } read ? entry with { Body = read } : null;
    }

    /// <summary>The entries with their bodies; null for those whose body is not there.</summary>
    public async Task<LogEntry?[]> FillAsync(List<EntryItem> items, Dictionary<long, StagedBody> replaced, CancellationToken cancellationToken)
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

    private async Task<List<Item>> QueryAsync(ThreadKey key, string partition, string from, string to, ReadDirection direction, int limit, CancellationToken cancellationToken)
    {
        var request = Table.Range(partition, from, to);
        (request.ScanIndexForward, request.Limit) = (direction == ReadDirection.Forward, limit);
        var response = await table.QueryAsync($"read entries of thread '{key}'", request, cancellationToken).ConfigureAwait(false);
        return response.Items ?? [];
    }
}

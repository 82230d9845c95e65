using Holdfast.DynamoDb.Connecting;
using Holdfast.DynamoDb.Rows;

namespace Holdfast.DynamoDb.Listing;

/// <summary>Reads the shards of an index as if they were one.</summary>
internal sealed class ShardMerge : IAsyncDisposable
{
    private readonly List<IAsyncEnumerator<string>> _shards;
    private readonly PriorityQueue<IAsyncEnumerator<string>, string> _next = new(Utf8Order.Instance);

    private ShardMerge(List<IAsyncEnumerator<string>> shards) => _shards = shards;

    public static async Task<ShardMerge> BeginAsync(IndexScan scan, Table table, int? portion, CancellationToken cancellationToken)
    {
        var merge = new ShardMerge([.. Enumerable.Range(0, Keys.Shards).Select(shard => scan.ReadAsync(table, shard, portion, cancellationToken).GetAsyncEnumerator(cancellationToken))]);
        try
        {
            var any = await Task.WhenAll(merge._shards.Select(shard => shard.MoveNextAsync().AsTask())).ConfigureAwait(false);
            merge._next.EnqueueRange(merge._shards.Where((_, i) => any[i]).Select(shard => (shard, shard.Current)));
            return merge;
        }
        catch
        {
            await merge.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes the next keys, at most so many; none when there are no more.</summary>
    public async Task<List<string>> TakeAsync(int count)
    {
        var taken = new List<string>();
        while (taken.Count < count && _next.TryDequeue(out var shard, out var key))
        {
            taken.Add(key);
            if (await shard.MoveNextAsync().ConfigureAwait(false))
            {
                _next.Enqueue(shard, shard.Current);
            }
        }

        return taken;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var shard in _shards)
        {
            await shard.DisposeAsync().ConfigureAwait(false);
        }
    }
}

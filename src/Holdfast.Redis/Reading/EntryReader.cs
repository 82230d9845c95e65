using System.Runtime.CompilerServices;
using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Values;
using StackExchange.Redis;

namespace Holdfast.Redis.Reading;

/// <summary>Reads entries.</summary>
internal sealed class EntryReader(RedisConnection connection, RedisKeys keys)
{
    public async ValueTask<ThreadTail?> ReadTailAsync(ThreadKey key, int minimumEntries, CancellationToken cancellationToken)
    {
        using var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        var answer = await call.RunAsync(RedisScripts.Tail, [keys.Head(key), keys.Log(key)], [minimumEntries], Access.Read, cancellationToken).ConfigureAwait(false);
        if (answer.IsNull)
        {
            return null;
        }

        var parts = (RedisResult[])answer!;
        var head = HeadFields.Read(parts[0], key, keys.Head(key));
        var entries = EntryFields.ReadAll(parts[1], key);
        return entries.Count > 0 && entries[^1].Version == head.Version
            ? new(head, entries)
            : throw new CorruptStateException(key, head.Version, "the head names this version and its entry is not there. Did the server evict keys? docs/redis.md tells how to keep it from doing so.");
    }

    public async IAsyncEnumerable<LogEntry> ReadAsync(
        ThreadKey key, long from, long to, ReadDirection direction, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (from, to) = (Math.Max(from, 1), Math.Max(to, 0));
        RedisValue born = "";
        while (true)
        {
            // Even a range that has nothing in it is asked for once, so that a log that is closed or out of reach says so.
            IReadOnlyList<LogEntry> chunk;
            using (var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false))
            {
                var answer = await call.RunAsync(
                    RedisScripts.Read,
                    [keys.Head(key), keys.Log(key)],
                    [from, to, direction == ReadDirection.Backward ? "1" : "0", born],
                    Access.Read,
                    cancellationToken).ConfigureAwait(false);
                if (answer.IsNull)
                {
                    yield break;
                }

                var parts = (RedisResult[])answer!;
                if (parts[0].IsNull)
                {
                    throw HeadFields.Missing(key);
                }

                (born, chunk) = ((RedisValue)parts[0], EntryFields.ReadAll(parts[1], key));
            }

            foreach (var entry in chunk)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return entry;
            }

            if (chunk.Count == 0)
            {
                yield break;
            }

            (from, to) = direction == ReadDirection.Forward ? (chunk[^1].Version + 1, to) : (from, chunk[^1].Version - 1);
            if (from > to)
            {
                yield break;
            }
        }
    }
}

using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Values;
using StackExchange.Redis;

namespace Holdfast.Redis.Writing;

/// <summary>Replaces bodies of entries and drops the oldest ones.</summary>
/// <remarks>
/// A stream cannot replace an entry in its place. So the entries are copied, a part at a time, to another stream, which takes the place of the log in one step;
/// appends go on meanwhile. If the thread was rewritten or begun anew meanwhile, the copy is thrown away and begun anew; if this process dies, it expires.
/// </remarks>
internal sealed class ThreadRewriter(RedisConnection connection, RedisKeys keys)
{
    private const int Attempts = 20;
    private const int LongestPart = 512;
    private const int LargestPart = 4 * 1024 * 1024;
    private static readonly TimeSpan CopyLifetime = TimeSpan.FromMinutes(1);

    public async ValueTask<bool> RewriteAsync(
        ThreadKey key, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements, long dropBelow, CancellationToken cancellationToken)
    {
        using var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var answer = await call.RunAsync(RedisScripts.RewriteState, [keys.Head(key), keys.Log(key)], [], Access.Read, cancellationToken).ConfigureAwait(false);
            if (answer.IsNull)
            {
                return false;
            }

            var parts = (RedisResult[])answer!;
            var head = HeadFields.Read(parts[0], key, keys.Head(key));
            var first = EntryFields.ReadVersion((string?)parts[3] ?? "nothing", key);
            RewriteRules.Check(head, first, replacements, dropBelow);
            var thread = new Rewrite(key, (RedisValue)parts[1], (RedisValue)parts[2], Math.Max(first, dropBelow), head.Version);
            if (replacements.Count > 0)
            {
                if (await CopyAsync(call, thread, replacements).ConfigureAwait(false))
                {
                    return true;
                }
            }
            else if (dropBelow <= first || await TrimAsync(call, thread).ConfigureAwait(false))
            {
                return true;
            }
        }

        throw new StoreUnavailableException($"Thread '{key}' was rewritten by others each time when its rewrite was almost done ({Attempts} times); nothing was changed. Try again later.");
    }

    private async Task<bool> TrimAsync(RedisCall call, Rewrite thread)
        => (int)await call.RunAsync(
            RedisScripts.RewriteTrim, [keys.Head(thread.Key), keys.Log(thread.Key)], [thread.Born, thread.First], Access.Write).ConfigureAwait(false) == 1;

    private async Task<bool> CopyAsync(RedisCall call, Rewrite thread, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements)
    {
        var copy = keys.Copy(thread.Key, Guid.NewGuid());
        var (from, copied) = (thread.First, 0L);
        while (true)
        {
            var (to, bodies) = NextPart(from, thread.Last, replacements);
            var isLast = to == thread.Last;
            var answer = await call.RunAsync(
                RedisScripts.RewriteCopy,
                [keys.Head(thread.Key), keys.Log(thread.Key), copy],
                [
                    thread.Born, thread.Rewrites, from, to, copied, (long)CopyLifetime.TotalMilliseconds, isLast ? "1" : "0",
                    .. bodies,
                ],
                Access.Write).ConfigureAwait(false);
            var progress = (RedisResult[])answer!;
            if ((string?)progress[0] != "more")
            {
                return (string?)progress[0] == "done";
            }

            (from, copied) = (EntryFields.ReadVersion((string)progress[1]!, thread.Key) + 1, (long)progress[2]);
        }
    }

    /// <summary>The next entries to copy, not more than one call should carry, with the new bodies of those that get one.</summary>
    private static (long To, List<RedisValue> Bodies) NextPart(long from, long last, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements)
    {
        var bodies = new List<RedisValue>();
        long size = 0;
        var version = from;
        for (; version <= last && version - from < LongestPart && size < LargestPart; version++)
        {
            if (replacements.TryGetValue(version, out var body))
            {
                bodies.Add(version);
                bodies.Add(body.ToArray());
                size += body.Length;
            }
        }

        return (version - 1, bodies);
    }

    private sealed record Rewrite(ThreadKey Key, RedisValue Born, RedisValue Rewrites, long First, long Last);
}

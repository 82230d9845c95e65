using System.Globalization;
using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Rows;
using StackExchange.Redis;

namespace Holdfast.Redis.Maintenance;

/// <summary>Replaces bodies of entries and drops the oldest ones.</summary>
/// <remarks>
/// A stream cannot replace an entry in its place. So the entries are copied, a part at a time, to another stream, which takes the place of the log in one step;
/// appends go on meanwhile. If maintenance changed the thread meanwhile, or it was begun anew, the copy is thrown away and begun anew; if this process dies, it expires.
/// </remarks>
internal sealed class ThreadRewriter(RedisConnection connection, RedisKeys keys)
{
    private const int Attempts = 20;
    private const int LongestPart = 512;
    private const int LargestPart = 4 * 1024 * 1024;
    private static readonly TimeSpan CopyLifetime = TimeSpan.FromMinutes(1);

    public async ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken)
    {
        var key = request.Key;
        using var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var answer = await call.RunAsync(RedisScripts.RewriteState, [keys.Head(key), keys.Log(key)], [Math.Max(request.DropBelow, 0)], Access.Read, cancellationToken).ConfigureAwait(false);
            if (answer.IsNull)
            {
                return false;
            }

            var parts = (RedisResult[])answer!;
            var head = HeadFields.Read(parts[0], key, keys.Head(key));
            if (request.IfUnchanged is { } stamp && stamp != head.Stamp)
            {
                return false;
            }

            RewriteRules.Check(request, head, EntryFields.IsKeyframe(parts[1]));
            if (!RewriteRules.Changes(request, head) || await TryAsync(call, request, head).ConfigureAwait(false))
            {
                return true;
            }
        }

        throw new StoreUnavailableException($"Thread '{key}' was changed by others each time when its rewrite was almost done ({Attempts} times); nothing was changed. Try again later.");
    }

    private Task<bool> TryAsync(RedisCall call, RewriteRequest request, ThreadHead head)
    {
        // What must still hold when it is done, then the lowest version to keep.
        RedisValue[] conditions =
        [
            head.Life.ToByteArray(),
            head.Revision.ToString(CultureInfo.InvariantCulture),
            request.IfUnchanged is null ? "" : head.ChainHash.ToByteArray(),
            RewriteRules.HeadAfter(request, head).FirstVersion,
        ];
        return request.Replacements.Count > 0 ? CopyAsync(call, request, head, conditions) : TrimAsync(call, head.Key, conditions);
    }

    private async Task<bool> TrimAsync(RedisCall call, ThreadKey key, RedisValue[] conditions)
        => (int)await call.RunAsync(RedisScripts.RewriteTrim, [keys.Head(key), keys.Log(key)], conditions, Access.Write).ConfigureAwait(false) == 1;

    private async Task<bool> CopyAsync(RedisCall call, RewriteRequest request, ThreadHead head, RedisValue[] conditions)
    {
        var copy = keys.Copy(head.Key, Guid.NewGuid());
        var (from, copied) = ((long)conditions[^1], 0L);
        while (true)
        {
            var (to, bodies) = NextPart(from, head.Version, request.Replacements);
            var answer = await call.RunAsync(
                RedisScripts.RewriteCopy,
                [keys.Head(head.Key), keys.Log(head.Key), copy],
                [.. conditions, from, to, copied, (long)CopyLifetime.TotalMilliseconds, to == head.Version ? "1" : "0", .. bodies],
                Access.Write).ConfigureAwait(false);
            var progress = (RedisResult[])answer!;
            if ((string?)progress[0] != "more")
            {
                return (string?)progress[0] == "done";
            }

            (from, copied) = (EntryFields.VersionOf((string?)progress[1]) + 1, (long)progress[2]);
        }
    }

    /// <summary>The next entries to copy, not more than one call should carry, with the hashes and new bodies of those that get one.</summary>
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
                bodies.Add(Digest.Compute(body.Span).ToByteArray());
                bodies.Add(body.ToArray());
                size += body.Length;
            }
        }

        return (version - 1, bodies);
    }
}

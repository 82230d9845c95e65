using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Rows;
using StackExchange.Redis;

namespace Holdfast.Redis.Reading;

/// <summary>Reads the end of a thread: nearly always with one call, and a long one in pieces of about a mebibyte, so that no other client is kept waiting for it.</summary>
/// <remarks>
/// Pieces make one picture: entries up to the version of the head that came with the first piece are changed by maintenance only, which moves the revision, and then
/// the reading begins again.
/// </remarks>
internal sealed class TailReader(RedisConnection connection, RedisKeys keys)
{
    private const int Attempts = 20;

    public async ValueTask<ThreadTail?> ReadAsync(TailRequest request, CancellationToken cancellationToken)
    {
        using var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var answer = await call.RunAsync(RedisScripts.Tail, [keys.Head(request.Key), keys.Log(request.Key)], Arguments(request), Access.Read, cancellationToken).ConfigureAwait(false);
            if (answer.IsNull)
            {
                return null;
            }

            var parts = (RedisResult[])answer!;
            var head = HeadFields.Read(parts[0], request.Key, keys.Head(request.Key));
            var rows = new List<RedisResult>((RedisResult[])parts[1]!);
            if (await ReadRestAsync(call, head, rows, cancellationToken).ConfigureAwait(false))
            {
                return Tail(head, request, rows);
            }
        }

        throw new StoreUnavailableException($"Thread '{request.Key}' was rewritten by others each time when its end was almost read ({Attempts} times). Try again later.");
    }

    /// <summary>Reads what follows the first piece. Returns whether it belongs to the same picture.</summary>
    private async Task<bool> ReadRestAsync(RedisCall call, ThreadHead head, List<RedisResult> rows, CancellationToken cancellationToken)
    {
        while (rows.Count > 0 && EntryFields.VersionOf(rows[^1]) is var reached && reached < head.Version)
        {
            var answer = await call.RunAsync(
                RedisScripts.Read,
                [keys.Head(head.Key), keys.Log(head.Key)],
                [reached + 1, head.Version, "0", head.Life.ToByteArray(), head.Revision],
                Access.Read,
                cancellationToken).ConfigureAwait(false);
            if (answer.IsNull)
            {
                return false;
            }

            var parts = (RedisResult[])answer!;
            var piece = parts[0].IsNull ? throw HeadFields.Missing(head.Key) : (RedisResult[])parts[1]!;
            if (piece.Length == 0)
            {
                break;
            }

            rows.AddRange(piece);
        }

        return true;
    }

    private static ThreadTail Tail(ThreadHead head, TailRequest request, List<RedisResult> rows)
    {
        var entries = rows.ConvertAll(row => EntryFields.Read(row, head.Key));
        TailWindow.CheckNoGap(head, TailWindow.Start(head, request), entries);
        return new(head, entries);
    }

    private static RedisValue[] Arguments(TailRequest request) =>
    [
        request.MinimumEntries,
        request.Life is { } life ? life.ToByteArray() : "",
        request.Since is { } since ? since.Life.ToByteArray() : "",
        request.Since is { } known ? known.Version : "",
    ];
}

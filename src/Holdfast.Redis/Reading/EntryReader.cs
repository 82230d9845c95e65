using System.Runtime.CompilerServices;
using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Rows;
using StackExchange.Redis;

namespace Holdfast.Redis.Reading;

/// <summary>Reads entries by version, in pieces of about a mebibyte.</summary>
internal sealed class EntryReader(RedisConnection connection, RedisKeys keys)
{
    public async IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var isForward = request.Direction == ReadDirection.Forward;
        var (from, to) = (Math.Max(request.From, 1), Math.Max(request.To, 0));
        RedisValue life = request.Life is { } wanted ? wanted.ToByteArray() : "";
        do
        {
            // Even a range that has nothing in it is asked for once, so that a log that is closed or out of reach says so.
            RedisResult[] rows;
            (rows, life) = await ReadPieceAsync(request.Key, [from, to, isForward ? "0" : "1", life, ""], cancellationToken).ConfigureAwait(false);
            foreach (var row in rows)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return EntryFields.Read(row, request.Key);
            }

            if (rows.Length == 0)
            {
                yield break;
            }

            var reached = EntryFields.VersionOf(rows[^1]);
            (from, to) = isForward ? (reached + 1, to) : (from, reached - 1);
        }
        while (from <= to);
    }

    private async Task<(RedisResult[] Rows, RedisValue Life)> ReadPieceAsync(ThreadKey key, RedisValue[] arguments, CancellationToken cancellationToken)
    {
        using var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        var answer = await call.RunAsync(RedisScripts.Read, [keys.Head(key), keys.Log(key)], arguments, Access.Read, cancellationToken).ConfigureAwait(false);
        if (answer.IsNull)
        {
            return ([], "");
        }

        var parts = (RedisResult[])answer!;
        return parts[0].IsNull ? throw HeadFields.Missing(key) : ((RedisResult[])parts[1]!, (RedisValue)parts[0]);
    }
}

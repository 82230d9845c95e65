using Holdfast.Logs;
using Holdfast.Postgres.Connections;
using Holdfast.Postgres.Rows;
using NpgsqlTypes;

namespace Holdfast.Postgres.Writing;

/// <summary>Replaces bodies and drops the oldest entries, while the row of the thread is held.</summary>
internal sealed class ThreadRewrite(Database database)
{
    /// <summary>How many bytes of bodies are sent at once, unless one body alone is larger.</summary>
    private const int MaxBytes = 4 * 1024 * 1024;

    private readonly string _lock =
        $"""
        SELECT {HeadColumns.Sql("t")}, t.number
        FROM {database.Target.QuotedSchema}.threads t WHERE t.tenant = $1 AND t.thread_id = $2 FOR UPDATE OF t
        """;

    private readonly string _findFirst = $"SELECT min(version) FROM {database.Target.QuotedSchema}.entries WHERE thread = $1";

    private readonly string _drop = $"DELETE FROM {database.Target.QuotedSchema}.entries WHERE thread = $1 AND version < $2";

    private readonly string _replace =
        $"""
        UPDATE {database.Target.QuotedSchema}.entries e
        SET body = g.body, sealed_body = g.sealed_body, size = g.size, is_rewritten = true
        FROM unnest($2::bigint[], $3::json[], $4::bytea[], $5::integer[]) AS g(version, body, sealed_body, size)
        WHERE e.thread = $1 AND e.version = g.version
        """;

    /// <exception cref="ArgumentException">A version is not there, or is needed.</exception>
    public async Task<bool> RunAsync(
        ChangeTransaction change, ThreadKey key, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements, long dropBelow, CancellationToken cancellationToken)
    {
        if (await LockAsync(change, key, cancellationToken).ConfigureAwait(false) is not { } thread)
        {
            return false;
        }

        // A statement of its own, because it must see what another rewrite dropped while the one before waited for the row.
        var first = await change.ScalarAsync(_findFirst, [Parameters.Number(thread.Number)], cancellationToken).ConfigureAwait(false) as long? ?? long.MaxValue;
        RewriteRules.Check(thread.Head, first, replacements, dropBelow);
        if (dropBelow > first)
        {
            await change.ExecuteAsync(_drop, [Parameters.Number(thread.Number), Parameters.Number(dropBelow)], cancellationToken).ConfigureAwait(false);
        }

        foreach (var chunk in Chunks(replacements))
        {
            var replaced = await change.ExecuteAsync(
                _replace,
                [
                    Parameters.Number(thread.Number),
                    Parameters.Array(chunk, NpgsqlDbType.Bigint, body => body.Version),
                    Parameters.Array(chunk, NpgsqlDbType.Json, body => body.IsPlain ? body.Bytes : (ReadOnlyMemory<byte>?)null),
                    Parameters.Array(chunk, NpgsqlDbType.Bytea, body => body.IsPlain ? (ReadOnlyMemory<byte>?)null : body.Bytes),
                    Parameters.Array(chunk, NpgsqlDbType.Integer, body => body.Bytes.Length),
                ],
                cancellationToken).ConfigureAwait(false);
            if (replaced != chunk.Count)
            {
                throw new CorruptStateException(key, chunk[0].Version, $"{chunk.Count} entries from this version on were expected to be there to be rewritten, and {replaced} were. Nothing was rewritten.");
            }
        }

        return true;
    }

    private async Task<(ThreadHead Head, long Number)?> LockAsync(ChangeTransaction change, ThreadKey key, CancellationToken cancellationToken)
        => await change.RowAsync<(ThreadHead, long)?>(
            _lock,
            [Parameters.Text(key.Tenant), Parameters.Text(key.Id.Value)],
            reader => (HeadColumns.Read(reader, 0, key), reader.GetInt64(HeadColumns.Count)),
            cancellationToken).ConfigureAwait(false);

    private static IEnumerable<List<Replacement>> Chunks(IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements)
    {
        var chunk = new List<Replacement>();
        long bytes = 0;
        foreach (var (version, body) in replacements.OrderBy(replacement => replacement.Key))
        {
            if (chunk.Count > 0 && bytes + body.Length > MaxBytes)
            {
                yield return chunk;
                (chunk, bytes) = ([], 0);
            }

            chunk.Add(new(version, body, PlainJson.CanHold(body.Span)));
            bytes += body.Length;
        }

        if (chunk.Count > 0)
        {
            yield return chunk;
        }
    }

    private readonly record struct Replacement(long Version, ReadOnlyMemory<byte> Bytes, bool IsPlain);
}

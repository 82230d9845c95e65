using Holdfast.Logs;
using Holdfast.Postgres.Rows;
using NpgsqlTypes;

namespace Holdfast.Postgres.Maintenance;

/// <summary>Replaces bodies and drops the oldest entries, while the row of the thread is held.</summary>
internal static class ThreadRewrite
{
    /// <summary>How many bytes of bodies are sent at once, unless one body alone is larger.</summary>
    private const int MaxBytes = 4 * 1024 * 1024;

    /// <returns>Whether it was done.</returns>
    /// <exception cref="ArgumentException">The request breaks the rules.</exception>
    /// <exception cref="CorruptStateException">The head is damaged, or an entry to rewrite is not there.</exception>
    public static async Task<bool> RunAsync(ChangeTransaction change, RewriteRequest request, CancellationToken cancellationToken)
    {
        if (await LockedThread.FindAsync(change, request.Key, cancellationToken).ConfigureAwait(false) is not { } thread
            || (request.IfUnchanged is { } stamp && stamp != thread.Head.Stamp))
        {
            return false;
        }

        var drops = RewriteRules.Drops(request, thread.Head);
        RewriteRules.Check(request, thread.Head, drops && await IsKeyframeAsync(change, thread.Number, request.DropBelow, cancellationToken).ConfigureAwait(false));
        if (drops)
        {
            await change.ExecuteAsync(
                $"DELETE FROM {change.Schema}.entries WHERE thread = $1 AND version < $2",
                [Parameters.Number(thread.Number), Parameters.Number(request.DropBelow)],
                cancellationToken).ConfigureAwait(false);
        }

        foreach (var chunk in Chunks(request.Replacements))
        {
            await ReplaceAsync(change, thread, chunk, cancellationToken).ConfigureAwait(false);
        }

        if (RewriteRules.Changes(request, thread.Head))
        {
            var head = RewriteRules.HeadAfter(request, thread.Head);
            await change.ExecuteAsync(
                $"UPDATE {change.Schema}.threads t SET first_version = $4, revision = $5, guard = $6 WHERE {HeadColumns.IsKey}",
                [.. Parameters.Key(request.Key), Parameters.Number(head.FirstVersion), Parameters.Number(head.Revision), Parameters.Bytes(RowGuards.Of(head).ToByteArray())],
                cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    private static async Task<bool> IsKeyframeAsync(ChangeTransaction change, long thread, long version, CancellationToken cancellationToken)
        => await change.ScalarAsync(
            $"SELECT is_keyframe FROM {change.Schema}.entries WHERE thread = $1 AND version = $2",
            [Parameters.Number(thread), Parameters.Number(version)],
            cancellationToken).ConfigureAwait(false) is true;

    private static async Task ReplaceAsync(ChangeTransaction change, LockedThread thread, List<Replacement> chunk, CancellationToken cancellationToken)
    {
        var replaced = await change.ExecuteAsync(
            $"""
            UPDATE {change.Schema}.entries e
            SET body = g.body, sealed_body = g.sealed_body, size = g.size, rewritten_hash = g.rewritten_hash
            FROM unnest($2::bigint[], $3::json[], $4::bytea[], $5::integer[], $6::bytea[]) AS g(version, body, sealed_body, size, rewritten_hash)
            WHERE e.thread = $1 AND e.version = g.version
            """,
            [
                Parameters.Number(thread.Number),
                Parameters.Array(chunk, NpgsqlDbType.Bigint, body => body.Version),
                Parameters.Array(chunk, NpgsqlDbType.Json, body => body.IsPlain ? body.Bytes : (ReadOnlyMemory<byte>?)null),
                Parameters.Array(chunk, NpgsqlDbType.Bytea, body => body.IsPlain ? (ReadOnlyMemory<byte>?)null : body.Bytes),
                Parameters.Array(chunk, NpgsqlDbType.Integer, body => body.Bytes.Length),
                Parameters.Array(chunk, NpgsqlDbType.Bytea, body => Digest.Compute(body.Bytes.Span).ToByteArray()),
            ],
            cancellationToken).ConfigureAwait(false);
        if (replaced != chunk.Count)
        {
            throw new CorruptStateException(
                thread.Head.Key, chunk[0].Version, $"{chunk.Count} entries from this version on were expected to be there to be rewritten, and {replaced} were. Nothing was rewritten.");
        }
    }

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

            chunk.Add(new(version, body, PlainJson.IsBody(body.Span)));
            bytes += body.Length;
        }

        if (chunk.Count > 0)
        {
            yield return chunk;
        }
    }

    private readonly record struct Replacement(long Version, ReadOnlyMemory<byte> Bytes, bool IsPlain);
}

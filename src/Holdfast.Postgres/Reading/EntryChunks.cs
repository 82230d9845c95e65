using System.Runtime.CompilerServices;
using Holdfast.Logs;
using Holdfast.Postgres.Connections;
using Holdfast.Postgres.Rows;
using Npgsql;

namespace Holdfast.Postgres.Reading;

/// <summary>Reads entries in chunks of a bounded size. No connection is held between two chunks, however long the caller takes.</summary>
internal sealed class EntryChunks(Database database)
{
    /// <summary>The first chunk is small, because many readers want the newest few only; each one after it may be larger.</summary>
    private const int FirstChunk = 16, LargestChunk = 256;

    /// <summary>A chunk ends with the entry that reaches this.</summary>
    private const int MaxBytes = 2 * 1024 * 1024;

    private readonly string _forward = Sql(database.Target.QuotedSchema, "");
    private readonly string _backward = Sql(database.Target.QuotedSchema, " DESC");

    public async IAsyncEnumerable<LogEntry> ReadAsync(
        ThreadKey key, long from, long to, ReadDirection direction, Action check, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Later chunks ask for the thread by its number, and so never go on in another one that was begun under the same id.
        long? number = null;
        for (var size = FirstChunk; from <= to; size = Math.Min(size * 4, LargestChunk))
        {
            check();
            var (thread, first, last, limit) = (number, from, to, size);
            var chunk = await database.RunAsync(
                (connection, token) => ReadChunkAsync(connection, key, thread, first, last, direction, limit, token),
                $"Reading thread '{key}'",
                cancellationToken).ConfigureAwait(false);
            foreach (var entry in chunk.Entries)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return entry;
            }

            if (chunk.Entries is not [.., var newest])
            {
                yield break;
            }

            number = chunk.Thread;
            (from, to) = direction == ReadDirection.Forward ? (newest.Version + 1, to) : (from, newest.Version - 1);
        }
    }

    private async Task<(long Thread, List<LogEntry> Entries)> ReadChunkAsync(
        NpgsqlConnection connection, ThreadKey key, long? number, long from, long to, ReadDirection direction, int limit, CancellationToken cancellationToken)
    {
        var command = await database.CommandAsync(
            connection,
            direction == ReadDirection.Forward ? _forward : _backward,
            [
                Parameters.Text(key.Tenant), Parameters.Text(key.Id.Value), Parameters.Number(from), Parameters.Number(to), Parameters.Number(limit), Parameters.Number(MaxBytes),
                Parameters.NumberOrNull(number),
            ],
            cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                long thread = 0;
                var entries = new List<LogEntry>();
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    if (!reader.GetBoolean(EntryColumns.Count + 1))
                    {
                        throw HeadColumns.OtherRow(key);
                    }

                    thread = reader.GetInt64(EntryColumns.Count);
                    entries.Add(Checked(EntryColumns.Read(reader, key), entries.Count == 0 ? null : entries[^1].Version, from, to, direction));
                }

                return (thread, entries);
            }
        }
    }

    // Ranges go on from the last version that was read, so a version out of its place would be read for ever.
    private static LogEntry Checked(LogEntry entry, long? before, long from, long to, ReadDirection direction)
        => entry.Version >= from && entry.Version <= to && (before is null || (direction == ReadDirection.Forward ? entry.Version > before : entry.Version < before))
            ? entry
            : throw HeadColumns.OtherRow(entry.Key);

    private static string Sql(string schema, string descending)
        => $"""
            SELECT {EntryColumns.Sql}, t.number, t.tenant = $1 AND t.thread_id = $2
            FROM (SELECT * FROM {schema}.threads WHERE tenant = $1 AND thread_id = $2 AND ($7 IS NULL OR number = $7)) t
            CROSS JOIN LATERAL (
                SELECT c.*, sum(c.size::bigint) OVER (ORDER BY c.version{descending}) - c.size AS before
                FROM (
                    SELECT * FROM {schema}.entries
                    WHERE thread = t.number AND version BETWEEN $3 AND $4
                    ORDER BY version{descending} LIMIT $5) c) e
            WHERE e.before < $6
            ORDER BY e.version{descending}
            """;
}

using System.Runtime.CompilerServices;
using Holdfast.Logs;
using Holdfast.Postgres.Connecting;
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

    public async IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, Action check, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Later chunks ask for the thread by its number, and so never go on in another one that was begun under the same id.
        long? number = null;
        var rest = request;
        for (var size = FirstChunk; rest.From <= rest.To; size = Math.Min(size * 4, LargestChunk))
        {
            check();
            var (thread, range, limit) = (number, rest, size);
            var chunk = await database.RunAsync(
                (connection, token) => ReadChunkAsync(connection, range, thread, limit, token), $"Reading thread '{request.Key}'", cancellationToken).ConfigureAwait(false);
            foreach (var entry in chunk.Entries)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return entry;
            }

            if (chunk.Damage is { } damage)
            {
                throw damage;
            }

            if (chunk.Entries is not [.., var last])
            {
                yield break;
            }

            number = chunk.Thread;
            rest = request.Direction == ReadDirection.Forward ? rest with { From = last.Version + 1 } : rest with { To = last.Version - 1 };
        }
    }

    private async Task<Chunk> ReadChunkAsync(NpgsqlConnection connection, ReadRequest range, long? number, int limit, CancellationToken cancellationToken)
    {
        var command = await database.CommandAsync(
            connection,
            range.Direction == ReadDirection.Forward ? _forward : _backward,
            [
                .. Parameters.Key(range.Key), Parameters.Number(range.From), Parameters.Number(range.To), Parameters.Number(limit), Parameters.Number(MaxBytes),
                Parameters.NumberOrNull(number), Parameters.Life(range.Life),
            ],
            cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var chunk = new Chunk();
                try
                {
                    while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    {
                        if (!reader.GetBoolean(EntryColumns.Count + 1))
                        {
                            throw HeadColumns.OtherRow(range.Key);
                        }

                        chunk.Thread = reader.GetInt64(EntryColumns.Count);
                        chunk.Entries.Add(Checked(EntryColumns.Read(reader, range.Key), chunk.Entries is [.., var last] ? last.Version : null, range));
                    }
                }
                catch (CorruptStateException e)
                {
                    // What is whole before it is returned first.
                    chunk.Damage = e;
                }

                return chunk;
            }
        }
    }

    // Ranges go on from the last version that was read, so a version out of its place would be read for ever.
    private static LogEntry Checked(LogEntry entry, long? before, ReadRequest range)
        => entry.Version >= range.From && entry.Version <= range.To
            && (before is null || (range.Direction == ReadDirection.Forward ? entry.Version > before : entry.Version < before))
            ? entry
            : throw HeadColumns.OtherRow(entry.Key);

    private static string Sql(string schema, string descending)
        => $"""
            SELECT {EntryColumns.Sql}, t.number, {HeadColumns.IsKey}
            FROM (SELECT * FROM {schema}.threads t WHERE {HeadColumns.IsKey} AND ($8 IS NULL OR number = $8) AND ($9::uuid IS NULL OR life = $9)) t
            CROSS JOIN LATERAL (
                SELECT c.*, sum(c.size::bigint) OVER (ORDER BY c.version{descending}) - c.size AS before
                FROM (
                    SELECT * FROM {schema}.entries
                    WHERE thread = t.number AND version BETWEEN $4 AND $5
                    ORDER BY version{descending} LIMIT $6) c) e
            WHERE e.before < $7
            ORDER BY e.version{descending}
            """;

    /// <summary>What was read at once.</summary>
    private sealed class Chunk
    {
        public long Thread { get; set; }

        public List<LogEntry> Entries { get; } = [];

        /// <summary>What is wrong with the entry that follows.</summary>
        public CorruptStateException? Damage { get; set; }
    }
}

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

    private const string Columns = $"{EntryColumns.Sql}, t.number, {HeadColumns.IsKey}";

    private readonly string _forward = Sql(database.Target.QuotedSchema, Columns, "");
    private readonly string _backward = Sql(database.Target.QuotedSchema, Columns, " DESC");
    private readonly string _forwardVersions = Sql(database.Target.QuotedSchema, "e.version", "");
    private readonly string _backwardVersions = Sql(database.Target.QuotedSchema, "e.version", " DESC");

    public async IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, Action check, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Later chunks ask for the thread by its number, and so never go on in another one that was begun under the same id.
        long? number = null;
        var rest = request;
        for (var size = FirstChunk; rest.From <= rest.To; size = Math.Min(size * 4, LargestChunk))
        {
            check();
            var chunk = await ReadAsync(rest, number, size, cancellationToken).ConfigureAwait(false);
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

    private async Task<Chunk> ReadAsync(ReadRequest range, long? number, int limit, CancellationToken cancellationToken)
    {
        var what = $"Reading thread '{range.Key}'";
        try
        {
            return await database.RunAsync((connection, token) => ReadChunkAsync(connection, range, number, limit, token), what, cancellationToken).ConfigureAwait(false);
        }
        catch (CorruptStateException) when (limit > 1)
        {
            // The server cannot read one of them, and tells nothing of the others.
            return await ReadAsync(range, number, 1, cancellationToken).ConfigureAwait(false);
        }
        catch (CorruptStateException e)
        {
            var version = await database.RunAsync((connection, token) => FindVersionAsync(connection, range, number, token), what, cancellationToken).ConfigureAwait(false);
            return new() { Damage = new(range.Key, version, $"the server cannot read its entry: {e.InnerException?.Message}", e) };
        }
    }

    private async Task<Chunk> ReadChunkAsync(NpgsqlConnection connection, ReadRequest range, long? number, int limit, CancellationToken cancellationToken)
    {
        var sql = range.Direction == ReadDirection.Forward ? _forward : _backward;
        var command = await database.CommandAsync(connection, sql, ParametersOf(range, number, limit), cancellationToken: cancellationToken).ConfigureAwait(false);
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

    /// <summary>The version of the first entry of a range, whether the server can read the entry or not; 0 if there is none.</summary>
    private async Task<long> FindVersionAsync(NpgsqlConnection connection, ReadRequest range, long? number, CancellationToken cancellationToken)
    {
        var sql = range.Direction == ReadDirection.Forward ? _forwardVersions : _backwardVersions;
        var command = await database.CommandAsync(connection, sql, ParametersOf(range, number, 1), cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as long? ?? 0;
        }
    }

    private static NpgsqlParameter[] ParametersOf(ReadRequest range, long? number, int limit)
        => [
            .. Parameters.Key(range.Key), Parameters.Number(range.From), Parameters.Number(range.To), Parameters.Number(limit), Parameters.Number(MaxBytes),
            Parameters.NumberOrNull(number), Parameters.Life(range.Life),
        ];

    // Ranges go on from the last version that was read, so a version out of its place would be read for ever.
    private static LogEntry Checked(LogEntry entry, long? before, ReadRequest range)
        => entry.Version >= range.From && entry.Version <= range.To
            && (before is null || (range.Direction == ReadDirection.Forward ? entry.Version > before : entry.Version < before))
            ? entry
            : throw HeadColumns.OtherRow(entry.Key);

    private static string Sql(string schema, string columns, string descending)
        => $"""
            SELECT {columns}
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

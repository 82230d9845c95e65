using Holdfast.Logs;
using Holdfast.Postgres.Connections;
using Holdfast.Postgres.Rows;
using Npgsql;

namespace Holdfast.Postgres.Reading;

/// <summary>Reads heads and tails of threads: each by one statement, which sees one moment.</summary>
internal sealed class TailQuery(Database database)
{
    private readonly string _headSql = $"SELECT {HeadColumns.Sql("t")} FROM {database.Target.QuotedSchema}.threads t WHERE t.tenant = $1 AND t.thread_id = $2";

    // The head comes with the row of the newest entry alone (or without any entry, when they are missing). The entries come in the order of their index;
    // an ORDER BY around all would have their bodies sorted.
    private readonly string _tailSql =
        $"""
        SELECT {EntryColumns.Sql}, {HeadColumns.Sql("h")}
        FROM {database.Target.QuotedSchema}.threads t
        LEFT JOIN LATERAL (
            SELECT * FROM {database.Target.QuotedSchema}.entries
            WHERE thread = t.number AND version >= least(greatest(t.keyframe_version, 1), t.version - $3 + 1) AND version <= t.version
            ORDER BY version) e ON true
        LEFT JOIN LATERAL (SELECT t.* WHERE e.version IS NULL OR e.version = t.version) h ON true
        WHERE t.tenant = $1 AND t.thread_id = $2
        """;

    public async Task<ThreadHead?> HeadAsync(NpgsqlConnection connection, ThreadKey key, CancellationToken cancellationToken)
    {
        var command = await database.CommandAsync(connection, _headSql, KeyParameters(key), cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                return await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? HeadColumns.Read(reader, 0, key) : null;
            }
        }
    }

    public async Task<ThreadTail?> TailAsync(NpgsqlConnection connection, ThreadKey key, int minimumEntries, CancellationToken cancellationToken)
    {
        var command = await database.CommandAsync(
            connection, _tailSql, [.. KeyParameters(key), Parameters.Number(minimumEntries)], cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                ThreadHead? head = null;
                var entries = new List<LogEntry>();
                var hasRows = false;
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    hasRows = true;
                    head = reader.IsDBNull(EntryColumns.Count) ? head : HeadColumns.Read(reader, EntryColumns.Count, key);
                    if (!reader.IsDBNull(0))
                    {
                        entries.Add(EntryColumns.Read(reader, key));
                    }
                }

                return hasRows ? Checked(key, head, entries) : null;
            }
        }
    }

    private static ThreadTail Checked(ThreadKey key, ThreadHead? head, List<LogEntry> entries)
    {
        entries.Sort((x, y) => x.Version.CompareTo(y.Version));
        if (head is null || entries.Count == 0 || entries[^1].Version != head.Version)
        {
            // The head comes with the newest entry: it is not known when that one alone is lost.
            var newest = entries.Count == 0 ? 0 : entries[^1].Version;
            throw new CorruptStateException(key, head?.Version ?? newest + 1, $"its newest entry was expected to be there; the newest that was found is {newest}.");
        }

        // Versions have no gaps, and loads need those from the keyframe on.
        var expected = Math.Min(entries[0].Version, Math.Max(head.KeyframeVersion, 1));
        foreach (var entry in entries)
        {
            if (entry.Version != expected)
            {
                throw new CorruptStateException(key, expected, $"its entry was expected to be there; the next one is {entry.Version}.");
            }

            expected++;
        }

        return new(head, entries);
    }

    private static NpgsqlParameter[] KeyParameters(ThreadKey key) => [Parameters.Text(key.Tenant), Parameters.Text(key.Id.Value)];
}

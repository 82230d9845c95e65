using Holdfast.Logs;
using Holdfast.Postgres.Connecting;
using Holdfast.Postgres.Rows;
using Npgsql;

namespace Holdfast.Postgres.Reading;

/// <summary>Reads the tails of threads: each by one statement, which sees one moment.</summary>
internal sealed class TailQuery(Database database)
{
    // The head comes with the row of the newest entry alone (or without any entry, when there are none to read). The entries come in the order of their index;
    // an ORDER BY around all would have their bodies sorted. Where they begin is what TailWindow says, by whose rule the answer is checked.
    private readonly string _sql =
        $"""
        SELECT {EntryColumns.Sql}, {HeadColumns.Sql("h")}
        FROM {database.Target.QuotedSchema}.threads t
        LEFT JOIN LATERAL (
            SELECT * FROM {database.Target.QuotedSchema}.entries
            WHERE thread = t.number AND version <= t.version AND version > CASE
                WHEN t.life = $6 AND $7 BETWEEN t.first_version - 1 AND t.version THEN $7
                ELSE greatest(t.first_version, least(greatest(t.keyframe_version, t.first_version), t.version - $5 + 1)) - 1 END
            ORDER BY version) e ON true
        LEFT JOIN LATERAL (SELECT t.* WHERE e.version IS NULL OR e.version = t.version) h ON true
        WHERE {HeadColumns.IsKey} AND ($4::uuid IS NULL OR t.life = $4)
        """;

    public async Task<ThreadTail?> RunAsync(NpgsqlConnection connection, TailRequest request, CancellationToken cancellationToken)
    {
        var command = await database.CommandAsync(connection, _sql, ParametersOf(request), cancellationToken: cancellationToken).ConfigureAwait(false);
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
                    head = reader.IsDBNull(EntryColumns.Count) ? head : HeadColumns.Read(reader, EntryColumns.Count, request.Key);
                    if (!reader.IsDBNull(0))
                    {
                        entries.Add(EntryColumns.Read(reader, request.Key));
                    }
                }

                return hasRows ? Checked(request, head, entries) : null;
            }
        }
    }

    private static NpgsqlParameter[] ParametersOf(TailRequest request)
        => [
            .. Parameters.Key(request.Key), Parameters.Life(request.Life), Parameters.Number(request.MinimumEntries), Parameters.Life(request.Since?.Life),
            Parameters.NumberOrNull(request.Since?.Version),
        ];

    private static ThreadTail Checked(TailRequest request, ThreadHead? head, List<LogEntry> entries)
    {
        entries.Sort((x, y) => x.Version.CompareTo(y.Version));
        if (head is null)
        {
            // It comes with the newest entry, so that one is lost.
            throw new CorruptStateException(request.Key, entries[^1].Version + 1, "its newest entry was expected to be there and is missing.");
        }

        TailWindow.CheckNoGap(head, TailWindow.Start(head, request), entries);
        return new(head, entries);
    }
}

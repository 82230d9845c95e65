using System.Globalization;
using Holdfast.Logs;
using Holdfast.Postgres.Connecting;
using Holdfast.Postgres.Rows;
using Npgsql;

namespace Holdfast.Postgres.Listing;

/// <summary>Rows of a space that there is not, as a damaged one may have it. No listing asks for that space, so the one that begins with all tenants' threads by id tells of them.</summary>
internal static class StrayRows
{
    /// <summary>How many are told of.</summary>
    private const int Most = 100;

    /// <summary>Whether the page of a query tells of them.</summary>
    public static bool AreToldBy(HeadQuery query)
        => query is { Space: ThreadSpace.Threads, Tenant: null, DueBefore: null, Filter: { Order: ThreadOrder.Id, Continuation: null } };

    public static async Task<List<(string Name, AgentStateException Problem)>> FindAsync(Database database, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var sql = string.Create(
            CultureInfo.InvariantCulture,
            $"SELECT t.space, t.tenant, t.thread_id FROM {database.Target.QuotedSchema}.threads t WHERE t.space < {(short)ThreadSpaceNames.All[0]} OR t.space > {(short)ThreadSpaceNames.All[^1]} LIMIT {Most}");
        var command = await database.CommandAsync(connection, sql, [], cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var rows = new List<(string, AgentStateException)>();
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    var name = HeadColumns.Name(reader, 0);
                    rows.Add((name, new CorruptStateException($"The row of thread '{name}' says that it is in space {reader.GetInt16(0)}, which there is not: it is damaged.")));
                }

                return rows;
            }
        }
    }
}

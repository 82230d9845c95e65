using Holdfast.Logs;
using Holdfast.Postgres.Connecting;
using Holdfast.Postgres.Rows;
using Npgsql;

namespace Holdfast.Postgres.Reading;

/// <summary>Reads the head of a thread, with its pins where they are asked for, by one statement.</summary>
internal sealed class HeadLookup(Database database)
{
    private readonly string _sql = $"SELECT {HeadColumns.Sql("t")} FROM {database.Target.QuotedSchema}.threads t WHERE {HeadColumns.IsKey}";

    private readonly string _withPins =
        $"""
        SELECT {HeadColumns.Sql("t")}, {PinColumns.Sql("p")}
        FROM {database.Target.QuotedSchema}.threads t LEFT JOIN {database.Target.QuotedSchema}.pins p ON p.thread = t.number
        WHERE {HeadColumns.IsKey}
        """;

    public async Task<ThreadHead?> RunAsync(NpgsqlConnection connection, HeadRequest request, CancellationToken cancellationToken)
    {
        var command = await database.CommandAsync(
            connection, request.WithPins ? _withPins : _sql, Parameters.Key(request.Key), cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    return null;
                }

                var head = HeadColumns.Read(reader, 0, request.Key);
                return request.WithPins ? head with { Pins = await PinsAsync(reader, request.Key, cancellationToken).ConfigureAwait(false) } : head;
            }
        }
    }

    private static async Task<List<Pin>> PinsAsync(NpgsqlDataReader reader, ThreadKey key, CancellationToken cancellationToken)
    {
        var pins = new List<Pin>();
        do
        {
            if (!reader.IsDBNull(HeadColumns.Count))
            {
                pins.Add(PinColumns.Read(reader, HeadColumns.Count, key));
            }
        }
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false));

        return pins;
    }
}

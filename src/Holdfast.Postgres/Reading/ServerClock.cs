using Holdfast.Postgres.Connecting;
using Npgsql;

namespace Holdfast.Postgres.Reading;

/// <summary>Reads the clock of the server.</summary>
internal static class ServerClock
{
    public static async Task<DateTimeOffset> ReadAsync(Database database, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = await database.CommandAsync(connection, "SELECT clock_timestamp()", [], cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return await reader.GetFieldValueAsync<DateTimeOffset>(0, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}

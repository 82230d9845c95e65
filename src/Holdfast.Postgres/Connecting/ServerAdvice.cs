using Npgsql;

namespace Holdfast.Postgres.Connecting;

/// <summary>Finds what is likely not meant about how the server is set up, and what is before it.</summary>
internal sealed class ServerAdvice(Database database)
{
    private const string Sql = "SELECT current_setting('fsync'), current_setting('synchronous_commit'), pg_backend_pid()";

    public async Task<IReadOnlyList<Advice>> FindAsync(CancellationToken cancellationToken)
        => await database.RunAsync(AskAsync, "Looking at the settings of the server", cancellationToken).ConfigureAwait(false);

    private async Task<IReadOnlyList<Advice>> AskAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = database.Command(Sql);
        await using (command.ConfigureAwait(false))
        {
            command.Connection = connection;
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return [.. Judge(reader.GetString(0), reader.GetString(1), reader.GetInt32(2) != connection.ProcessID)];
            }
        }
    }

    // A pooler tells its own number of the session instead of the server's.
    private IEnumerable<Advice> Judge(string fsync, string synchronousCommit, bool isPooled)
    {
        if (fsync == "off")
        {
            yield return new(AdviceCodes.PostgresDurability, "The server has 'fsync = off': when its machine fails, it can lose acknowledged commits, and the whole database with them.", "Set 'fsync = on'.");
        }

        if (synchronousCommit == "off")
        {
            yield return new(AdviceCodes.PostgresDurability,
                "'synchronous_commit' is off for this user or database: when the machine of the server fails, it loses the newest acknowledged commits.", "Set 'synchronous_commit = on', or name another user.");
        }

        if (isPooled && database.PreparesStatements)
        {
            yield return new(AdviceCodes.PostgresPooler,
                "Statements are prepared, and there is a pooler before the server: one that gives each transaction another session, and does not know of prepared statements, makes calls fail.",
                "Set PostgresLogOptions.PrepareStatements to false, or use a pooler that keeps them, such as PgBouncer 1.21 or later with 'max_prepared_statements'.");
        }
    }
}

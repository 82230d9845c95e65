using Npgsql;

namespace Holdfast.Benchmarks.Backends;

/// <summary>Two tables through Npgsql: a transaction is one batch of prepared statements, so one round trip.</summary>
internal sealed class RawPostgresAgent(NpgsqlConnection connection) : IRawAgent
{
    private const string Message = "INSERT INTO agent_messages (thread, json) VALUES ($1, $2::json)";
    private const string Step = "INSERT INTO agent_steps VALUES ($1, $2, $3::json)";

    public static async Task<RawPostgresAgent> OpenAsync(NpgsqlDataSource connections)
    {
        var connection = await connections.OpenConnectionAsync();
        await using var create = new NpgsqlCommand(
            """
            CREATE TABLE agent_messages (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, thread text NOT NULL, json json NOT NULL);
            CREATE INDEX ON agent_messages (thread, id);
            CREATE TABLE agent_steps (thread text NOT NULL, key text NOT NULL, json json NOT NULL, PRIMARY KEY (thread, key));
            """,
            connection);
        await create.ExecuteNonQueryAsync();
        return new(connection);
    }

    public async Task<IReadOnlyList<string>> LastAsync(string thread, int count)
    {
        await using var command = new NpgsqlCommand("SELECT json::text FROM agent_messages WHERE thread = $1 ORDER BY id DESC LIMIT $2", connection)
        {
            Parameters = { new() { Value = thread }, new() { Value = count } },
        };
        await command.PrepareAsync();
        await using var reader = await command.ExecuteReaderAsync();
        var messages = new List<string>();
        while (await reader.ReadAsync())
        {
            messages.Add(reader.GetString(0));
        }

        return messages;
    }

    public async Task CommitAsync(string thread, string? message, string? step, string? result)
    {
        await using var batch = new NpgsqlBatch(connection);
        if (message is not null)
        {
            batch.BatchCommands.Add(Of(Message, thread, message));
        }

        if (step is not null)
        {
            batch.BatchCommands.Add(Of(Step, thread, step, result!));
        }

        await batch.PrepareAsync();
        await batch.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private static NpgsqlBatchCommand Of(string sql, params ReadOnlySpan<string> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        }

        return command;
    }
}

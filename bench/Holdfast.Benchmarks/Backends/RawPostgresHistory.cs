using Npgsql;

namespace Holdfast.Benchmarks.Backends;

internal sealed class RawPostgresHistory(NpgsqlConnection connection) : IRawHistory
{
    public static async Task<RawPostgresHistory> OpenAsync(NpgsqlDataSource connections)
    {
        var raw = new RawPostgresHistory(await connections.OpenConnectionAsync());
        await raw.ExecuteAsync("CREATE TABLE history_messages (thread text NOT NULL, position integer NOT NULL, json json NOT NULL, PRIMARY KEY (thread, position))");
        return raw;
    }

    public async Task FillAsync(string thread, int messages, string text)
    {
        await ExecuteAsync("INSERT INTO history_messages SELECT $1, i, to_json($3::text) FROM generate_series(1, $2) AS i", thread, messages, text);
        await ExecuteAsync("ANALYZE history_messages");
    }

    public Task CopyAsync(string thread, string copy)
        => ExecuteAsync("INSERT INTO history_messages SELECT $2, position, json FROM history_messages WHERE thread = $1", thread, copy);

    public Task DeleteAsync(string thread, int below)
        => ExecuteAsync("DELETE FROM history_messages WHERE thread = $1 AND position < $2", thread, below);

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    // Not prepared: a plan that is kept is one of the table as it was when it was small.
    private async Task ExecuteAsync(string sql, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        await command.ExecuteNonQueryAsync();
    }
}

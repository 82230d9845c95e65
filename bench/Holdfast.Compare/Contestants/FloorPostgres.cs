using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Compare.Contestants;

/// <summary>The floor: rows of messages and of variables written by hand with Npgsql, one prepared statement a turn, which is a transaction and a round trip.</summary>
internal sealed class FloorPostgres : Contestant
{
    private const string Insert = """
        with added as (insert into messages select $1, * from unnest($2::bigint[], $3::text[], $4::text[], $5::text[]))
        insert into variables select $1, * from unnest($6::text[], $7::jsonb[]) on conflict (thread, name) do update set value = excluded.value
        """;

    private readonly NpgsqlDataSource _connections;

    private FloorPostgres(NpgsqlDataSource connections) => _connections = connections;

    public override string Version => PackageVersion.Of<NpgsqlDataSource>("Npgsql");

    public static async Task<FloorPostgres> ConnectAsync(string connectionString)
    {
        var connections = NpgsqlDataSource.Create(connectionString + ";Maximum Pool Size=32;No Reset On Close=true;Max Auto Prepare=10;Auto Prepare Min Usages=1");
        await using var create = connections.CreateCommand("""
            create table if not exists messages (thread text, seq bigint, id text, role text, text text, primary key (thread, seq));
            create table if not exists variables (thread text, name text, value jsonb, primary key (thread, name))
            """);
        await create.ExecuteNonQueryAsync();
        return new(connections);
    }

    public override async Task<bool> SeedAsync(string thread, int count)
    {
        await WriteAsync(thread, 0, [.. Turn.Messages(thread, count)], new Dictionary<string, object>());
        return true;
    }

    public override Task AppendAsync(string thread, Turn turn) => WriteAsync(thread, turn.Index, [turn.User, turn.Assistant], turn.Variables);

    public override async Task<Stored> ReadAsync(string thread, int messages)
    {
        await using var connection = await _connections.OpenConnectionAsync();
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new("select text from messages where thread = $1 order by seq desc limit $2") { Parameters = { new() { Value = thread }, new() { Value = (long)messages } } });
        batch.BatchCommands.Add(new("select name, value::text from variables where thread = $1") { Parameters = { new() { Value = thread } } });
        await using var reader = await batch.ExecuteReaderAsync();
        var texts = new List<string>();
        while (await reader.ReadAsync())
        {
            texts.Add(reader.GetString(0));
        }

        await reader.NextResultAsync();
        var variables = new Dictionary<string, string>();
        while (await reader.ReadAsync())
        {
            variables.Add(reader.GetString(0), reader.GetString(1));
        }

        texts.Reverse();
        return new(texts, variables);
    }

    public override async Task<int> RaceAsync(string thread, Turn turn)
    {
        for (var conflicts = 0; ; conflicts++)
        {
            await using var last = _connections.CreateCommand("select coalesce(max(seq), -1) from messages where thread = $1");
            last.Parameters.Add(new() { Value = thread });
            var index = (int)(long)(await last.ExecuteScalarAsync())! + 1;
            await ModelAnswersAsync();
            try
            {
                await WriteAsync(thread, index, [turn.User, turn.Assistant], turn.Variables);
                return conflicts;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                // Somebody else has taken these places.
            }
        }
    }

    public override ValueTask DisposeAsync() => _connections.DisposeAsync();

    private async Task WriteAsync(string thread, int index, IReadOnlyList<Message> messages, IReadOnlyDictionary<string, object> variables)
    {
        await using var insert = _connections.CreateCommand(Insert);
        insert.Parameters.Add(new() { Value = thread });
        insert.Parameters.Add(new() { Value = Enumerable.Range(index, messages.Count).Select(seq => (long)seq).ToArray() });
        insert.Parameters.Add(new() { Value = messages.Select(message => message.Id).ToArray() });
        insert.Parameters.Add(new() { Value = messages.Select(message => message.Role).ToArray() });
        insert.Parameters.Add(new() { Value = messages.Select(message => message.Text).ToArray() });
        insert.Parameters.Add(new() { Value = variables.Keys.ToArray() });
        insert.Parameters.Add(new() { Value = variables.Values.Select(value => JsonSerializer.Serialize(value)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
        await insert.ExecuteNonQueryAsync();
    }
}

using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.AI;

namespace Holdfast.Benchmarks.Backends;

/// <summary>Two tables and two selects through Microsoft.Data.Sqlite, with the durability that is measured for commits.</summary>
internal sealed class RawSqliteResume(string path) : IRawResume
{
    private static readonly JsonSerializerOptions Json = new(AIJsonUtilities.DefaultOptions) { WriteIndented = false };

    public void Fill(IReadOnlyList<ChatMessage> messages, string variables)
    {
        using var connection = Open();
        Run(connection, "pragma journal_mode = wal");
        Run(connection, "create table messages (thread text not null, position integer not null, json text not null, primary key (thread, position)) without rowid");
        Run(connection, "create table variables (thread text primary key, json text not null) without rowid");
        using var transaction = connection.BeginTransaction();
        Run(connection, "insert into variables values ('thread', $json)", ("$json", variables));
        for (var i = 0; i < messages.Count; i++)
        {
            Run(connection, "insert into messages values ('thread', $position, $json)", ("$position", i), ("$json", JsonSerializer.Serialize(messages[i], Json)));
        }

        transaction.Commit();
    }

    public int Resume(int messages)
    {
        using var connection = Open();
        var variables = Read<Dictionary<string, JsonElement>>(connection, "select json from variables where thread = $thread", ("$thread", "thread"));
        var last = Read<ChatMessage>(
            connection, "select json from messages where thread = $thread order by position desc limit $count", ("$thread", "thread"), ("$count", messages));
        last.Reverse();
        return variables.Count == 1 ? last.Count : 0;
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        Run(connection, "pragma synchronous = full; pragma busy_timeout = 60000");
        return connection;
    }

    private static void Run(SqliteConnection connection, string sql, params (string Name, object Value)[] parameters)
    {
        using var command = Command(connection, sql, parameters);
        command.ExecuteNonQuery();
    }

    private static List<T> Read<T>(SqliteConnection connection, string sql, params (string Name, object Value)[] parameters)
    {
        using var command = Command(connection, sql, parameters);
        using var reader = command.ExecuteReader();
        var values = new List<T>();
        while (reader.Read())
        {
            values.Add(JsonSerializer.Deserialize<T>(reader.GetString(0), Json)!);
        }

        return values;
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql, (string Name, object Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }
}

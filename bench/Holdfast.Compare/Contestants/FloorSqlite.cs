using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Holdfast.Compare.Contestants;

/// <summary>The floor: rows of messages and of variables written by hand with the raw driver, one transaction a turn, commands that are kept.</summary>
internal sealed class FloorSqlite : Contestant
{
    private const int ConstraintFailed = 19;
    private const string Schema = """
        create table if not exists messages (thread text, seq integer, id text, role text, text text, primary key (thread, seq)) without rowid;
        create table if not exists variables (thread text, name text, value text, primary key (thread, name)) without rowid
        """;

    private readonly string _directory;
    private readonly bool _fsync;
    private readonly Lock _lock = new();
    private readonly SqliteDatabase _database;
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _message;
    private readonly SqliteCommand _variable;
    private readonly SqliteCommand _commit;
    private readonly SqliteCommand _rollback;

    public FloorSqlite(string directory, bool fsync)
    {
        (_directory, _fsync) = (directory, fsync);
        _database = new(Path.Combine(directory, "floor.db"), fsync, Schema);
        _begin = _database.Prepare("begin immediate");
        _commit = _database.Prepare("commit");
        _rollback = _database.Prepare("rollback");
        _message = _database.Prepare(
            "insert into messages values ($thread, $seq, $id, $role, $text)",
            ("$thread", SqliteType.Text), ("$seq", SqliteType.Integer), ("$id", SqliteType.Text), ("$role", SqliteType.Text), ("$text", SqliteType.Text));
        _variable = _database.Prepare(
            "insert into variables values ($thread, $name, $value) on conflict do update set value = excluded.value",
            ("$thread", SqliteType.Text), ("$name", SqliteType.Text), ("$value", SqliteType.Text));
    }

    public override string Version => $"SQLite {_database.NativeVersion}, {PackageVersion.Of<SqliteConnection>("Microsoft.Data.Sqlite")}";

    public override bool Blocks => true;

    public override Task<bool> SeedAsync(string thread, int count)
    {
        Write(thread, 0, Turn.Messages(thread, count), new Dictionary<string, object>());
        return Task.FromResult(true);
    }

    public override Task AppendAsync(string thread, Turn turn)
    {
        Write(thread, turn.Index, [turn.User, turn.Assistant], turn.Variables);
        return Task.CompletedTask;
    }

    public override async Task<Stored> ReadAsync(string thread, int messages)
    {
        await using var another = new SqliteDatabase(Path.Combine(_directory, "floor.db"), _fsync, Schema);
        var texts = await ReadAsync(another, $"select text from messages where thread = $thread order by seq desc limit {messages}", thread, row => row.GetString(0));
        var variables = await ReadAsync(another, "select name, value from variables where thread = $thread", thread, row => (Name: row.GetString(0), Json: row.GetString(1)));
        texts.Reverse();
        return new(texts, variables.ToDictionary(one => one.Name, one => one.Json));
    }

    public override async Task<int> RaceAsync(string thread, Turn turn)
    {
        await using var another = new FloorSqlite(_directory, _fsync);
        for (var conflicts = 0; ; conflicts++)
        {
            var last = await ReadAsync(another._database, "select coalesce(max(seq), -1) from messages where thread = $thread", thread, row => row.GetInt32(0));
            await ModelAnswersAsync();
            try
            {
                another.Write(thread, last[0] + 1, [turn.User, turn.Assistant], turn.Variables);
                return conflicts;
            }
            catch (SqliteException e) when (e.SqliteErrorCode == ConstraintFailed)
            {
                // Somebody else has taken these places.
            }
        }
    }

    public override ValueTask DisposeAsync() => _database.DisposeAsync();

    private void Write(string thread, int index, IEnumerable<Message> messages, IReadOnlyDictionary<string, object> variables)
    {
        lock (_lock)
        {
            _begin.ExecuteNonQuery();
            try
            {
                foreach (var message in messages)
                {
                    Execute(_message, thread, index++, message.Id, message.Role, message.Text);
                }

                foreach (var (name, value) in variables)
                {
                    Execute(_variable, thread, name, JsonSerializer.Serialize(value));
                }

                _commit.ExecuteNonQuery();
            }
            catch
            {
                _rollback.ExecuteNonQuery();
                throw;
            }
        }
    }

    private static void Execute(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        command.ExecuteNonQuery();
    }

    private static async Task<List<T>> ReadAsync<T>(SqliteDatabase database, string query, string thread, Func<SqliteDataReader, T> read)
    {
        var rows = new List<T>();
        var command = database.Prepare(query, ("$thread", SqliteType.Text));
        command.Parameters[0].Value = thread;
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}

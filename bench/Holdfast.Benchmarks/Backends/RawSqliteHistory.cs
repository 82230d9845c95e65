using Microsoft.Data.Sqlite;

namespace Holdfast.Benchmarks.Backends;

internal sealed class RawSqliteHistory : IRawHistory
{
    private readonly SqliteConnection _connection;

    public RawSqliteHistory(string path)
    {
        _connection = new SqliteConnection($"Data Source={path};Pooling=False");
        _connection.Open();
        Execute("pragma journal_mode = wal");
        Execute("pragma synchronous = full");
        Execute("create table messages (thread text not null, position integer not null, json text not null, primary key (thread, position)) without rowid");
    }

    public Task FillAsync(string thread, int messages, string text) => ExecuteAsync(
        """
        with recursive n(i) as (select 1 union all select i + 1 from n where i < $count)
        insert into messages select $thread, i, $text from n
        """,
        ("$thread", thread),
        ("$count", messages),
        ("$text", text));

    public Task CopyAsync(string thread, string copy)
        => ExecuteAsync("insert into messages select $copy, position, json from messages where thread = $thread", ("$thread", thread), ("$copy", copy));

    public Task DeleteAsync(string thread, int below)
        => ExecuteAsync("delete from messages where thread = $thread and position < $below", ("$thread", thread), ("$below", below));

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private Task ExecuteAsync(string sql, params ReadOnlySpan<(string Name, object Value)> values)
    {
        Execute(sql, values);
        return Task.CompletedTask;
    }

    private void Execute(string sql, params ReadOnlySpan<(string Name, object Value)> values)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in values)
        {
            command.Parameters.AddWithValue(name, value);
        }

        command.ExecuteNonQuery();
    }
}

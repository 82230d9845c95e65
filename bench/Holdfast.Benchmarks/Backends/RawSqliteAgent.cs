using Microsoft.Data.Sqlite;

namespace Holdfast.Benchmarks.Backends;

/// <summary>Two tables through Microsoft.Data.Sqlite, with commands that are kept, and the durability that is measured for commits.</summary>
internal sealed class RawSqliteAgent : IRawAgent
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _message;
    private readonly SqliteCommand _step;
    private readonly SqliteCommand _last;

    public RawSqliteAgent(string path)
    {
        _connection = new($"Data Source={path};Pooling=False");
        _connection.Open();
        using (var setUp = _connection.CreateCommand())
        {
            setUp.CommandText =
                """
                pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 60000;
                create table messages (id integer primary key, thread text not null, json text not null);
                create index messages_by_thread on messages (thread, id);
                create table steps (thread text not null, key text not null, json text not null, primary key (thread, key)) without rowid;
                """;
            setUp.ExecuteNonQuery();
        }

        _message = Prepare("insert into messages (thread, json) values ($1, $2)", 2);
        _step = Prepare("insert into steps values ($1, $2, $3)", 3);
        _last = Prepare("select json from messages where thread = $1 order by id desc limit $2", 2);
    }

    public Task<IReadOnlyList<string>> LastAsync(string thread, int count)
    {
        (_last.Parameters[0].Value, _last.Parameters[1].Value) = (thread, count);
        using var reader = _last.ExecuteReader();
        var messages = new List<string>();
        while (reader.Read())
        {
            messages.Add(reader.GetString(0));
        }

        return Task.FromResult<IReadOnlyList<string>>(messages);
    }

    public Task CommitAsync(string thread, string? message, string? step, string? result)
    {
        using var transaction = _connection.BeginTransaction();
        if (message is not null)
        {
            Run(_message, transaction, thread, message);
        }

        if (step is not null)
        {
            Run(_step, transaction, thread, step, result!);
        }

        transaction.Commit();
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _message.DisposeAsync();
        await _step.DisposeAsync();
        await _last.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private static void Run(SqliteCommand command, SqliteTransaction transaction, params ReadOnlySpan<string> values)
    {
        command.Transaction = transaction;
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        command.ExecuteNonQuery();
    }

    private SqliteCommand Prepare(string sql, int parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 1; i <= parameters; i++)
        {
            command.Parameters.AddWithValue($"${i}", i == 2 && sql.Contains("limit", StringComparison.Ordinal) ? 0 : "");
        }

        command.Prepare();
        return command;
    }
}

using Microsoft.Data.Sqlite;

namespace Holdfast.Benchmarks.Backends;

/// <summary>What a team would write by hand: one INSERT for each commit, through the driver, with a command that is kept.</summary>
internal sealed class RawSqlite : IRawDriver
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert;

    public RawSqlite(string path)
    {
        _connection = new SqliteConnection($"Data Source={path};Pooling=False");
        _connection.Open();
        Execute("pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 60000");
        Execute("create table if not exists log (id integer primary key, body blob not null)");
        _insert = _connection.CreateCommand();
        _insert.CommandText = "insert into log (body) values ($body)";
        _insert.Parameters.Add("$body", SqliteType.Blob);
        _insert.Prepare();
    }

    public Task InsertAsync(byte[] body)
    {
        lock (_insert)
        {
            _insert.Parameters[0].Value = body;
            _insert.ExecuteNonQuery();
        }

        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _insert.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}

using Holdfast.Sqlite;
using Microsoft.Data.Sqlite;

namespace Holdfast.Compare.Contestants;

/// <summary>A database file opened through Microsoft.Data.Sqlite, with write-ahead log and the durability that was asked for.</summary>
internal sealed class SqliteDatabase : IAsyncDisposable
{
    private readonly List<SqliteCommand> _commands = [];

    public SqliteDatabase(string path, bool fsync, string schema)
    {
        // Chooses the SQLite library, so that all contestants of .NET have the same.
        NativeVersion = SqliteCommitLog.NativeVersion;
        Connection = new SqliteConnection($"Data Source={path};Pooling=False");
        Connection.Open();
        Execute($"pragma journal_mode = wal; pragma synchronous = {(fsync ? "full" : "normal")}; pragma busy_timeout = 60000");
        Execute(schema);
    }

    public string NativeVersion { get; }

    public SqliteConnection Connection { get; }

    /// <summary>A command that is kept, with parameters named as in its text.</summary>
    public SqliteCommand Prepare(string text, params IReadOnlyList<(string Name, SqliteType Type)> parameters)
    {
        var command = Connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, type) in parameters)
        {
            command.Parameters.Add(name, type);
        }

        command.Prepare();
        _commands.Add(command);
        return command;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var command in _commands)
        {
            await command.DisposeAsync();
        }

        await Connection.DisposeAsync();
    }

    private void Execute(string sql)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}

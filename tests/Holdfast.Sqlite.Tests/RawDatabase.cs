using Microsoft.Data.Sqlite;

namespace Holdfast.Sqlite.Tests;

/// <summary>Another program that has the database file open.</summary>
internal sealed class RawDatabase : IDisposable
{
    private readonly SqliteConnection _connection;

    public RawDatabase(string path)
    {
        // The driver uses the provider that the log has chosen.
        SqliteCommitLog.NativeVersion.ShouldNotBeEmpty();
        _connection = new($"Data Source={path};Pooling=False");
        _connection.Open();
    }

    public void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public object? Scalar(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    public void Dispose() => _connection.Dispose();
}

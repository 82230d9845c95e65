using Holdfast.Testing;

namespace Holdfast.Sqlite.Tests;

/// <summary>A test with a database file of its own.</summary>
/// <param name="inMemory">Whether the file is in memory, as <see cref="TemporaryDatabase"/> has it.</param>
public abstract class SqliteLogTest(bool inMemory = false) : IDisposable
{
    private readonly TemporaryDatabase _database = new(inMemory);

    private protected string DatabasePath => _database.Path;

    public void Dispose()
    {
        Clean();
        _database.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Removes what a test leaves beside its directory.</summary>
    protected virtual void Clean()
    {
    }

    // What these tests are about does not depend on the durability, and without flushes they are quick.
    // Two logs of a file stand for two processes.
    private protected Task<SqliteCommitLog> OpenAsync(SqliteSchemaMode mode = SqliteSchemaMode.Apply)
        => SqliteCommitLog.OpenAsync(new SqliteLogOptions { DataSource = DatabasePath, SchemaMode = mode, Durability = SqliteDurability.Normal, IsShared = false });

    private protected RawDatabase OpenRaw() => new(DatabasePath);

    private protected static ThreadWriter Thread(string id) => new(ThreadKey.Of(id));
}

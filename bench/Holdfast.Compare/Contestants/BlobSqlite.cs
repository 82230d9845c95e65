using Microsoft.Data.Sqlite;

namespace Holdfast.Compare.Contestants;

/// <summary>A row for each thread in SQLite.</summary>
internal sealed class BlobSqlite(string directory, bool fsync) : IBlobPlace
{
    private readonly Lock _lock = new();
    private readonly SqliteDatabase _database = new(Path.Combine(directory, "blob.db"), fsync, "create table if not exists states (thread text primary key, state text not null)");
    private SqliteCommand? _read;
    private SqliteCommand? _write;

    public string Version => $"SQLite {_database.NativeVersion}, {PackageVersion.Of<SqliteConnection>("Microsoft.Data.Sqlite")}";

    public bool Blocks => true;

    public Task<byte[]?> ReadAsync(string thread)
    {
        lock (_lock)
        {
            _read ??= _database.Prepare("select cast(state as blob) from states where thread = $thread", ("$thread", SqliteType.Text));
            _read.Parameters[0].Value = thread;
            return Task.FromResult((byte[]?)_read.ExecuteScalar());
        }
    }

    public Task WriteAsync(string thread, byte[] json)
    {
        lock (_lock)
        {
            _write ??= _database.Prepare(
                "insert into states values ($thread, $state) on conflict do update set state = excluded.state", ("$thread", SqliteType.Text), ("$state", SqliteType.Blob));
            _write.Parameters[0].Value = thread;
            _write.Parameters[1].Value = json;
            _write.ExecuteNonQuery();
            return Task.CompletedTask;
        }
    }

    public Task<IBlobPlace> OpenAnotherAsync() => Task.FromResult<IBlobPlace>(new BlobSqlite(directory, fsync));

    public ValueTask DisposeAsync() => _database.DisposeAsync();
}

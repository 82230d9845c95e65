using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Writing;

/// <summary>The connection that writes. One caller at a time.</summary>
internal sealed class WriterConnection : IDisposable
{
    private readonly Connection _connection;
    private readonly Statement _begin;
    private readonly Statement _commit;

    /// <summary>Takes over a connection to a file that has the current schema.</summary>
    public WriterConnection(Connection connection)
    {
        _connection = connection;
        // Whoever wants to write asks for the lock again and again; only where that cannot be done is SQLite told to wait.
        connection.SetBusyTimeout(TimeSpan.Zero);
        _begin = connection.Prepare("BEGIN IMMEDIATE");
        _commit = connection.Prepare("COMMIT");
        Threads = new(connection);
        Entries = new(connection);
        Metadata = new(connection);
    }

    public ThreadTable Threads { get; }

    public EntryTable Entries { get; }

    public MetadataTable Metadata { get; }

    /// <summary>Begins a transaction that may write; false if another process holds the lock.</summary>
    public bool TryBegin() => _begin.TryRun();

    /// <summary>Begins a transaction that may write, and has SQLite wait for the lock; false if that took too long.</summary>
    public bool TryBegin(TimeSpan timeout)
    {
        _connection.SetBusyTimeout(timeout);
        try
        {
            return TryBegin();
        }
        finally
        {
            _connection.SetBusyTimeout(TimeSpan.Zero);
        }
    }

    public void Commit() => _commit.Run();

    /// <summary>Takes back what the transaction wrote, if SQLite has not done so itself, as it does after some errors.</summary>
    public void Rollback()
    {
        if (_connection.InTransaction)
        {
            _connection.Execute("ROLLBACK");
        }
    }

    public void Dispose() => _connection.Dispose();
}

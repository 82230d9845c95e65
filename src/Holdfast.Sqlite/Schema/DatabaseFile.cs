using Holdfast.Sqlite.Connecting;

namespace Holdfast.Sqlite.Schema;

/// <summary>Opens connections to the file of a log, and makes the file ready for them.</summary>
internal sealed class DatabaseFile(SqliteLogOptions options)
{
    private FileWatch? _watch;

    public SqliteLogOptions Options => options;

    private string Path => options.DataSource;

    /// <summary>Makes or checks the file, and returns the connection that did, which stays open. Any number of processes may do this at the same time.</summary>
    public async Task<Connection> PrepareAsync(CancellationToken cancellationToken)
    {
        if (!options.MayCreate && !File.Exists(Path))
        {
            throw new StateConfigurationException(
                $"The database file '{Path}' was expected to be there ({(options.MustExist ? "Mode is ReadWrite" : $"{nameof(SqliteLogOptions)}.{nameof(SqliteLogOptions.SchemaMode)} is Assert")}) and is not.");
        }

        CheckSize();

        for (var wait = BusyWait.Start(); ; wait = await wait.PauseAsync(cancellationToken).ConfigureAwait(false))
        {
            if (TryPrepare() is { } reader)
            {
                return reader;
            }

            if (wait.Elapsed >= options.BusyTimeout)
            {
                throw SqliteErrors.LockedTooLong(Path, options.BusyTimeout);
            }
        }
    }

    /// <summary>Throws if the files at the paths are not those that are open any more.</summary>
    /// <param name="committed">Whether something was just committed.</param>
    /// <exception cref="StoreUnavailableException">A file is gone or another one.</exception>
    /// <exception cref="CorruptStateException">The database file is empty.</exception>
    public void CheckInPlace(bool committed = false) => _watch?.Check(committed);

    /// <exception cref="SqliteFailure">The file cannot be opened.</exception>
    public Connection OpenWriter() => Open(create: false, Configured);

    /// <exception cref="SqliteFailure">The file cannot be opened.</exception>
    public Connection OpenReader() => Open(create: false, Reader);

    private Connection Open(bool create, Func<Connection, Connection> configured)
    {
        var connection = Connection.Open(Path, create);
        try
        {
            return configured(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private Connection Configured(Connection connection)
    {
        connection.SetBusyTimeout(options.BusyTimeout);
        // What is erased or redacted is overwritten, not only unlinked. Damaged pages are looked for a little more closely.
        connection.Execute("PRAGMA secure_delete = ON; PRAGMA cell_size_check = ON");
        connection.Execute(options.Durability == SqliteDurability.Full
            // Only macOS knows fullfsync: there, a plain flush leaves the data in the cache of the disk.
            ? "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON"
            : "PRAGMA synchronous = NORMAL");
        options.Opened?.Invoke(connection);
        return connection;
    }

    private Connection Reader(Connection connection)
    {
        Configured(connection).Execute("PRAGMA query_only = ON");
        return connection;
    }

    /// <summary>Makes or checks the file; null if another process holds a lock on it.</summary>
    private Connection? TryPrepare()
    {
        try
        {
            return Open(options.MayCreate, connection =>
            {
                Prepare(connection);
                var reader = Reader(connection);
                _watch = new(Path, connection.FileName);
                return reader;
            });
        }
        catch (SqliteFailure e) when (e.IsBusy)
        {
            return null;
        }
        catch (SqliteFailure e)
        {
            throw SqliteErrors.Translate(e, Path);
        }
    }

    /// <summary>The size of a write-ahead log without commits.</summary>
    private const int WalHeaderBytes = 32;

    // Of an empty file, SQLite would remove the log, with the commits in it.
    private void CheckSize()
    {
        // The log is looked at first: a file that another process is just making is filled before it has a log.
        var log = new FileInfo(Path + "-wal");
        if (log is { Exists: true, Length: > WalHeaderBytes } && new FileInfo(Path) is { Exists: true, Length: 0 })
        {
            throw new CorruptStateException(
                $"The database file '{Path}' is empty, though '{log.FullName}' beside it has {log.Length} bytes of commits: it was cut. Keep a copy of both and restore a backup.");
        }
    }

    private void Prepare(Connection connection)
    {
        // Whose file it is comes first: a foreign or newer one is not touched. In a transaction, because another process may be making the schema.
        connection.Execute("BEGIN");
        var state = SqliteSchema.Inspect(connection, Path);
        connection.Execute("COMMIT");
        if (state != SchemaState.Current && options.SchemaMode == SqliteSchemaMode.Assert)
        {
            throw new StateConfigurationException(
                $"The database file '{Path}' was expected to have schema version {SqliteSchema.CurrentVersion} and has {(state == SchemaState.Empty ? "none" : "an older one")}. " +
                $"Open it once with {nameof(SqliteLogOptions)}.{nameof(SqliteLogOptions.SchemaMode)} set to Apply.");
        }

        if (state == SchemaState.Empty)
        {
            // Of commits of 1 to 2 KB, pages of 4 KB (SQLite's default) hold two or three and waste up to half of their space.
            connection.Execute("PRAGMA encoding = 'UTF-8'; PRAGMA page_size = 8192");
        }

        var mode = connection.QueryText("PRAGMA journal_mode = WAL");
        if (mode != "wal")
        {
            throw new StateConfigurationException(
                $"The database file '{Path}' cannot have a write-ahead log (journal mode is '{mode}'): its file system must be one of this machine.");
        }

        CheckLog(connection);
        if (state != SchemaState.Current)
        {
            connection.Execute("BEGIN IMMEDIATE");
            SqliteSchema.Apply(connection, Path);
            connection.Execute("COMMIT");
        }
    }

    private void CheckLog(Connection connection)
    {
        var log = connection.FileName + "-wal";
        // After a loss of power, Normal durability allows for it.
        if (options.Durability != SqliteDurability.Full || WriteAheadLog.Problem(connection, log) is not { } problem)
        {
            return;
        }

        connection.KeepLog();
        throw new CorruptStateException(
            $"The write-ahead log '{log}' of the database file '{Path}' holds acknowledged commits that would be lost: {problem}. Keep a copy of both files, and restore a backup; " +
            "or go on without these commits: the statement PRAGMA wal_checkpoint(TRUNCATE) of the sqlite3 shell takes what can be read into the file.");
    }
}

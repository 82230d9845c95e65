using SQLitePCL;

namespace Holdfast.Sqlite.Connecting;

/// <summary>A connection to a database file, used by one caller at a time.</summary>
internal sealed class Connection : IDisposable
{
    /// <summary><c>SQLITE_CHECKPOINT_NOOP</c>, see https://sqlite.org/c3ref/wal_checkpoint_v2.html.</summary>
    private const int LookOnly = -1;

    /// <summary><c>SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE</c>, see https://sqlite.org/c3ref/c_dbconfig_defensive.html.</summary>
    private const int NoCheckpointOnClose = 1006;

    private static readonly TimeSpan LongestWaitToEmpty = TimeSpan.FromSeconds(1);

    private readonly sqlite3 _handle;
    private readonly List<Statement> _statements = [];

    private Connection(sqlite3 handle) => _handle = handle;

    /// <summary>SQLite's own handle, for tests that hook into it.</summary>
    internal sqlite3 Handle => _handle;

    /// <summary>Whether statements are prepared for a long time, as https://sqlite.org/c3ref/c_prepare_dont_log.html has it: that costs half as much again for each.</summary>
    public bool IsLasting { get; set; }

    /// <summary>Whether a transaction is open.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>The path of the open file, without symbolic links.</summary>
    public string FileName => raw.sqlite3_db_filename(_handle, "main").utf8_to_string();

    public long LastInsertRowId => raw.sqlite3_last_insert_rowid(_handle);

    /// <summary>How many rows the last statement that writes has written or deleted.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    /// <exception cref="SqliteFailure">The file cannot be opened.</exception>
    public static Connection Open(string path, bool create)
    {
        SqliteLibrary.Ensure();
        var flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX | (create ? raw.SQLITE_OPEN_CREATE : 0);
        var code = raw.sqlite3_open_v2(path, out var handle, flags, null);
        if (code != raw.SQLITE_OK)
        {
            var failure = handle is null ? new SqliteFailure(code, "the file cannot be opened") : Failure(handle, code);
            handle?.Dispose();
            throw failure;
        }

        _ = raw.sqlite3_extended_result_codes(handle, 1);
        return new(handle);
    }

    /// <summary>How long SQLite itself waits for locks.</summary>
    public void SetBusyTimeout(TimeSpan timeout) => Check(raw.sqlite3_busy_timeout(_handle, (int)timeout.TotalMilliseconds));

    /// <summary>Prepares a statement that lives as long as the connection.</summary>
    public Statement Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(_handle, sql, IsLasting ? (uint)raw.SQLITE_PREPARE_PERSISTENT : 0, out var handle));
        var statement = new Statement(this, handle);
        _statements.Add(statement);
        return statement;
    }

    /// <summary>Prepares a statement that the caller disposes of.</summary>
    public Statement PrepareOnce(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out var handle));
        return new(this, handle);
    }

    /// <summary>Throws if a table or its column is not there, once a statement has read the schema.</summary>
    /// <exception cref="SqliteFailure">It is not.</exception>
    public void CheckColumn(string table, string column) => Check(raw.sqlite3_table_column_metadata(_handle, "main", table, column, out _, out _, out _, out _, out _));

    /// <summary>Runs each statement of <paramref name="sql"/> without looking at rows.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(_handle, sql));

    /// <summary>The integer that a statement such as a pragma answers.</summary>
    public long QueryInt64(string sql) => Query(sql, static row => row.Int64(0));

    /// <summary>The text that a statement such as a pragma answers.</summary>
    public string QueryText(string sql) => Query(sql, static row => row.Text(0)) ?? "";

    /// <summary>Limits what the connection accepts, see https://sqlite.org/c3ref/limit.html; returns the limit before.</summary>
    public int Limit(int id, int value) => raw.sqlite3_limit(_handle, id, value);

    /// <summary>How many frames of the write-ahead log SQLite takes; null if the library is older than 3.51 or there is no log.</summary>
    public long? LogFrames()
        => raw.sqlite3_wal_checkpoint_v2(_handle, "main", LookOnly, out var frames, out _) == raw.SQLITE_OK && frames >= 0 ? frames : null;

    /// <summary>Takes what the write-ahead log has into the file and leaves an empty one, unless others read an older state, or write, for longer than a moment.</summary>
    /// <param name="usual">How long SQLite waits for locks otherwise.</param>
    /// <returns>Whether it is empty.</returns>
    public bool TryEmptyLog(TimeSpan usual)
    {
        SetBusyTimeout(LongestWaitToEmpty);
        try
        {
            return raw.sqlite3_wal_checkpoint_v2(_handle, "main", raw.SQLITE_CHECKPOINT_TRUNCATE, out _, out _) == raw.SQLITE_OK;
        }
        finally
        {
            SetBusyTimeout(usual);
        }
    }

    /// <summary>Has the write-ahead log left as it is when the connection is closed.</summary>
    public void KeepLog() => Check(raw.sqlite3_db_config(_handle, NoCheckpointOnClose, 1, out _));

    public void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw Failure(_handle, code);
        }
    }

    public SqliteFailure Failure(int code) => Failure(_handle, code);

    public void Dispose()
    {
        foreach (var statement in _statements)
        {
            statement.Dispose();
        }

        _statements.Clear();
        _ = raw.sqlite3_close_v2(_handle);
    }

    private T? Query<T>(string sql, Func<Statement, T> read)
    {
        using var statement = PrepareOnce(sql);
        return statement.Step() ? read(statement) : default;
    }

    private static SqliteFailure Failure(sqlite3 handle, int code)
    {
        var extended = raw.sqlite3_extended_errcode(handle);
        var message = raw.sqlite3_errmsg(handle).utf8_to_string();
        return new((extended & 0xFF) == (code & 0xFF) ? extended : code, message);
    }
}

using SQLitePCL;

namespace Holdfast.Sqlite.Connecting;

/// <summary>The errors of SQLite as the errors that callers of a log meet.</summary>
internal static class SqliteErrors
{
    /// <summary><c>SQLITE_IOERR_CORRUPTFS</c>, see https://sqlite.org/rescode.html.</summary>
    private const int CorruptFileSystem = raw.SQLITE_IOERR | (33 << 8);

    /// <param name="error">What failed.</param>
    /// <param name="path">The database file.</param>
    /// <param name="outcomeUnknown">Whether what was being written may yet be stored.</param>
    public static Exception Translate(Exception error, string path, bool outcomeUnknown = false)
        => error is SqliteFailure failure ? Translate(failure, path, outcomeUnknown) : error;

    /// <summary>Whether a failure says that the file is damaged.</summary>
    public static bool IsDamage(SqliteFailure failure) => Translate(failure, "", outcomeUnknown: false) is CorruptStateException;

    public static StoreUnavailableException LockedTooLong(string path, TimeSpan timeout)
        => new($"Other processes held the lock of '{path}' for {timeout.TotalSeconds:0.###} s. Nothing was written. " +
            $"Shorten what they do, or raise {nameof(SqliteLogOptions)}.{nameof(SqliteLogOptions.BusyTimeout)}.");

    private static AgentStateException Translate(SqliteFailure failure, string path, bool outcomeUnknown) => failure.PrimaryCode switch
    {
        _ when failure.ExtendedCode is raw.SQLITE_IOERR_SHORT_READ or CorruptFileSystem => new CorruptStateException(
            $"The database file '{path}' is damaged: it ends before what it should have ({failure.Message}). Keep a copy of it and restore a backup.", failure),
        // The statements are always the same ones: what they ask for is missing.
        raw.SQLITE_ERROR => new CorruptStateException(
            $"The database file '{path}' is damaged: it does not have the tables of Holdfast ({failure.Message}). Keep a copy of it and restore a backup.", failure),
        raw.SQLITE_CORRUPT => new CorruptStateException(
            $"The database file '{path}' is damaged: {failure.Message}. Keep a copy of it and restore a backup.", failure),
        raw.SQLITE_NOTADB => new CorruptStateException(
            $"The file '{path}' was expected to be a SQLite database and is not one (or it is encrypted): {failure.Message}.", failure),
        raw.SQLITE_CONSTRAINT => new CorruptStateException(
            $"The database file '{path}' has rows that contradict each other: {failure.Message}.", failure),
        raw.SQLITE_TOOBIG => new StateTooLargeException($"An entry is larger than SQLite can hold in '{path}': {failure.Message}.", failure),
        raw.SQLITE_FULL => Unavailable("has no room left", failure, path, outcomeUnknown),
        raw.SQLITE_READONLY or raw.SQLITE_PERM => Unavailable("cannot be written to", failure, path, outcomeUnknown),
        raw.SQLITE_CANTOPEN => Unavailable("cannot be opened; does its directory exist, and may this process write there?", failure, path, outcomeUnknown),
        raw.SQLITE_IOERR => Unavailable("could not be read or written", failure, path, outcomeUnknown),
        _ => Unavailable("could not be used", failure, path, outcomeUnknown),
    };

    private static StoreUnavailableException Unavailable(string what, SqliteFailure failure, string path, bool outcomeUnknown)
        => new($"The database file '{path}' {what}: {failure.Message}.{(outcomeUnknown ? " Whether the last writes are stored is not known: repeat them." : failure.PrimaryCode == raw.SQLITE_FULL ? " Nothing was written." : "")}",
            failure, outcomeUnknown);
}

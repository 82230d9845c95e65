using SQLitePCL;

namespace Holdfast.Sqlite.Connecting;

/// <summary>An error as SQLite reported it; callers of the log meet it only as an inner exception.</summary>
internal sealed class SqliteFailure(int code, string message) : Exception($"SQLite error {code & 0xFF} ({code}): {message}")
{
    /// <summary>The extended result code, see https://sqlite.org/rescode.html.</summary>
    public int ExtendedCode => code;

    /// <summary>The primary result code.</summary>
    public int PrimaryCode => code & 0xFF;

    /// <summary>Whether someone else holds a lock, so that the same call may succeed a little later.</summary>
    public bool IsBusy => IsBusyCode(code);

    public static bool IsBusyCode(int code) => (code & 0xFF) is raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_PROTOCOL;
}

using SQLitePCL;

namespace Holdfast.Sqlite.Connecting;

/// <summary>The SQLite that the process uses: the one that comes with the package, so that it is the same on every machine.</summary>
/// <remarks>
/// One process must not open one file with two copies of SQLite (https://sqlite.org/howtocorrupt.html#posix_close_bug). So if the application has
/// set a provider before, that one is used as it is, and whoever sets none after this uses the package's too.
/// </remarks>
internal static class SqliteLibrary
{
    private static readonly Lock Gate = new();
    private static bool _isChosen;

    /// <summary>The version in use, such as <c>3.53.3</c>.</summary>
    public static string Version
    {
        get
        {
            Ensure();
            return raw.sqlite3_libversion().utf8_to_string();
        }
    }

    /// <summary>Sets the provider, unless there is one.</summary>
    public static void Ensure()
    {
        lock (Gate)
        {
            if (!_isChosen && !HasProvider())
            {
                raw.SetProvider(new SQLite3Provider_e_sqlite3());
            }

            _isChosen = true;
        }
    }

    private static bool HasProvider()
    {
        try
        {
            return raw.GetNativeLibraryName().Length > 0;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The provider's way of saying that none was set: an exception of the type Exception.
            return false;
        }
    }
}

using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Holdfast.Sqlite.Native;

/// <summary>Chooses between the SQLite that the operating system has and the one that comes with the package: the newer one.</summary>
/// <remarks>
/// One process must not open one file with two copies of SQLite (https://sqlite.org/howtocorrupt.html#posix_close_bug), so the choice is made
/// for the whole process: for everyone who uses the provider. If the application has chosen a provider before, that one is used as it is.
/// </remarks>
internal static unsafe class NativeLibraryChoice
{
    private const string Bundled = "e_sqlite3";
    private static readonly Lock Gate = new();
    private static bool _made;

    /// <summary>The version in use, such as <c>3.40.1</c>.</summary>
    public static string Version
    {
        get
        {
            Ensure();
            return raw.sqlite3_libversion().utf8_to_string();
        }
    }

    /// <summary>Makes the choice, the first time that it is called.</summary>
    public static void Ensure()
    {
        lock (Gate)
        {
            if (_made)
            {
                return;
            }

            if (!HasProvider())
            {
                var provider = typeof(SQLite3Provider_e_sqlite3).Assembly;
                try
                {
                    var library = new Lazy<nint>(() => Load(provider));
                    NativeLibrary.SetDllImportResolver(provider, (name, _, _) => name == Bundled ? library.Value : 0);
                }
                catch (InvalidOperationException)
                {
                    // The application resolves the library itself.
                }

                raw.SetProvider(new SQLite3Provider_e_sqlite3());
            }

            _made = true;
        }
    }

    /// <summary>Loads the newer of the two libraries; 0 leaves the choice to the runtime.</summary>
    internal static nint Load(Assembly provider)
    {
        NativeLibrary.TryLoad(Bundled, provider, null, out var bundled);
        if (SystemName() is not { } name || !NativeLibrary.TryLoad(name, out var system))
        {
            return bundled;
        }

        var (loser, winner) = IsThreadSafe(system) && VersionNumber(system) > VersionNumber(bundled) ? (bundled, system) : (system, bundled);
        if (loser != 0)
        {
            NativeLibrary.Free(loser);
        }

        return winner;
    }

    /// <summary>The version of a loaded library as one number, such as 3040001; 0 for none.</summary>
    internal static int VersionNumber(nint library)
        => library != 0 && NativeLibrary.TryGetExport(library, "sqlite3_libversion_number", out var function) ? ((delegate* unmanaged[Cdecl]<int>)function)() : 0;

    /// <summary>The name under which the operating system has SQLite; null where it has none.</summary>
    internal static string? SystemName()
    {
        if (OperatingSystem.IsWindows())
        {
            // Its 32-bit build has another calling convention than the provider.
            return Environment.Is64BitProcess ? "winsqlite3.dll" : null;
        }

        return OperatingSystem.IsMacOS() ? "/usr/lib/libsqlite3.dylib" : OperatingSystem.IsLinux() ? "libsqlite3.so.0" : null;
    }

    private static bool IsThreadSafe(nint library)
        => NativeLibrary.TryGetExport(library, "sqlite3_threadsafe", out var function) && ((delegate* unmanaged[Cdecl]<int>)function)() != 0;

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

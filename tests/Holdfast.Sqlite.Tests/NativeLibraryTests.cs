using System.Runtime.InteropServices;
using Holdfast.Sqlite.Native;
using SQLitePCL;

namespace Holdfast.Sqlite.Tests;

public sealed class NativeLibraryTests
{
    [Fact]
    public void NativeVersion_IsTheNewerOfTheSystemsAndThePackages()
    {
        var assembly = typeof(SQLite3Provider_e_sqlite3).Assembly;
        NativeLibrary.TryLoad("e_sqlite3", assembly, null, out var bundled).ShouldBeTrue();
        var expected = NativeLibraryChoice.VersionNumber(bundled);
        if (NativeLibraryChoice.SystemName() is { } name && NativeLibrary.TryLoad(name, out var system))
        {
            expected = Math.Max(expected, NativeLibraryChoice.VersionNumber(system));
        }

        VersionNumber(SqliteCommitLog.NativeVersion).ShouldBe(expected);
        expected.ShouldBeGreaterThanOrEqualTo(3035005);
    }

    [Fact]
    public void VersionNumber_OfNoLibrary_IsZero() => NativeLibraryChoice.VersionNumber(0).ShouldBe(0);

    private static int VersionNumber(string text)
    {
        var version = Version.Parse(text);
        return (version.Major * 1_000_000) + (version.Minor * 1000) + version.Build;
    }
}

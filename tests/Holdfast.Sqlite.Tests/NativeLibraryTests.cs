namespace Holdfast.Sqlite.Tests;

public sealed class NativeLibraryTests
{
    [Fact]
    public void TheLibrary_IsThePackagesEvenWhereTheSystemHasOne()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only there the loaded libraries are told in /proc.");
        Version.Parse(SqliteCommitLog.NativeVersion).ShouldBeGreaterThanOrEqualTo(new(3, 53, 3));

        var loaded = File.ReadLines("/proc/self/maps").Where(line => line.Contains("sqlite3.so", StringComparison.Ordinal)).Select(line => Path.GetFileName(line)).ToHashSet();

        loaded.ShouldBe(["libe_sqlite3.so"]);
    }
}

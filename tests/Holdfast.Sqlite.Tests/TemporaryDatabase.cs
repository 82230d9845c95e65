namespace Holdfast.Sqlite.Tests;

/// <summary>A path for a database file in a directory of its own, which is removed with everything in it.</summary>
internal sealed class TemporaryDatabase : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("holdfast-sqlite-");

    public string Path => System.IO.Path.Combine(_directory.FullName, "log.db");

    public void Dispose() => _directory.Delete(recursive: true);
}

namespace Holdfast.Sqlite.Tests;

/// <summary>A path for a database file in a directory of its own, which is removed with everything in it.</summary>
/// <param name="inMemory">Whether the directory is in memory, where the system has such a place: for files that are written thousands of times, each with its flushes.</param>
internal sealed class TemporaryDatabase(bool inMemory = false) : IDisposable
{
    private const string Memory = "/dev/shm";

    private readonly DirectoryInfo _directory = inMemory && Directory.Exists(Memory)
        ? Directory.CreateDirectory(System.IO.Path.Combine(Memory, $"holdfast-sqlite-{Guid.NewGuid():N}"))
        : Directory.CreateTempSubdirectory("holdfast-sqlite-");

    public string Path => System.IO.Path.Combine(_directory.FullName, "log.db");

    public void Dispose() => _directory.Delete(recursive: true);
}

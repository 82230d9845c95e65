using Holdfast.Logs;
using Microsoft.Data.Sqlite;

namespace Holdfast.Sqlite.Tests;

/// <summary>Copies that are made while the log is at work.</summary>
public sealed class BackupTests : SqliteLogTest
{
    private string Copy => DatabasePath + ".copy";

    [Theory]
    [InlineData("backup")]
    [InlineData("VACUUM INTO")]
    public async Task ACopy_MadeBySqliteWhileCommitsAreWritten_IsWhole(string way)
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        await thread.AppendManyAsync(log, 100);
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await thread.AppendAsync(log);
            }
        });

        MakeCopy(way);

        await stop.CancelAsync();
        await writing;
        await using var copy = await SqliteCommitLog.OpenAsync(Copy);
        (await copy.GetWarningsAsync()).ShouldBeEmpty();
        var tail = (await copy.ReadTailAsync(thread.Key))!;
        tail.Head.Version.ShouldBeGreaterThanOrEqualTo(100);
        tail.Entries.Select(entry => entry.CommitId).ShouldBe(thread.Entries.Take((int)tail.Head.Version).Select(entry => entry.CommitId));
    }

    [Fact]
    public async Task ABadBitInTheLogOfAProcessThatDied_TakesTheCommitsFromThereOnAndChangesNone()
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        await thread.AppendManyAsync(log, 50);
        // As the files are when the process dies now.
        var (database, wal) = (Read(DatabasePath), Read(DatabasePath + "-wal"));
        var random = new Random(4);
        var versions = new List<long>();
        for (var round = 0; round < 60; round++)
        {
            var damaged = (byte[])wal.Clone();
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(Copy, database);
            await File.WriteAllBytesAsync(Copy + "-wal", damaged);
            try
            {
                await using var copy = await SqliteCommitLog.OpenAsync(new SqliteLogOptions { DataSource = Copy, Durability = SqliteDurability.Normal });
                var found = await copy.ReadAsync(thread.Key).Select(entry => entry.CommitId).ToListAsync();
                found.ShouldBe(thread.Entries.Take(found.Count).Select(entry => entry.CommitId));
                versions.Add(found.Count);
            }
            catch (CorruptStateException)
            {
                // Nothing of the file itself was whole yet.
            }

            File.Delete(Copy + "-shm");
        }

        versions.Distinct().Count().ShouldBeGreaterThan(5);
    }

    private void MakeCopy(string way)
    {
        SqliteCommitLog.NativeVersion.ShouldNotBeEmpty();
        using var source = new SqliteConnection($"Data Source={DatabasePath};Pooling=False");
        source.Open();
        if (way == "backup")
        {
            using var target = new SqliteConnection($"Data Source={Copy};Pooling=False");
            target.Open();
            source.BackupDatabase(target);
            return;
        }

        using var command = source.CreateCommand();
        command.CommandText = $"VACUUM INTO '{Copy}'";
        command.ExecuteNonQuery();
    }

    private static byte[] Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}

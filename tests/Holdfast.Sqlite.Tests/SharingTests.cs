using Holdfast.Logs;

namespace Holdfast.Sqlite.Tests;

/// <summary>Logs of one process that open a file alike share the connections to it.</summary>
public sealed class SharingTests : SqliteLogTest
{
    [Fact]
    public async Task AnotherLog_OfAFileThatIsOpen_OpensNoConnection()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Descriptors are counted in /proc.");
        await using var log = await SqliteCommitLog.OpenAsync(DatabasePath);
        var thread = Thread("a");
        await thread.AppendManyAsync(log, 3);
        var before = Descriptors();

        await using var another = await SqliteCommitLog.OpenAsync(DatabasePath);
        await thread.AppendManyAsync(another, 3);
        (await another.ReadTailAsync(thread.Key))!.Head.Version.ShouldBe(6);

        Descriptors().ShouldBe(before);
        await using var other = await SqliteCommitLog.OpenAsync(new SqliteLogOptions { DataSource = DatabasePath, Durability = SqliteDurability.Normal });
        Descriptors().ShouldBeGreaterThan(before);
    }

    [Fact]
    public async Task Dispose_OfOneOfTwoLogs_LeavesTheOtherAsItIs()
    {
        var first = await SqliteCommitLog.OpenAsync(DatabasePath);
        var second = await SqliteCommitLog.OpenAsync(DatabasePath);
        var thread = Thread("a");
        await thread.AppendManyAsync(first, 3);

        await first.DisposeAsync();
        await first.DisposeAsync();

        await Should.ThrowAsync<ObjectDisposedException>(async () => await first.GetHeadAsync(thread.Key));
        await Should.ThrowAsync<ObjectDisposedException>(async () => await first.AppendAsync(thread.Next()));
        await thread.AppendManyAsync(second, 3);
        (await second.GetHeadAsync(thread.Key))!.Version.ShouldBe(6);
        File.Exists(DatabasePath + "-wal").ShouldBeTrue();
        await second.DisposeAsync();
        File.Exists(DatabasePath + "-wal").ShouldBeFalse();
    }

    [Fact]
    public async Task Dispose_OfOneOfTwoLogs_WaitsForWhatItHasBegun()
    {
        await using var other = await SqliteCommitLog.OpenAsync(DatabasePath);
        var log = await SqliteCommitLog.OpenAsync(DatabasePath);
        using var raw = OpenRaw();
        raw.Execute("BEGIN IMMEDIATE");
        var append = log.AppendAsync(Thread("a").Next()).AsTask();

        var disposal = log.DisposeAsync().AsTask();

        disposal.IsCompleted.ShouldBeFalse();
        raw.Execute("ROLLBACK");
        await disposal;
        append.IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task Open_WhereAnotherFileIsAtThePathByNow_OpensThatOne()
    {
        var thread = Thread("a");
        await using var log = await SqliteCommitLog.OpenAsync(DatabasePath);
        await thread.AppendManyAsync(log, 3);
        foreach (var file in new[] { DatabasePath, DatabasePath + "-wal", DatabasePath + "-shm" })
        {
            File.Move(file, file + ".moved");
        }

        await using var another = await SqliteCommitLog.OpenAsync(DatabasePath);

        (await another.GetHeadAsync(thread.Key)).ShouldBeNull();
        await Should.ThrowAsync<StoreUnavailableException>(async () => await log.GetHeadAsync(thread.Key));
        await Thread("b").AppendAsync(another);
        await using var third = await SqliteCommitLog.OpenAsync(DatabasePath);
        (await third.GetHeadAsync(ThreadKey.Of("b")))!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task ManyLogs_OpenedAndDisposedOfAtOnce_LoseNothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            var thread = Thread($"thread-{i}");
            for (var round = 0; round < 30; round++)
            {
                await using var log = await SqliteCommitLog.OpenAsync(new SqliteLogOptions { DataSource = DatabasePath, Durability = SqliteDurability.Normal });
                await thread.AppendAsync(log);
                (await log.GetHeadAsync(thread.Key))!.ChainHash.ShouldBe(thread.Head!.ChainHash);
            }
        })));

        await using var last = await OpenAsync();
        (await last.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default })).Heads.Select(head => head.Version).ShouldBe(Enumerable.Repeat(30L, 8));
    }

    private int Descriptors() => Directory.GetFiles("/proc/self/fd").Count(link => File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName.StartsWith(DatabasePath, StringComparison.Ordinal) == true);
}

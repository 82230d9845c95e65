using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Worker;

namespace Holdfast.FileLog.Tests;

public sealed class ProcessTests : FileLogTest
{
    [Fact]
    public async Task ProcessesKilledAtRandomMoments_LeaveEveryConfirmedCommit()
    {
        var acknowledged = new List<AcknowledgedCommit>();
        var unacknowledged = 0;
        for (var round = 0; round < 12; round++)
        {
            using var worker = WorkerProcess.Start($"file:{Root}", "maintain", "6");
            await worker.UntilAcknowledgedAsync(Random.Shared.Next(1, 300));
            await worker.KillAsync();
            acknowledged.AddRange(worker.Acknowledged);

            await using var log = Open();
            var report = await HistoryChecker.CheckAsync(log, acknowledged, TestContext.Current.CancellationToken);
            unacknowledged = report.Unacknowledged;
            var listed = (await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default, Filter = new() { PageSize = 100 } })).Heads.ToDictionary(head => head.Key);
            foreach (var key in acknowledged.Select(commit => commit.Key).Distinct())
            {
                listed[key].ChainHash.ShouldBe((await log.GetHeadAsync(key))!.ChainHash);
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{acknowledged.Count} commits were confirmed; {unacknowledged} more stand.");
        Directory.Exists(Path.Combine(Root, "@quarantine")).ShouldBeFalse();
    }

    [Fact]
    public async Task ProcessesKilledBesideALivingOne_LeaveEveryConfirmedCommit()
    {
        var acknowledged = new List<AcknowledgedCommit>();
        using var living = WorkerProcess.Start($"file:{Root}", "append", "shared", "150");
        var done = living.UntilDoneAsync();
        for (var round = 0; round < 4; round++)
        {
            using var killed = WorkerProcess.Start($"file:{Root}", "append", "shared", "1000000");
            await killed.UntilAcknowledgedAsync(Random.Shared.Next(1, 60));
            await killed.KillAsync();
            acknowledged.AddRange(killed.Acknowledged);
        }

        await done;
        living.Acknowledged.Count.ShouldBe(150);
        await using var log = Open();
        var report = await HistoryChecker.CheckAsync(log, [.. acknowledged, .. living.Acknowledged], TestContext.Current.CancellationToken);
        report.Unacknowledged.ShouldBeLessThanOrEqualTo(4);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task ProcessesAtOneThread_ThatRetryConflicts_KeepAllTheirCommits(int processes)
    {
        var workers = Enumerable.Range(0, processes).Select(_ => WorkerProcess.Start($"file:{Root}", "append", "shared", "100")).ToList();
        try
        {
            await Task.WhenAll(workers.Select(worker => worker.UntilDoneAsync()));

            await using var log = Open();
            var report = await HistoryChecker.CheckAsync(log, workers.SelectMany(worker => worker.Acknowledged), TestContext.Current.CancellationToken);
            report.Acknowledged.ShouldBe(processes * 100);
            report.Unacknowledged.ShouldBe(0);
            (await log.GetHeadAsync(ThreadKey.Of("shared")))!.Version.ShouldBe(processes * 100);
        }
        finally
        {
            workers.ForEach(worker => worker.Dispose());
        }
    }

    [Fact]
    public async Task AProcess_ThatMayNotMakeItsFilesLonger_SaysThatNothingWasWrittenAndLeavesWholeThreads()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Limits on the length of files need a Unix.");
        using (var worker = WorkerProcess.StartWithFileLimit($"file:{Root}", 64, "forever", "1"))
        {
            await worker.UntilEndAsync();

            worker.Error.ShouldBe("error store-unavailable False");
            worker.Acknowledged.Count.ShouldBeGreaterThan(5);
            var file = new FileInfo(PathOf(worker.Acknowledged[0].Key));
            file.Length.ShouldBeLessThan(64 * 1024);
            File.ReadAllBytes(file.FullName)[^1].ShouldBe((byte)'\n', "the part that was written is taken back");
            await using var log = Open();
            (await HistoryChecker.CheckAsync(log, worker.Acknowledged, TestContext.Current.CancellationToken)).Unacknowledged.ShouldBe(0);
        }

        using var another = WorkerProcess.Start($"file:{Root}", "append", "thread-0", "10");
        await another.UntilDoneAsync();
    }
}

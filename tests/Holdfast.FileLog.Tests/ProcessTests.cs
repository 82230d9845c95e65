using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

public sealed class ProcessTests : FileLogTest
{
    [Fact]
    public async Task ProcessesKilledAtRandomMoments_LeaveEveryConfirmedCommit()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var acknowledged = new List<AcknowledgedCommit>();
        var unacknowledged = 0;
        for (var round = 0; round < 12; round++)
        {
            using var worker = Worker.Start("forever", Root, "6");
            await worker.ReadAsync(Random.Shared.Next(1, 300), cancellation);
            worker.Kill();
            await worker.ReadToEndAsync(cancellation);
            acknowledged.AddRange(worker.Acknowledged);

            await using var log = Open();
            var report = await HistoryChecker.CheckAsync(log, acknowledged, cancellation);
            unacknowledged = report.Unacknowledged;
            var listed = (await log.ListAsync(new() { AsOf = default, Filter = new() { PageSize = 100 } })).Heads.ToDictionary(head => head.Key);
            foreach (var key in acknowledged.Select(commit => commit.Key).Distinct())
            {
                listed[key].ChainHash.ShouldBe((await log.GetHeadAsync(key))!.ChainHash);
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{acknowledged.Count} commits were confirmed; {unacknowledged} more stand.");
        Directory.Exists(Path.Combine(Root, "@quarantine")).ShouldBeFalse();
    }

    [Fact]
    public async Task TwoProcessesKilledBesideALivingOne_LeaveEveryConfirmedCommit()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var acknowledged = new List<AcknowledgedCommit>();
        using var living = Worker.Start("contend", Root, "shared", "150");
        var reading = living.ReadToEndAsync(cancellation);
        for (var round = 0; round < 4; round++)
        {
            using var killed = Worker.Start("contend", Root, "shared", "1000000");
            await killed.ReadAsync(Random.Shared.Next(1, 60), cancellation);
            killed.Kill();
            await killed.ReadToEndAsync(cancellation);
            acknowledged.AddRange(killed.Acknowledged);
        }

        (await reading).ShouldBe(0);
        living.Acknowledged.Count.ShouldBe(150);

        await using var log = Open();
        (await HistoryChecker.CheckAsync(log, [.. acknowledged, .. living.Acknowledged], cancellation)).Unacknowledged.ShouldBeLessThanOrEqualTo(4);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task ProcessesAtOneThread_ThatRetryConflicts_KeepAllTheirCommits(int processes)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var workers = Enumerable.Range(0, processes).Select(_ => Worker.Start("contend", Root, "shared", "100")).ToList();
        try
        {
            (await Task.WhenAll(workers.Select(worker => worker.ReadToEndAsync(cancellation)))).ShouldAllBe(code => code == 0);

            await using var log = Open();
            var report = await HistoryChecker.CheckAsync(log, workers.SelectMany(worker => worker.Acknowledged), cancellation);
            report.Acknowledged.ShouldBe(processes * 100);
            report.Unacknowledged.ShouldBe(0);
            (await log.GetHeadAsync(ThreadKey.Of("shared")))!.Version.ShouldBe(processes * 100);
        }
        finally
        {
            workers.ForEach(worker => worker.Dispose());
        }
    }
}

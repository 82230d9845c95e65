using Holdfast.Testing;
using Holdfast.Worker;

namespace Holdfast.Sqlite.Tests;

/// <summary>Several real processes on one file.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Append_FromSeveralProcessesToTheSameThread_KeepsEachAcknowledgedCommitOnce(int processes)
    {
        const int count = 50;
        var workers = Enumerable.Range(0, processes).Select(_ => WorkerProcess.Start($"sqlite:{_database.Path}", "append", "shared", $"{count}")).ToList();

        await Task.WhenAll(workers.Select(worker => worker.UntilDoneAsync()));

        var acknowledged = workers.SelectMany(worker => worker.Acknowledged).ToList();
        acknowledged.Count.ShouldBe(processes * count);
        var report = await CheckAsync(acknowledged);
        report.Unacknowledged.ShouldBe(0);
        workers.ForEach(worker => worker.Dispose());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Append_FromSeveralProcessesAsFastAsTheyCan_NeverSaysThatTheFileIsLocked(int processes)
    {
        var workers = Enumerable.Range(0, processes)
            .Select(i => WorkerProcess.Start($"sqlite:{_database.Path}", "append", $"thread-{i}", "500"))
            .ToList();

        await Task.WhenAll(workers.Select(worker => worker.UntilDoneAsync()));

        var report = await CheckAsync(workers.SelectMany(worker => worker.Acknowledged));
        report.Threads.ShouldBe(processes);
        report.Acknowledged.ShouldBe(processes * 500);
        workers.ForEach(worker => worker.Dispose());
    }

    [Fact]
    public async Task Open_ByTwelveProcessesAtOnce_MakesTheSchemaOnce()
    {
        var workers = Enumerable.Range(0, 12).Select(i => WorkerProcess.Start($"sqlite:{_database.Path}", "wait", "append", $"thread-{i}", "1")).ToList();
        await Task.WhenAll(workers.Select(worker => worker.UntilReadyAsync()));

        await Task.WhenAll(workers.Select(worker => worker.GoAsync()));
        await Task.WhenAll(workers.Select(worker => worker.UntilDoneAsync()));

        var report = await CheckAsync(workers.SelectMany(worker => worker.Acknowledged));
        report.Acknowledged.ShouldBe(12);
        workers.ForEach(worker => worker.Dispose());
    }

    [Fact]
    public async Task Kill_WhileCommitsAreWritten_LosesNoAcknowledgedCommit()
    {
        const int rounds = 12;
        var random = new Random(20261121);
        var acknowledged = new List<AcknowledgedCommit>();
        for (var round = 0; round < rounds; round++)
        {
            using var worker = WorkerProcess.Start($"sqlite:{_database.Path}", "forever", "4");
            await worker.UntilAcknowledgedAsync(random.Next(1, 400));

            await worker.KillAsync();

            worker.Error.ShouldBeNull();
            worker.Acknowledged.ShouldNotBeEmpty();
            acknowledged.AddRange(worker.Acknowledged);
            await CheckAsync(acknowledged);
        }
    }

    [Fact]
    public async Task Kill_OfOneOfTwoProcesses_LeavesTheOtherAtWork()
    {
        using var killed = WorkerProcess.Start($"sqlite:{_database.Path}", "forever", "4");
        await killed.UntilAcknowledgedAsync(50);
        using var survivor = WorkerProcess.Start($"sqlite:{_database.Path}", "append", "survivor", "300");
        await survivor.UntilAcknowledgedAsync(20);

        await killed.KillAsync();
        await survivor.UntilDoneAsync();

        await CheckAsync(killed.Acknowledged.Concat(survivor.Acknowledged));
    }

    [Fact]
    public async Task Append_WhenTheDiskIsFull_ReportsItAndKeepsWhatWasAcknowledged()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The size of files is limited by the shell.");
        using var worker = WorkerProcess.StartWithFileLimit($"sqlite:{_database.Path}", 512, "forever", "4");

        await worker.UntilEndAsync();

        // The disk was full when the transaction was flushed, of which no one knows how far it came.
        worker.Error.ShouldBe("error store-unavailable True");
        worker.Acknowledged.ShouldNotBeEmpty();
        await CheckAsync(worker.Acknowledged);
        using var next = WorkerProcess.Start($"sqlite:{_database.Path}", "append", "thread-0", "10");
        await next.UntilDoneAsync();
        await CheckAsync(worker.Acknowledged.Concat(next.Acknowledged));
    }

    private async Task<HistoryReport> CheckAsync(IEnumerable<AcknowledgedCommit> acknowledged)
    {
        await using var log = await SqliteCommitLog.OpenAsync(_database.Path);
        return await HistoryChecker.CheckAsync(log, acknowledged);
    }
}

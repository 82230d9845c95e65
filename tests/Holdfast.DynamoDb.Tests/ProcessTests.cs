using Holdfast.Testing;
using Holdfast.Worker;

namespace Holdfast.DynamoDb.Tests;

/// <summary>Several processes on one table.</summary>
public sealed class ProcessTests
{
    private const int Processes = 4;
    private const int CommitsOfEach = 25;

    [Fact]
    public async Task FourProcessesWithTwentyFiveCommitsEach_OnOneThread_GiveAHundred()
    {
        var url = (await SharedServer.GetAsync()).Url;
        var thread = "shared-" + Guid.NewGuid().ToString("N");
        var store = $"dynamodb://us-east-1/{SharedServer.Table}?endpoint={Uri.EscapeDataString(url)}&create=true";
        var workers = Enumerable.Range(0, Processes).Select(_ => WorkerProcess.Start(store, "append", thread, $"{CommitsOfEach}")).ToList();

        await Task.WhenAll(workers.Select(worker => worker.UntilDoneAsync()));

        await using var log = await SharedServer.OpenAsync();
        var report = await HistoryChecker.CheckAsync(log, workers.SelectMany(worker => worker.Acknowledged));
        (report.Threads, report.Acknowledged, report.Unacknowledged).ShouldBe((1, Processes * CommitsOfEach, 0));
        workers.ForEach(worker => worker.Dispose());
    }
}

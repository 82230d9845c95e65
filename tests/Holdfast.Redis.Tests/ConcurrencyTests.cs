using Holdfast.Testing;
using Holdfast.Worker;

namespace Holdfast.Redis.Tests;

/// <summary>Many tasks and processes on the same threads.</summary>
public sealed class ConcurrencyTests : RedisLogTest
{
    [Theory]
    [EachServer]
    public async Task Update_OfOneThreadByFiftyAtOnce_KeepsFiftyOfFifty(ServerKind kind)
    {
        var log = await OpenAsync(kind);
        await using var store = new AgentStateStore(log);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(async () => await store.UpdateAsync(
            "shared",
            session => session.Variables.Set($"n{i}", i),
            cancellationToken: Cancellation))));

        var session = await store.OpenAsync("shared", cancellationToken: Cancellation);
        session.Version.ShouldBe(50);
        Enumerable.Range(0, 50).ShouldAllBe(i => session.Variables.Get<int>($"n{i}") == i);
    }

    [Theory]
    [EachServer]
    public async Task SixtyFourWriters_OfFiftyCommitsEach_KeepThemAll(ServerKind kind)
    {
        var log = await OpenAsync(kind);
        var writers = Enumerable.Range(0, 64).Select(i => Thread($"{i}")).ToList();

        await Task.WhenAll(writers.Select(writer => Task.Run(() => writer.AppendManyAsync(log, 50, keyframes: [20, 40], Cancellation))));

        var acknowledged = writers.SelectMany(writer => writer.Entries.Select(entry => new AcknowledgedCommit(writer.Key, entry.Version, entry.CommitId)));
        (await HistoryChecker.CheckAsync(log, acknowledged, Cancellation)).Acknowledged.ShouldBe(64 * 50);
        (await ListAsync(log)).Count.ShouldBe(64);
    }

    [Theory]
    [EachServer]
    public async Task FourProcesses_OfAHundredCommitsEachToOneThread_KeepFourHundred(ServerKind kind)
    {
        var url = $"redis://{await SharedServers.ConfigurationAsync(kind)}?prefix={Prefix}&timeout={SharedServers.Patience.TotalSeconds}";
        var workers = Enumerable.Range(0, 4).Select(_ => WorkerProcess.Start(url, "append", "shared", "100")).ToList();

        await Task.WhenAll(workers.Select(worker => worker.UntilDoneAsync()));

        var report = await HistoryChecker.CheckAsync(await OpenAsync(kind), workers.SelectMany(worker => worker.Acknowledged), Cancellation);
        (report.Acknowledged, report.Unacknowledged).ShouldBe((400, 0));
        workers.ForEach(worker => worker.Dispose());
    }

    [Theory]
    [EachServer]
    public async Task Kill_OfAProcessWhileItCommits_LosesNoAcknowledgedCommit(ServerKind kind)
    {
        var url = $"redis://{await SharedServers.ConfigurationAsync(kind)}?prefix={Prefix}&timeout={SharedServers.Patience.TotalSeconds}";
        var log = await OpenAsync(kind);
        var acknowledged = new List<AcknowledgedCommit>();
        for (var round = 1; round <= 3; round++)
        {
            using var worker = WorkerProcess.Start(url, "forever", "8");
            await worker.UntilAcknowledgedAsync(100 * round);

            await worker.KillAsync();

            acknowledged.AddRange(worker.Acknowledged);
            await HistoryChecker.CheckAsync(log, acknowledged, Cancellation);
        }
    }
}

using System.Globalization;
using Holdfast.Logs;
using Holdfast.Servers;
using Holdfast.Testing;

namespace Holdfast.DynamoDb.Tests;

/// <summary>The server goes away, and connections break, over and over while writers work.</summary>
public sealed class ChaosTests
{
    [Fact]
    public async Task ServerThatIsEndedUnderWriters_LosesAndDoublesNothingThatWasAcknowledged()
    {
        await using var server = await DynamoDbServer.StartAsync(onDisk: true);
        await using var log = new DynamoDbCommitLog(SharedServer.OptionsFor(server.Url));
        await log.GetHeadAsync(ThreadKey.Of("makes the table"));
        await using var proxy = FaultProxy.Start(server);
        await using var impatient = OpenImpatient(proxy.Url, SharedServer.Table);
        var writers = new ChaosWriters(impatient);
        for (var restart = 0; restart < 3; restart++)
        {
            await writers.WaitForCommitsAsync(25);

            // The writers go on, but what they are told of from now on is the end alone.
            proxy.LosesAnswers = true;
            await StoreAllThatWasAcknowledgedAsync(log);
            await server.KillAsync();
            await server.StartAgainAsync();
            proxy.LosesAnswers = false;
        }

        await writers.WaitForCommitsAsync(25);
        await writers.StopAsync();

        // How many outcomes stay unknown is up to the moment of each end.
        await ExpectAsync(log, writers);
    }

    [Fact]
    public async Task ConnectionsThatBreakUnderWriters_LoseAndDoubleNothingThatWasAcknowledged()
    {
        await using var table = await OwnTable.CreateAsync();
        await using var impatient = OpenImpatient(table.Proxy.Url, table.Name);
        var requests = 0;
        Passage[] passing = [Passage.Throttled, Passage.Fails, Passage.DoneButFails, Passage.Cut, Passage.DoneButCut];
        table.Proxy.Decide = (operation, body) =>
        {
            // Every third request fails in passing. The answers of some commits are lost as often as they are asked for, until their writers give up.
            var number = Interlocked.Increment(ref requests);
            var isDoomed = operation == "TransactWriteItems" && body.Contains("\"ClientRequestToken\":\"0", StringComparison.Ordinal);
            return Task.FromResult(isDoomed ? Passage.DoneButCut : number % 3 == 0 ? passing[number / 3 % passing.Length] : Passage.Pass);
        };
        var writers = new ChaosWriters(impatient);
        await writers.WaitForCommitsAsync(200);
        await writers.StopAsync();
        table.Proxy.Heal();

        writers.Unknown.ShouldBeGreaterThan(0);
        await ExpectAsync(table.Log, writers);
        await table.Log.CollectOrphansAsync(TimeSpan.Zero);
        await table.ShouldHaveNoOrphansAsync();
        await ExpectAsync(table.Log, writers);
    }

    private static async Task ExpectAsync(DynamoDbCommitLog log, ChaosWriters writers)
    {
        var report = await HistoryChecker.CheckAsync(log, writers.Acknowledged);
        TestContext.Current.SendDiagnosticMessage(
            "{0}; {1} times unavailable, of which {2} with unknown outcome", report, writers.Unavailable.ToString(CultureInfo.InvariantCulture), writers.Unknown);
        (report.Threads, report.Unacknowledged).ShouldBe((ChaosWriters.Threads, 0));
        writers.Unavailable.ShouldBeGreaterThan(0);
    }

    // See KillAsync of the server.
    private static async Task StoreAllThatWasAcknowledgedAsync(DynamoDbCommitLog log)
    {
        var another = new ThreadWriter(ThreadKey.Of("acme", Guid.NewGuid().ToString())).Next(new EntryDraft());
        (await log.AppendAsync(another)).Outcome.ShouldBe(AppendOutcome.Appended);
    }

    // Gives up soon, so that writers meet every kind of answer.
    private static DynamoDbCommitLog OpenImpatient(string url, string table)
    {
        var options = SharedServer.OptionsFor(url);
        (options.TableName, options.CreateTable, options.RequestTimeout, options.Timeout) = (table, false, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1));
        return new(options);
    }
}

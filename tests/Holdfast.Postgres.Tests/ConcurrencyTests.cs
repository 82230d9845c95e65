using System.Globalization;
using Holdfast.Logs;
using Holdfast.Postgres.Rows;
using Holdfast.Servers;
using Holdfast.Testing;
using Holdfast.Worker;
using Npgsql;

namespace Holdfast.Postgres.Tests;

/// <summary>Many at once, within a process and among several.</summary>
public sealed class ConcurrencyTests
{
    [Fact]
    public async Task FiftyUpdates_OfOneThreadAtOnce_KeepFiftyOfFifty()
    {
        await using var log = await PostgresCommitLog.OpenAsync(await SharedServer.NewSchemaAsync());
        await using var store = new AgentStateStore(log);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(async () => await store.UpdateAsync("shared", session =>
        {
            session.Variables.Set("count", session.Variables.Get("count", 0) + 1);
            session.Variables.Set($"writer-{i}", i);
        }))));

        var session = await store.OpenAsync("shared");
        session.Version.ShouldBe(50);
        session.Variables.Get<int>("count").ShouldBe(50);
        session.Variables.Count.ShouldBe(51);
        (await store.Thread("shared").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task FourProcesses_OnOneThread_KeepFourHundredOfFourHundred()
    {
        var options = await SharedServer.NewSchemaAsync();
        var url = (await SharedServer.GetAsync()).Url(query: $"?schema={options.Schema}");
        var workers = Enumerable.Range(0, 4).Select(_ => WorkerProcess.Start(url, "append", "shared", "100")).ToList();

        await Task.WhenAll(workers.Select(worker => worker.UntilDoneAsync()));

        await using var log = await PostgresCommitLog.OpenAsync(options);
        var report = await HistoryChecker.CheckAsync(log, workers.SelectMany(worker => worker.Acknowledged));
        report.Acknowledged.ShouldBe(400);
        report.Unacknowledged.ShouldBe(0);
        (await log.GetHeadAsync(ThreadKey.Of("shared")))!.Version.ShouldBe(400);
        workers.ForEach(worker => worker.Dispose());
    }

    [Fact]
    public async Task Processes_KilledWhileTheyWrite_LoseNoAcknowledgedCommit()
    {
        var options = await SharedServer.NewSchemaAsync();
        var url = (await SharedServer.GetAsync()).Url(query: $"?schema={options.Schema}");
        await using var log = await PostgresCommitLog.OpenAsync(options);
        var acknowledged = new List<AcknowledgedCommit>();
        for (var round = 0; round < 4; round++)
        {
            using var worker = WorkerProcess.Start(url, "forever", "4");
            await worker.UntilAcknowledgedAsync(40);
            await worker.KillAsync();

            acknowledged.AddRange(worker.Acknowledged);
            await UntilQuietAsync();
            await HistoryChecker.CheckAsync(log, acknowledged);
        }
    }

    [Fact]
    public async Task SixtyFourThreads_WithFiftyCommitsEach_AreAllWhole()
    {
        var options = await SharedServer.NewSchemaAsync();
        await using var log = await PostgresCommitLog.OpenAsync(options);
        await using var store = new AgentStateStore(log);

        await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(async () =>
        {
            var session = await store.OpenAsync($"thread-{i}");
            for (var n = 0; n < 50; n++)
            {
                session.Variables.Set("n", n);
                session.Variables.Set(n.ToString(CultureInfo.InvariantCulture), i);
                await session.CommitAsync();
            }
        })));

        for (var i = 0; i < 64; i++)
        {
            (await store.OpenAsync($"thread-{i}")).Variables.Get<int>("n").ShouldBe(49);
            (await store.Thread($"thread-{i}").VerifyAsync())!.Problems.ShouldBeEmpty();
        }

        (await SharedServer.RunAsync($"SELECT count(*) FROM {options.Schema}.entries")).ShouldBe(64L * 50);
    }

    [Fact]
    public async Task ErasesBesideAppends_LeaveNoEntryWithoutAThread()
    {
        var options = await SharedServer.NewSchemaAsync();
        await using var log = await PostgresCommitLog.OpenAsync(options);
        await using var other = await PostgresCommitLog.OpenAsync(options);
        var keys = Enumerable.Range(0, 4).Select(i => ThreadKey.Of($"thread-{i}")).ToList();
        using var stop = new CancellationTokenSource();
        var appending = keys.ConvertAll(key => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await log.AppendAsync(ThreadWriter.From(key, await log.ReadTailAsync(key)).Next());
            }
        }));

        for (var i = 0; i < 60; i++)
        {
            await other.EraseAsync(keys[i % keys.Count]);
        }

        await stop.CancelAsync();
        await Task.WhenAll(appending);
        (await SharedServer.RunAsync($"SELECT count(*) FROM {options.Schema}.entries e WHERE NOT EXISTS (SELECT 1 FROM {options.Schema}.threads t WHERE t.number = e.thread)")).ShouldBe(0L);
        (await SharedServer.RunAsync($"SELECT count(*) FROM {options.Schema}.threads t WHERE (SELECT count(*) FROM {options.Schema}.entries e WHERE e.thread = t.number) <> t.version")).ShouldBe(0L);
    }

    [Fact]
    public async Task Rewrite_OfWhatAnotherOneDropsMeanwhile_IsRefusedAndChangesNothing()
    {
        var options = await SharedServer.NewSchemaAsync();
        await using var log = await PostgresCommitLog.OpenAsync(options);
        var thread = new ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendManyAsync(log, 6, keyframes: [5]);
        Task rewrite;
        await using (var connection = new NpgsqlConnection(options.ConnectionString + "Pooling=false"))
        {
            await connection.OpenAsync();
            await using var drop = new NpgsqlCommand($"BEGIN; UPDATE {options.Schema}.threads SET first_version = 3, guard = decode('{RowGuards.Of(thread.Head! with { FirstVersion = 3 })}', 'hex'); DELETE FROM {options.Schema}.entries WHERE version < 3", connection);
            await drop.ExecuteNonQueryAsync();
            rewrite = log.RewriteAsync(thread.Key, new Dictionary<long, ReadOnlyMemory<byte>> { [2] = "{}"u8.ToArray(), [3] = "{}"u8.ToArray() }).AsTask();
            await Waiting.UntilBlockedAsync(options.Schema);

            drop.CommandText = "COMMIT";
            await drop.ExecuteNonQueryAsync();
        }

        await Should.ThrowAsync<ArgumentException>(rewrite);
        (await SharedServer.RunAsync($"SELECT count(*) FROM {options.Schema}.entries WHERE rewritten_hash IS NOT NULL")).ShouldBe(0L);
    }

    [Fact]
    public async Task UpdatesOfOneHead_ByManyAtOnce_AreAllMade()
    {
        var options = await SharedServer.NewSchemaAsync();
        await using var log = await PostgresCommitLog.OpenAsync(options);
        await using var other = await PostgresCommitLog.OpenAsync(options);
        var thread = new ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendManyAsync(log, 9);
        var pins = Enumerable.Range(1, 24).Select(i => new Pin { Life = CommitId.New(TimeProvider.System), Key = ThreadKey.Of($"fork-{i}"), From = 1 + i % 9, To = 9 }).ToList();

        var updates = pins.Select((pin, i) => Task.Run(async () => await (i % 2 == 0 ? log : other).UpdateHeadAsync(
            new() { Key = thread.Key, AddPins = [pin], Properties = new Dictionary<string, string?> { [$"p{i}"] = "x" }, Beats = true })));
        var appends = Task.Run(() => thread.AppendManyAsync(log, 20));
        await Task.WhenAll(updates.Append(appends));

        var head = (await log.GetHeadAsync(new HeadRequest { Key = thread.Key, WithPins = true }))!;
        head.Pins!.ShouldBe(pins, ignoreOrder: true);
        (head.PinCount, head.LowestPin, head.Revision, head.Heartbeat, head.Properties.Count, head.Version).ShouldBe((24, 1, 24, 24, 24, 29));
    }

    // The server may still be at work on what the killed process had sent last; then a thread's end moves once more.
    private static Task UntilQuietAsync()
        => Patience.UntilAsync("no append at work", async () =>
            await SharedServer.RunAsync("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%append_1%' AND pid <> pg_backend_pid()") is 0L);
}

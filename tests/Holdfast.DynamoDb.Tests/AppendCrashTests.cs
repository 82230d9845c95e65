using Holdfast.Logs;
using Holdfast.Servers;
using Holdfast.Testing;

namespace Holdfast.DynamoDb.Tests;

/// <summary>A process may end after any request of an append: its entry is there or not, and what is left is removed.</summary>
public sealed class AppendCrashTests
{
    private const int SeveralChunks = 800_000;

    [Fact]
    public async Task Append_OfALargeBodyThatCrashesAfterAnyRequest_IsThereOrNotAndLeavesNoOrphan()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var thread = new ThreadWriter(Crashes.Key);
        await thread.AppendAsync(table.Log);
        var crashes = await Crashes.CrashAfterEveryRequestAsync(table, async crash =>
        {
            var request = thread.Next(new() { Body = Crashes.Bytes(SeveralChunks) });
            await crash(async () => await log.AppendAsync(request));
            var stands = (await table.Log.GetHeadAsync(Crashes.Key))!.Version == request.Entry.Version;
            (await Crashes.CountAsync(table.Log, Crashes.Key)).ShouldBe(stands ? request.Entry.Version : request.Entry.Version - 1);

            await table.Log.CollectOrphansAsync(TimeSpan.Zero);
            await table.ShouldHaveNoOrphansAsync();

            (await table.Log.AppendAsync(request)).Outcome.ShouldBe(stands ? AppendOutcome.Duplicate : AppendOutcome.Appended);
            thread.Accept(request);
            await Crashes.ExpectAsync(table.Log, thread);
            await table.ShouldHaveNoOrphansAsync();
        });

        // The note, three chunks and the append.
        crashes.ShouldBe(5);
    }

    [Fact]
    public async Task Append_OfALargeBodyThatConflicts_LeavesNoOrphan()
    {
        await using var table = await OwnTable.CreateAsync();
        var thread = new ThreadWriter(Crashes.Key);
        var request = await thread.AppendAsync(table.Log, new() { Body = Crashes.Bytes(SeveralChunks) });

        (await table.Log.AppendAsync(new ThreadWriter(Crashes.Key).Next(new() { Body = Crashes.Bytes(SeveralChunks) }))).ShouldBe(AppendResult.Conflict(1));
        (await table.Log.AppendAsync(request)).ShouldBe(AppendResult.Duplicate(1));

        await Crashes.ExpectAsync(table.Log, thread);
        await table.ShouldHaveNoOrphansAsync();
    }

    [Fact]
    public async Task Append_WhoseUploadWasTakenForAnOrphan_UploadsAgain()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = table.Proxy.Hold((operation, _) => operation == "TransactWriteItems", go.Task);
        var thread = new ThreadWriter(Crashes.Key);
        var appending = thread.AppendAsync(log, new() { Body = Crashes.Bytes(SeveralChunks) });
        await held;

        (await table.Log.CollectOrphansAsync(TimeSpan.Zero)).ShouldBe(1);
        go.SetResult();
        await appending;

        await Crashes.ExpectAsync(table.Log, thread);
        await table.ShouldHaveNoOrphansAsync();
    }

    [Fact]
    public async Task CollectOrphans_LeavesWhatIsYoungerAlone()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        table.Proxy.CrashAfter(4);
        await Should.ThrowAsync<StoreUnavailableException>(async () => await new ThreadWriter(Crashes.Key).AppendAsync(log, new() { Body = Crashes.Bytes(SeveralChunks) }));
        await table.Proxy.SettleAsync();

        (await table.Log.CollectOrphansAsync(TimeSpan.FromHours(1))).ShouldBe(0);
        (await table.ScanAsync()).Count.ShouldBe(4);
        (await table.Log.CollectOrphansAsync(TimeSpan.Zero)).ShouldBe(1);

        (await table.ScanAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Uploads_CollectOrphansOfEarlierProcessesByThemselves()
    {
        await using var table = await OwnTable.CreateAsync();
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero));
        var crashing = table.OpenThroughProxy();
        table.Proxy.CrashAfter(2);
        await Should.ThrowAsync<StoreUnavailableException>(async () => await new ThreadWriter(Crashes.Key).AppendAsync(crashing, new() { Body = Crashes.Bytes(100_000) }));
        await table.Proxy.SettleAsync();
        table.Proxy.Heal();
        time.Advance(TimeProvider.System.GetUtcNow() - time.GetUtcNow() + TimeSpan.FromHours(2));
        var log = table.OpenThroughProxy(options => options.TimeProvider = time);
        var thread = new ThreadWriter(Crashes.Key);

        await thread.AppendAsync(log, new() { Body = Crashes.Bytes(100_000) });
        await Patience.UntilAsync("no note is left", async () => !(await table.ScanAsync()).Exists(item => item["pk"].S.StartsWith("w:", StringComparison.Ordinal)));

        await table.ShouldHaveNoOrphansAsync();
    }
}

using Holdfast.Logs;

namespace Holdfast.Sqlite.Tests;

/// <summary>Another program holds the lock for writing.</summary>
public sealed class LockTests : SqliteLogTest
{
    [Fact]
    public async Task Append_WhileTheLockIsHeld_WaitsAndSucceeds()
    {
        await using var log = await OpenAsync();
        using var other = OpenRaw();
        other.Execute("BEGIN IMMEDIATE");

        var append = log.AppendAsync(Thread("a").Next()).AsTask();
        append.IsCompleted.ShouldBeFalse();
        other.Execute("ROLLBACK");

        (await append).ShouldBe(AppendResult.Appended(1));
    }

    [Fact]
    public async Task Reads_WhileTheLockIsHeld_DoNotWait()
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        await thread.AppendManyAsync(log, 3);
        using var other = OpenRaw();
        other.Execute("BEGIN IMMEDIATE");
        other.Execute("DELETE FROM entries");

        (await log.ReadTailAsync(thread.Key))!.Entries.Count.ShouldBe(3);
        (await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default })).Heads.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Append_WhileAnotherReads_DoesNotWait()
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        await thread.AppendAsync(log);
        using var other = OpenRaw();
        other.Execute("BEGIN");
        other.Scalar("SELECT count(*) FROM entries").ShouldBe(1L);

        log.AppendAsync(thread.Next()).AsTask().IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task Append_WhenTheLockIsHeldForTooLong_FailsWithNothingWritten()
    {
        await using var log = await OpenAsync(TimeSpan.FromMilliseconds(50));
        var thread = Thread("a");
        var request = thread.Next();
        using (var other = OpenRaw())
        {
            other.Execute("BEGIN IMMEDIATE");

            var error = await Should.ThrowAsync<StoreUnavailableException>(async () => await log.AppendAsync(request));

            error.OutcomeUnknown.ShouldBeFalse();
            error.Message.ShouldContain("0.05 s");
        }

        (await log.AppendAsync(request)).ShouldBe(AppendResult.Appended(1));
    }

    [Fact]
    public async Task Open_WhenTheLockIsHeldForTooLong_Fails()
    {
        using var other = OpenRaw();
        other.Execute("PRAGMA locking_mode = EXCLUSIVE; CREATE TABLE x (y); BEGIN EXCLUSIVE");

        await Should.ThrowAsync<StoreUnavailableException>(() => OpenAsync(TimeSpan.FromMilliseconds(50)));
    }

    [Fact]
    public async Task Append_CancelledWhileItWaitsForTheLock_WritesNothing()
    {
        await using var log = await OpenAsync();
        var (cancelled, kept) = (Thread("cancelled"), Thread("kept"));
        using var cancellation = new CancellationTokenSource();
        using var other = OpenRaw();
        other.Execute("BEGIN IMMEDIATE");
        var first = log.AppendAsync(cancelled.Next(), cancellation.Token).AsTask();
        var second = log.AppendAsync(kept.Next()).AsTask();

        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => first);
        other.Execute("ROLLBACK");

        (await second).ShouldBe(AppendResult.Appended(1));
        (await log.GetHeadAsync(cancelled.Key)).ShouldBeNull();
    }

    [Fact]
    public async Task Dispose_WhileAppendsWaitForTheLock_LetsThemBeWritten()
    {
        var log = await OpenAsync();
        var thread = Thread("a");
        using var other = OpenRaw();
        other.Execute("BEGIN IMMEDIATE");
        var append = log.AppendAsync(thread.Next()).AsTask();

        var dispose = log.DisposeAsync().AsTask();
        other.Execute("ROLLBACK");
        await dispose;

        (await append).ShouldBe(AppendResult.Appended(1));
        await Should.ThrowAsync<ObjectDisposedException>(async () => await log.GetHeadAsync(thread.Key));
    }

    private Task<SqliteCommitLog> OpenAsync(TimeSpan busyTimeout)
        => SqliteCommitLog.OpenAsync(new SqliteLogOptions { DataSource = DatabasePath, BusyTimeout = busyTimeout });
}

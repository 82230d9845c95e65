using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

public sealed class FlushTests : FileLogTest
{
    [Theory]
    [InlineData(FileFsync.Always, 3)]
    [InlineData(FileFsync.Interval, 0)]
    [InlineData(FileFsync.Never, 0)]
    public async Task Append_UnderAPolicy_FlushesBeforeItConfirms(FileFsync policy, int flushes)
    {
        // The interval does not pass by itself, however slow the machine is.
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero));
        await using var log = Open(options => (options.Fsync, options.TimeProvider) = (policy, clock));
        await new ThreadWriter(ThreadKey.Of("before")).AppendAsync(log);
        var count = 0;
        log.Durability.BeforeFlush = () => count++;

        await new ThreadWriter(Key).AppendManyAsync(log, 3);

        count.ShouldBe(flushes);
    }

    [Fact]
    public async Task Append_RepeatedAfterAFlushThatFailed_WritesItAgainAndReportsDuplicate()
    {
        var thread = await WriteAsync(2);
        await using var log = Open();
        await thread.AppendAsync(log);
        var request = thread.Next();
        log.Durability.BeforeFlush = () => throw new IOException("the disk is broken");

        (await Should.ThrowAsync<StoreUnavailableException>(() => log.AppendAsync(request).AsTask())).OutcomeUnknown.ShouldBeTrue();
        (await Should.ThrowAsync<StoreUnavailableException>(() => log.AppendAsync(request).AsTask())).OutcomeUnknown.ShouldBeFalse();

        // What the system may have done with the pages that it could not write: the line is there, but what a disk would give back is not.
        var flushes = 0;
        log.Durability.BeforeFlush = () => flushes++;
        var written = File.GetLastWriteTimeUtc(PathOf(Key));
        File.SetLastWriteTimeUtc(PathOf(Key), written.AddDays(-1));
        (await log.AppendAsync(request)).ShouldBe(AppendResult.Duplicate(4));

        File.GetLastWriteTimeUtc(PathOf(Key)).ShouldBeGreaterThanOrEqualTo(written, "it was written once more");
        flushes.ShouldBeGreaterThanOrEqualTo(1);
        thread.Accept(request);
        await ShouldHoldAsync(log, thread);
        await thread.AppendAsync(log);
        await using var anew = Open();
        await ShouldHoldAsync(anew, thread);
    }

    [Fact]
    public async Task Append_RepeatedAfterTheLineWasLost_AppendsIt()
    {
        var thread = await WriteAsync(2);
        var length = new FileInfo(PathOf(Key)).Length;
        await using var log = Open();
        var request = thread.Next();
        log.Durability.BeforeFlush = () => throw new IOException("the disk is broken");
        (await Should.ThrowAsync<StoreUnavailableException>(() => log.AppendAsync(request).AsTask())).OutcomeUnknown.ShouldBeTrue();
        using (var file = File.OpenWrite(PathOf(Key)))
        {
            file.SetLength(length);
        }

        log.Durability.BeforeFlush = null;
        (await log.AppendAsync(request)).ShouldBe(AppendResult.Appended(3));

        thread.Accept(request);
        await ShouldHoldAsync(log, thread);
    }

    [Fact]
    public async Task Append_OfAnotherProcessThatDiedBeforeItsFlush_IsFlushedBeforeDuplicateIsReported()
    {
        var thread = new ThreadWriter(Key);
        AppendRequest request;
        await using (var died = Open(options => options.Fsync = FileFsync.Never))
        {
            request = await thread.AppendAsync(died);
        }

        await using var log = Open();
        var flushes = 0;
        log.Durability.BeforeFlush = () => flushes++;

        (await log.AppendAsync(request)).ShouldBe(AppendResult.Duplicate(1));

        flushes.ShouldBe(1);
    }

    [Fact]
    public async Task Append_UnderAnInterval_IsFlushedWhenTheIntervalHasPassed()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero));
        await using var log = Open(options => (options.Fsync, options.FsyncInterval, options.TimeProvider) = (FileFsync.Interval, TimeSpan.FromSeconds(5), clock));
        await new ThreadWriter(ThreadKey.Of("before")).AppendAsync(log);
        clock.Advance(TimeSpan.FromSeconds(5));
        var flushes = 0;
        log.Durability.BeforeFlush = () => flushes++;
        var (one, two) = (new ThreadWriter(Key), new ThreadWriter(ThreadKey.Of("other")));
        await one.AppendManyAsync(log, 3);
        await two.AppendManyAsync(log, 3);

        clock.Advance(TimeSpan.FromSeconds(4));
        flushes.ShouldBe(0);
        clock.Advance(TimeSpan.FromSeconds(1));
        flushes.ShouldBe(2);
        clock.Advance(TimeSpan.FromSeconds(50));
        flushes.ShouldBe(2);
        await one.AppendAsync(log);
        await log.DisposeAsync();
        flushes.ShouldBe(3);
    }

    [Fact]
    public async Task Append_AfterTheBackgroundFailedToFlush_WritesThatAgainFirst()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero));
        await using var log = Open(options => (options.Fsync, options.TimeProvider) = (FileFsync.Interval, clock));
        var thread = new ThreadWriter(Key);
        await thread.AppendManyAsync(log, 2);
        log.Durability.BeforeFlush = () => throw new IOException("the disk is broken");
        clock.Advance(TimeSpan.FromSeconds(1));

        (await Should.ThrowAsync<StoreUnavailableException>(() => log.AppendAsync(thread.Next()).AsTask())).OutcomeUnknown.ShouldBeFalse();
        var flushes = 0;
        log.Durability.BeforeFlush = () => flushes++;
        await thread.AppendAsync(log);

        flushes.ShouldBe(1);
        await ShouldHoldAsync(log, thread);
    }
}

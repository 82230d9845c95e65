using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

public sealed class LockTests : FileLogTest
{
    private string LockPath => Path.Combine(Path.GetDirectoryName(PathOf(Key))!, FileNames.Lock);

    [Fact]
    public async Task Append_WhileAnotherProcessHoldsTheLock_GivesUpAfterTheTimeOutAndWritesNothing()
    {
        var thread = await WriteAsync(1);
        await using var log = Open(options => options.LockTimeout = TimeSpan.FromMilliseconds(50));
        using (File.Open(LockPath, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            var error = await Should.ThrowAsync<StoreUnavailableException>(() => log.AppendAsync(thread.Next()).AsTask());
            error.OutcomeUnknown.ShouldBeFalse();
            error.Message.ShouldContain("another process");
            await ShouldHoldAsync(log, thread);
        }

        await thread.AppendAsync(log);
        await ShouldHoldAsync(log, thread);
    }

    [Fact]
    public async Task Append_WhenAnotherProcessLetsGoOfTheLock_GoesOn()
    {
        var thread = await WriteAsync(1);
        await using var log = Open();
        ValueTask<AppendResult> append;
        using (File.Open(LockPath, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            append = log.AppendAsync(thread.Next());
            append.IsCompleted.ShouldBeFalse();
        }

        (await append).ShouldBe(AppendResult.Appended(2));
    }

    [Fact]
    public async Task Append_CancelledWhileItWaitsForTheLock_WritesNothing()
    {
        var thread = await WriteAsync(1);
        await using var log = Open();
        using var cancellation = new CancellationTokenSource();
        using (File.Open(LockPath, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            var append = log.AppendAsync(thread.Next(), cancellation.Token);
            await cancellation.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => append.AsTask());
        }

        await ShouldHoldAsync(log, thread);
        await thread.AppendAsync(log);
    }

    [Fact]
    public async Task Reads_WhileAnotherProcessHoldsTheLock_DoNotWait()
    {
        var thread = await WriteAsync(3);
        await using var log = Open();
        using var held = File.Open(LockPath, FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        await ShouldHoldAsync(log, thread);
        (await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "acme", AsOf = default })).Heads.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Maintenance_OfAThreadThatIsNotThere_MakesNoDirectory()
    {
        await using var log = Open();

        (await log.SetExpiryAsync(Key, null)).ShouldBeFalse();
        (await log.EraseAsync(Key)).ShouldBeFalse();
        (await log.RewriteAsync(Key, new Dictionary<long, ReadOnlyMemory<byte>>())).ShouldBeFalse();
        (await log.ReadTailAsync(Key)).ShouldBeNull();
        (await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = null, AsOf = default })).Heads.ShouldBeEmpty();

        Directory.Exists(Root).ShouldBeFalse();
    }
}

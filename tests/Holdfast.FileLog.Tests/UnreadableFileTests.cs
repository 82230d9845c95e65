using Holdfast.Logs;
using Holdfast.Testing;
using Microsoft.Extensions.Logging;

namespace Holdfast.FileLog.Tests;

/// <summary>A thread whose file cannot be opened is left out of listings; it does not hide the others.</summary>
public sealed class UnreadableFileTests : FileLogTest
{
    private readonly List<string> _warnings = [];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Listing_WithADirectoryInThePlaceOfAFile_HasTheOthersAndWarnsOnce(bool wasListedBefore)
    {
        await WriteAsync(3);
        await WriteAsync(ThreadKey.Of("acme", "other"), 2);
        await using var log = OpenWithLogger();
        if (wasListedBefore)
        {
            (await ListAsync(log)).Count.ShouldBe(2);
        }

        File.Delete(PathOf(Key));
        Directory.CreateDirectory(PathOf(Key));

        (await ListAsync(log)).ShouldBe(["acme:other"]);
        (await ListAsync(log)).ShouldBe(["acme:other"]);
        _warnings.ShouldHaveSingleItem().ShouldContain(PathOf(Key));
        await Should.ThrowAsync<StoreUnavailableException>(() => log.GetHeadAsync(Key).AsTask());

        Directory.Delete(PathOf(Key));
        await WriteAsync(1);
        (await ListAsync(log)).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Listing_WithAFileOfANewerFormat_HasTheOthersAndWarns(bool wasListedBefore)
    {
        await WriteAsync(3);
        await WriteAsync(ThreadKey.Of("acme", "other"), 2);
        await using var log = OpenWithLogger();
        if (wasListedBefore)
        {
            await ListAsync(log);
        }

        using (var buffer = new PooledBuffer())
        {
            buffer.Append("{\"holdfast\":2,\"tenant\":\"acme\",\"id\":\"user-42/chat-7\""u8);
            LineFormat.Seal(buffer, 0);
            await File.WriteAllBytesAsync(PathOf(Key), buffer.Written.ToArray(), TestContext.Current.CancellationToken);
        }

        (await ListAsync(log)).ShouldBe(["acme:other"]);
        _warnings.ShouldHaveSingleItem().ShouldContain("Update Holdfast");
    }

    [Fact]
    public async Task Listing_WithLinksInACircle_HasTheOthers()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a right on Windows.");
        await WriteAsync(2);
        var other = PathOf(ThreadKey.Of("acme", "circle"));
        Directory.CreateDirectory(Path.GetDirectoryName(other)!);
        File.CreateSymbolicLink(other, other);
        await using var log = OpenWithLogger();

        (await ListAsync(log)).ShouldBe([Key.ToString()]);
        _warnings.Count.ShouldBe(1);
    }

    private FileCommitLog OpenWithLogger() => new(new() { Directory = Root }, new Warnings(_warnings));

    private static async Task<List<string>> ListAsync(FileCommitLog log)
        => [.. (await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = null, AsOf = default })).Heads.Select(head => head.Key.ToString())];

    private sealed class Warnings(List<string> warnings) : ILogger<FileCommitLog>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            logLevel.ShouldBe(LogLevel.Warning);
            warnings.Add(formatter(state, exception));
        }
    }
}

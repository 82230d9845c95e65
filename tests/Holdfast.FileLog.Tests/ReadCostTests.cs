using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

/// <summary>What a call costs is proportional to what it returns, not to the length of the history. Counted in bytes that were read.</summary>
public sealed class ReadCostTests : FileLogTest
{
    private const int Turns = 3000;

    [Fact]
    public async Task AWarmAppend_ReadsTheChecksumOfTheLastLineOnly()
    {
        await using var log = Open(options => options.Fsync = FileFsync.Never);
        var thread = new ThreadWriter(Key);
        await thread.AppendAsync(log, DraftOf(1000, isKeyframe: true));
        var before = log.BytesRead;

        await thread.AppendManyAsync(log, 10);

        (log.BytesRead - before).ShouldBe(10 * LineFormat.SealLength);
    }

    [Fact]
    public async Task AWarmHead_ReadsTheChecksumOfTheLastLineOnly()
    {
        await using var log = Open(options => options.Fsync = FileFsync.Never);
        await new ThreadWriter(Key).AppendManyAsync(log, 3);
        var before = log.BytesRead;

        (await log.GetHeadAsync(Key))!.Version.ShouldBe(3);

        (log.BytesRead - before).ShouldBe(LineFormat.SealLength);
    }

    [Fact]
    public async Task Calls_OnALongThread_ReadNoMoreThanTheyReturnAndAChunk()
    {
        var thread = await WriteLongThreadAsync();
        var length = new FileInfo(PathOf(Key)).Length;
        length.ShouldBeGreaterThan(Turns * 1000);

        (await ReadBytesAsync(log => log.GetHeadAsync(Key).AsTask())).ShouldBeLessThan(128 * 1024);
        (await ReadBytesAsync(log => log.ReadTailAsync(Key, 100).AsTask())).ShouldBeLessThan(384 * 1024);
        (await ReadBytesAsync(log => thread.AppendAsync(log))).ShouldBeLessThan(128 * 1024);
        (await ReadBytesAsync(log => ReadAllAsync(log, Key, 1500, 1520))).ShouldBeLessThan(1024 * 1024);
        (await ReadBytesAsync(log => ReadAllAsync(log, Key, 1500, 1520, ReadDirection.Backward))).ShouldBeLessThan(1024 * 1024);
        (await ReadBytesAsync(log => ReadAllAsync(log, Key, Turns - 5))).ShouldBeLessThan(1024 * 1024);
        length = new FileInfo(PathOf(Key)).Length;
        (await ReadBytesAsync(log => ReadAllAsync(log, Key))).ShouldBe(length);
        (await ReadBytesAsync(log => ReadAllAsync(log, Key, direction: ReadDirection.Backward))).ShouldBeLessThan(length + (8 * 1024));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 40)]
    [InlineData(999, 1001)]
    [InlineData(Turns - 1, long.MaxValue)]
    [InlineData(Turns, Turns)]
    [InlineData(Turns + 1, long.MaxValue)]
    [InlineData(0, 3)]
    [InlineData(5, 4)]
    public async Task Read_OfAPartOfALongThread_GivesThatPart(long from, long to)
    {
        await WriteLongThreadAsync();
        await using var log = Open();
        var expected = Enumerable.Range(1, Turns).Select(version => (long)version).Where(version => version >= from && version <= to).ToList();

        (await ReadAllAsync(log, Key, from, to)).Select(entry => entry.Version).ShouldBe(expected);
        (await ReadAllAsync(log, Key, from, to, ReadDirection.Backward)).Select(entry => entry.Version).ShouldBe(expected.AsEnumerable().Reverse());
    }

    [Fact]
    public async Task Read_OfBodiesOfManySizes_GivesThemWhole()
    {
        await using var log = Open(options => options.Fsync = FileFsync.Never);
        var thread = new ThreadWriter(Key);
        var random = new Random(7);
        foreach (var size in new[] { 1, 32 * 1024, 70_000, 3, 1_000_000, 64 * 1024, 5, 3_000_000, 2 })
        {
            var body = new byte[size];
            random.NextBytes(body);
            await thread.AppendAsync(log, new() { Body = body });
            await thread.AppendAsync(log, DraftOf(size, isKeyframe: size == 5));
            await log.SetExpiryAsync(Key, new(2190, 1, 1, 0, 0, 0, size % 1000, TimeSpan.Zero));
        }

        await using var anew = Open();
        await ShouldHoldAsync(anew, thread);
        (await ReadAllAsync(anew, Key, direction: ReadDirection.Backward)).Select(entry => entry.BodyHash)
            .ShouldBe(thread.Entries.Select(entry => entry.BodyHash).Reverse());
        foreach (var entry in thread.Entries)
        {
            (await ReadAllAsync(anew, Key, entry.Version, entry.Version)).Single().BodyHash.ShouldBe(entry.BodyHash);
            (await anew.ReadTailAsync(Key, (int)entry.Version))!.Entries.Count.ShouldBe((int)Math.Max(entry.Version, 5));
        }
    }

    private async Task<ThreadWriter> WriteLongThreadAsync()
    {
        await using var log = Open(options => options.Fsync = FileFsync.Never);
        var thread = new ThreadWriter(Key);
        for (var i = 1; i <= Turns; i++)
        {
            await thread.AppendAsync(log, DraftOf(1000, isKeyframe: i % 30 == 0));
        }

        return thread;
    }

    private async Task<long> ReadBytesAsync<T>(Func<FileCommitLog, Task<T>> call)
    {
        await using var log = Open();
        await call(log);
        return log.BytesRead;
    }
}

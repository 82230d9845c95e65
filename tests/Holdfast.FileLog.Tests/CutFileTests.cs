using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

/// <summary>A file that lost its end looks like an older version of the thread, or like no thread. It is damage wherever more is known to have been there.</summary>
public sealed class CutFileTests : FileLogTest
{
    private static readonly Dictionary<string, Func<byte[], byte[]>> Cuts = new()
    {
        ["emptied"] = _ => [],
        ["zeroed"] = bytes => new byte[bytes.Length],
        ["in the header"] = bytes => bytes[..10],
        ["in the first entry"] = bytes => bytes[..(bytes.AsSpan().IndexOf((byte)'\n') + 30)],
        ["after the first entry"] = bytes => bytes[..EndOfLine(bytes, 1)],
        ["in the middle"] = bytes => bytes[..(EndOfLine(bytes, 3) + 20)],
        ["in the newest entry"] = bytes => bytes[..^5],
        ["zeros at the end"] = bytes => [.. bytes[..^200], .. new byte[200]],
    };

    public static TheoryData<string> Kinds() => [.. Cuts.Keys];

    [Theory, MemberData(nameof(Kinds))]
    public async Task AFileThatIsShorterThanThisProcessKnew_IsDamageForEveryCall(string kind)
    {
        RequireBirthTimes();
        await using var log = Open();
        var thread = new ThreadWriter(Key);
        await thread.AppendManyAsync(log, 6, [5]);
        (await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "acme", AsOf = default })).Heads.Count.ShouldBe(1);
        Cut(kind);
        var before = File.ReadAllBytes(PathOf(Key));

        foreach (var call in (List<Func<Task>>)
            [
                () => log.GetHeadAsync(Key).AsTask(),
                () => log.ReadTailAsync(Key).AsTask(),
                () => log.SetExpiryAsync(Key, DateTimeOffset.UnixEpoch).AsTask(),
                () => log.RewriteAsync(Key, new Dictionary<long, ReadOnlyMemory<byte>>(), 2).AsTask(),
                () => log.EraseAsync(Key, thread.Head).AsTask(),
                () => new ThreadWriter(Key).AppendAsync(log),
                () => log.GetHeadAsync(Key).AsTask(),
            ])
        {
            var error = await Should.ThrowAsync<CorruptStateException>(call);
            error.Message.ShouldContain("version 6 was in it");
            error.Message.ShouldContain(PathOf(Key));
            error.Version.ShouldBeInRange(1, 6);
        }

        File.ReadAllBytes(PathOf(Key)).ShouldBe(before);
        (await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "acme", AsOf = default })).Heads.ShouldHaveSingleItem().Version.ShouldBe(6);
        (await log.EraseAsync(Key)).ShouldBeTrue();
        (await log.GetHeadAsync(Key)).ShouldBeNull();
        await new ThreadWriter(Key).AppendAsync(log);
    }

    [Theory]
    [InlineData("emptied")]
    [InlineData("zeroed")]
    [InlineData("in the first entry")]
    [InlineData("in the middle")]
    public async Task AFileThatIsShorterThanTheIndexKnew_IsDamageForANewProcess(string kind)
    {
        RequireBirthTimes();
        await WriteAndIndexAsync(FileFsync.Always);
        Cut(kind);
        await using var log = Open();

        await Should.ThrowAsync<CorruptStateException>(() => log.GetHeadAsync(Key).AsTask());
        await Should.ThrowAsync<CorruptStateException>(() => new ThreadWriter(Key).AppendAsync(log));
    }

    [Theory]
    [InlineData(FileFsync.Interval)]
    [InlineData(FileFsync.Never)]
    public async Task AFileThatLostWhatWasNeverBroughtToTheDisk_IsAnOlderVersion(FileFsync fsync)
    {
        await WriteAndIndexAsync(fsync);
        Cut("in the middle");
        await using var log = Open();

        (await log.GetHeadAsync(Key))!.Version.ShouldBe(3);
    }

    [Fact]
    public async Task AThreadThatAnotherProcessErasedAndBeganAgain_IsNotDamaged()
    {
        await using var log = Open();
        var old = new ThreadWriter(Key);
        await old.AppendManyAsync(log, 6);
        await using var other = Open();
        (await other.EraseAsync(Key)).ShouldBeTrue();
        var next = new ThreadWriter(Key);
        await next.AppendManyAsync(other, 2);

        await ShouldHoldAsync(log, next);
        await next.AppendAsync(log);
        await ShouldHoldAsync(other, next);
    }

    [Fact]
    public async Task AThreadThatAnotherProcessErasedAndCopiedBack_IsNotDamaged()
    {
        await using var log = Open();
        var old = new ThreadWriter(Key);
        await old.AppendManyAsync(log, 6);
        WaitForAnotherBirthTime();
        await using var other = Open();
        (await other.EraseAsync(Key)).ShouldBeTrue();
        var copy = new ThreadWriter(Key);
        foreach (var entry in old.Entries.Take(3))
        {
            await copy.AppendAsync(other, new() { Body = entry.Body, CommitId = entry.CommitId, At = entry.At });
            (await log.GetHeadAsync(Key))!.Version.ShouldBe(entry.Version);
        }

        await ShouldHoldAsync(log, copy);
    }

    [Fact]
    public async Task AFileThatAnotherProcessMadeShorterByRewritingIt_IsNotDamaged()
    {
        await using var log = Open();
        var thread = new ThreadWriter(Key);
        await thread.AppendManyAsync(log, 6, [4]);
        var length = new FileInfo(PathOf(Key)).Length;
        await using (var other = Open())
        {
            await other.RewriteAsync(Key, new Dictionary<long, ReadOnlyMemory<byte>>(), dropBelow: 4);
        }

        thread.AcceptRewrite(new Dictionary<long, ReadOnlyMemory<byte>>(), dropBelow: 4);
        new FileInfo(PathOf(Key)).Length.ShouldBeLessThan(length);
        await ShouldHoldAsync(log, thread);
        await thread.AppendAsync(log);
    }

    [Fact]
    public async Task AnOlderFileThatWasMovedIntoItsPlace_IsTaken()
    {
        await using var log = Open();
        var thread = new ThreadWriter(Key);
        await thread.AppendManyAsync(log, 2);
        WaitForAnotherBirthTime();
        File.Copy(PathOf(Key), PathOf(Key) + ".backup");
        var two = thread.Copy();
        await thread.AppendManyAsync(log, 4);

        File.Move(PathOf(Key) + ".backup", PathOf(Key), overwrite: true);

        await ShouldHoldAsync(log, two);
        await two.AppendAsync(log);
    }

    [Fact]
    public async Task Looks_WhileOthersAppend_TakeNothingForDamage()
    {
        await using var log = Open(options => options.Fsync = FileFsync.Never);
        await using var other = Open(options => options.Fsync = FileFsync.Never);
        var thread = new ThreadWriter(Key);
        await thread.AppendAsync(log);
        var done = false;
        var readers = Enumerable.Range(0, 3).Select(i => Task.Run(async () =>
        {
            var newest = 0L;
            while (!Volatile.Read(ref done))
            {
                var version = (await (i == 0 ? other : log).ReadTailAsync(Key))!.Head.Version;
                version.ShouldBeGreaterThanOrEqualTo(newest);
                newest = version;
            }
        })).ToArray();

        for (var i = 0; i < 400; i++)
        {
            await thread.AppendAsync(i % 2 == 0 ? log : other, new() { IsKeyframe = i % 10 == 0 });
        }

        Volatile.Write(ref done, true);
        await Task.WhenAll(readers);
        Quarantined().ShouldBeEmpty();
    }

    private async Task WriteAndIndexAsync(FileFsync fsync)
    {
        await using var log = Open(options => options.Fsync = fsync);
        await new ThreadWriter(Key).AppendManyAsync(log, 6, [5]);
        (await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "acme", AsOf = default })).Heads.ShouldHaveSingleItem().Version.ShouldBe(6);
    }

    // In place, as a fault does it: a file that is put there under another name and renamed is another file.
    private void Cut(string kind)
    {
        var bytes = Cuts[kind](File.ReadAllBytes(PathOf(Key)));
        using var file = File.Open(PathOf(Key), FileMode.Open, FileAccess.ReadWrite);
        file.SetLength(bytes.Length);
        file.Write(bytes);
    }

    private static int EndOfLine(byte[] bytes, int line)
        => bytes.Index().Where(item => item.Item == '\n').ElementAt(line).Index + 1;

    private void RequireBirthTimes() => Assert.SkipUnless(BirthOfANewFile() != 0, "The file system does not tell when a file was made.");

    // The times of files have steps of some milliseconds.
    private void WaitForAnotherBirthTime()
    {
        var first = BirthOfANewFile();
        SpinWait.SpinUntil(() => BirthOfANewFile() is var next && (next == 0 || next != first));
    }

    private long BirthOfANewFile()
    {
        Directory.CreateDirectory(Root);
        var path = Path.Combine(Root, Guid.NewGuid().ToString("N"));
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        return FileBirth.Of(file);
    }
}

using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

public sealed class TornTailTests : FileLogTest
{
    [Fact]
    public async Task Files_CutAtEveryByteOfTheLastLine_KeepTheLinesBeforeAndTakeTheNext()
    {
        var whole = await WriteAsync(3);
        var bytes = File.ReadAllBytes(PathOf(Key));
        var start = bytes.AsSpan(0, bytes.Length - 1).LastIndexOf((byte)'\n') + 1;
        var before = await BeforeLastAsync(whole);

        for (var length = start; length < bytes.Length; length++)
        {
            File.WriteAllBytes(PathOf(Key), bytes[..length]);
            await ShouldGoOnAsync(before.Copy());
        }
    }

    [Fact]
    public async Task Files_CutAtEveryByteOfTheFirstWrite_AreThreadsThatDoNotExistYet()
    {
        await WriteAsync(1);
        var bytes = File.ReadAllBytes(PathOf(Key));

        for (var length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(PathOf(Key), bytes[..length]);
            await ShouldGoOnAsync(new(Key), keepsCopy: length > 0);
        }
    }

    [Fact]
    public async Task Files_WithZerosInTheLastLine_KeepTheLinesBeforeAndTakeTheNext()
    {
        var thread = new ThreadWriter(Key);
        await using (var log = Open())
        {
            await thread.AppendManyAsync(log, 2);
            await thread.AppendAsync(log, DraftOf(20_000));
        }

        var before = await BeforeLastAsync(thread);
        var bytes = File.ReadAllBytes(PathOf(Key));
        var start = bytes.AsSpan(0, bytes.Length - 1).LastIndexOf((byte)'\n') + 1;
        List<(int From, int To)> holes =
        [
            (start, bytes.Length), (start, 4096), (4096, 8192), (8192, bytes.Length), (start, bytes.Length - 1), (bytes.Length - 2, bytes.Length - 1),
            // Shorter than the next line: what is left behind it must go too.
            (start, start + 40),
        ];
        foreach (var (from, to) in holes)
        {
            var torn = bytes.ToArray();
            torn.AsSpan(from..to).Clear();
            File.WriteAllBytes(PathOf(Key), torn);
            await ShouldGoOnAsync(before.Copy(), keepsCopy: torn.AsSpan(start..^1).Contains((byte)0));
        }
    }

    [Fact]
    public async Task AFile_OfWhichNoPageOfTheFirstWriteWasWritten_IsAThreadThatDoesNotExistYet()
    {
        var thread = new ThreadWriter(Key);
        await using (var log = Open())
        {
            await thread.AppendAsync(log, DraftOf(20_000));
        }

        var bytes = File.ReadAllBytes(PathOf(Key));
        foreach (var (from, to) in (List<(int, int)>)[(0, bytes.Length), (0, 4096), (4096, 8192), (0, 16384)])
        {
            var torn = bytes.ToArray();
            torn.AsSpan(from..to).Clear();
            File.WriteAllBytes(PathOf(Key), torn);
            await ShouldGoOnAsync(new(Key), keepsCopy: true);
        }
    }

    [Fact]
    public async Task SetExpiryAndRewrite_OfAFileWithATornLine_CutItOff()
    {
        var thread = await WriteAsync(5, 2, 3);
        Tear();
        await using var log = Open();
        var before = await BeforeLastAsync(thread);
        var expiry = new DateTimeOffset(2190, 1, 1, 0, 0, 0, TimeSpan.Zero);
        (await log.SetExpiryAsync(Key, expiry)).ShouldBeTrue();
        before.AcceptExpiry(expiry);
        await ShouldHoldAsync(log, before);
        await using (var another = Open())
        {
            await before.AppendAsync(another);
            Tear();
            before = await BeforeLastAsync(before);
        }

        (await log.RewriteAsync(Key, new Dictionary<long, ReadOnlyMemory<byte>>(), dropBelow: 2)).ShouldBeTrue();

        before.AcceptRewrite(new Dictionary<long, ReadOnlyMemory<byte>>(), dropBelow: 2);
        await ShouldHoldAsync(log, before);
        (await log.GetHeadAsync(Key))!.ExpiresAt.ShouldBe(expiry);
        await before.AppendAsync(log);
        await ShouldHoldAsync(log, before);
    }

    [Fact]
    public async Task Read_WhileALineIsBeingWritten_LeavesItOut()
    {
        var thread = await WriteAsync(2);
        await using var log = Open();
        using var writer = File.Open(PathOf(Key), FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        writer.Write("{\"version\":3,\"id\":\"01990000-0000-7000-8000-00000000"u8);
        writer.Flush();

        await ShouldHoldAsync(log, thread);
    }

    [Fact]
    public async Task Append_ToAFileWithSeveralTornLines_KeepsACopyOfThem()
    {
        var thread = await WriteAsync(5);
        var bytes = File.ReadAllBytes(PathOf(Key));
        foreach (var start in bytes.Index().Where(item => item.Item == '\n').Select(item => item.Index + 1).TakeLast(3).SkipLast(1))
        {
            bytes[start + 2] = 0;
        }

        File.WriteAllBytes(PathOf(Key), bytes);
        await using var log = Open();
        var tail = await log.ReadTailAsync(Key);
        tail!.Head.Version.ShouldBe(3);

        await ThreadWriter.From(Key, tail).AppendAsync(log);

        File.ReadAllBytes(Quarantined().ShouldHaveSingleItem()).ShouldBe(bytes);
        (await ReadAllAsync(log, Key)).Take(3).Select(entry => entry.CommitId).ShouldBe(thread.Entries.Take(3).Select(entry => entry.CommitId));
    }

    [Fact]
    public async Task Append_WhereNoCopyCanBeKept_CutsNothingOff()
    {
        await WriteAsync(1);
        var torn = File.ReadAllBytes(PathOf(Key))[..^5];
        File.WriteAllBytes(PathOf(Key), torn);
        await File.WriteAllTextAsync(Path.Combine(Root, FileNames.Quarantine), "in the way", TestContext.Current.CancellationToken);
        await using var log = Open();

        var error = await Should.ThrowAsync<StoreUnavailableException>(() => new ThreadWriter(Key).AppendAsync(log));

        error.OutcomeUnknown.ShouldBeFalse();
        error.Message.ShouldContain("could not be copied");
        File.ReadAllBytes(PathOf(Key)).ShouldBe(torn);
        File.Delete(Path.Combine(Root, FileNames.Quarantine));
        await new ThreadWriter(Key).AppendAsync(log);
        File.ReadAllBytes(Quarantined().ShouldHaveSingleItem()).ShouldBe(torn);
    }

    private async Task ShouldGoOnAsync(ThreadWriter thread, bool keepsCopy = false)
    {
        var (found, copies) = (File.ReadAllBytes(PathOf(Key)), Quarantined());
        await using var log = Open();
        var length = new FileInfo(PathOf(Key)).Length;
        await ShouldHoldAsync(log, thread);
        (await ReadAllAsync(log, Key, direction: ReadDirection.Backward)).Select(entry => entry.Version)
            .ShouldBe(thread.Entries.Select(entry => entry.Version).Reverse());
        new FileInfo(PathOf(Key)).Length.ShouldBe(length, "a reader changes nothing");
        (await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = null, AsOf = default })).Heads.Count.ShouldBe(thread.Version > 0 ? 1 : 0);
        await thread.AppendAsync(log);
        await ShouldHoldAsync(log, thread);
        await using var anew = Open();
        await ShouldHoldAsync(anew, thread);
        var added = Quarantined().Except(copies).ToList();
        added.Count.ShouldBe(keepsCopy ? 1 : 0);
        added.ShouldAllBe(copy => File.ReadAllBytes(copy).SequenceEqual(found));
    }

    private void Tear()
    {
        using var file = File.OpenWrite(PathOf(Key));
        file.SetLength(file.Length - 5);
    }

    private static async Task<ThreadWriter> BeforeLastAsync(ThreadWriter thread)
    {
        await using var memory = new InMemoryCommitLog();
        var before = new ThreadWriter(thread.Key);
        foreach (var entry in thread.Entries.SkipLast(1))
        {
            await before.AppendAsync(memory, new() { Body = entry.Body, CommitId = entry.CommitId, At = entry.At, IsKeyframe = entry.IsKeyframe });
        }

        return before;
    }
}

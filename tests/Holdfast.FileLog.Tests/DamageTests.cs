using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

public sealed class DamageTests : FileLogTest
{
    [Fact]
    public async Task Calls_OnAFileWithAnyByteChanged_ReportTheVersionAndWriteNothing()
    {
        await WriteAsync(3);
        var bytes = File.ReadAllBytes(PathOf(Key));
        var lineStarts = bytes.Index().Where(item => item.Item == '\n').Select(item => item.Index + 1).Prepend(0).ToList();

        for (var at = 0; at < bytes.Length; at += at % 7 == 0 ? 3 : 2)
        {
            if (bytes[at] == '\n')
            {
                continue;
            }

            var damaged = bytes.ToArray();
            damaged[at] ^= 0x20;
            File.WriteAllBytes(PathOf(Key), damaged);
            var version = lineStarts.FindLastIndex(start => start <= at);
            await ShouldBeReportedAsync(version);
        }
    }

    [Fact]
    public async Task Calls_OnAFileWithALineLeftOut_ReportTheVersionThatIsMissing()
    {
        await WriteAsync(5);
        var lines = File.ReadAllLines(PathOf(Key));
        File.WriteAllText(PathOf(Key), string.Concat(lines.Where((_, i) => i != 3).Select(line => line + "\n")));

        await ShouldBeReportedAsync(3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Reads_OfAFileWithoutItsFirstEntries_ReportThem(int missing)
    {
        var thread = await WriteAsync(6, 4);
        var lines = File.ReadAllLines(PathOf(Key)).ToList();
        lines.RemoveRange(1, missing);
        File.WriteAllText(PathOf(Key), string.Concat(lines.Select(line => line + "\n")));
        await using var log = Open();

        (await Should.ThrowAsync<CorruptStateException>(() => ReadAllAsync(log, Key))).Version.ShouldBe(1);
        (await Should.ThrowAsync<CorruptStateException>(() => ReadAllAsync(log, Key, to: 1))).Version.ShouldBe(1);
        (await Should.ThrowAsync<CorruptStateException>(() => ReadAllAsync(log, Key, to: 1, direction: ReadDirection.Backward))).Version.ShouldBe(1);
        (await Should.ThrowAsync<CorruptStateException>(() => ReadAllAsync(log, Key, direction: ReadDirection.Backward))).Version.ShouldBe(missing);
        (await Should.ThrowAsync<CorruptStateException>(() => log.ReadTailAsync(Key, 6).AsTask())).Version.ShouldBe(missing);
        (await ReadAllAsync(log, Key, missing + 1)).Count.ShouldBe(6 - missing);
        (await ReadAllAsync(log, Key, missing + 1, direction: ReadDirection.Backward)).Count.ShouldBe(6 - missing);
        await thread.AppendAsync(log);
    }

    [Fact]
    public async Task Read_OfTwoVersionsWithoutTheOneBetween_ReportsIt()
    {
        await WriteAsync(5);
        var lines = File.ReadAllLines(PathOf(Key));
        File.WriteAllText(PathOf(Key), string.Concat(lines.Where((_, i) => i != 3).Select(line => line + "\n")));
        await using var log = Open();

        foreach (var direction in Enum.GetValues<ReadDirection>())
        {
            (await Should.ThrowAsync<CorruptStateException>(() => ReadAllAsync(log, Key, 3, 3, direction))).Version.ShouldBe(3);
            (await ReadAllAsync(log, Key, 4, 5, direction)).Count.ShouldBe(2);
            (await ReadAllAsync(log, Key, 1, 2, direction)).Count.ShouldBe(2);
        }
    }

    [Theory]
    [InlineData(2, new long[] { 2, 3 })]
    [InlineData(5, new long[] { 5, 6 })]
    public async Task Reads_OfLinesThatBecameOne_ReportEachOfTheirVersions(int line, long[] damaged)
    {
        await WriteAsync(6);
        var bytes = File.ReadAllBytes(PathOf(Key));
        bytes[bytes.Index().Where(item => item.Item == '\n').ElementAt(line).Index] = (byte)' ';
        File.WriteAllBytes(PathOf(Key), bytes);
        await using var log = Open();

        for (var version = 1; version <= 9; version++)
        {
            if (damaged.Contains(version))
            {
                (await Should.ThrowAsync<CorruptStateException>(() => ReadAllAsync(log, Key, version, version))).Version.ShouldBe(version);
            }
            else
            {
                (await ReadAllAsync(log, Key, version, version)).Count.ShouldBe(version <= 6 ? 1 : 0);
            }
        }
    }

    [Fact]
    public async Task Calls_OnAThreadWithAStatusOfALaterVersion_AreRefusedAsAnUnknownFormat()
    {
        await using (var writer = Open())
        {
            await new ThreadWriter(Key).AppendAsync(writer, new() { Head = head => head with { Status = ThreadStatus.Thinking } });
            await WriteAsync(ThreadKey.Of("acme", "other"), 1);
        }

        var line = File.ReadAllLines(PathOf(Key))[1].Replace("thinking", "pondering", StringComparison.Ordinal);
        using (var buffer = new PooledBuffer())
        {
            buffer.Append(System.Text.Encoding.UTF8.GetBytes(line[..line.LastIndexOf(",\"crc\"", StringComparison.Ordinal)]));
            LineFormat.Seal(buffer, 0);
            ChangeLine(1, _ => System.Text.Encoding.UTF8.GetString(buffer.Written).TrimEnd('\n'));
        }

        await using var log = Open();
        await Should.ThrowAsync<UnknownFormatException>(() => log.GetHeadAsync(Key).AsTask());
        await Should.ThrowAsync<UnknownFormatException>(() => new ThreadWriter(Key).AppendAsync(log));
        (await ReadAllAsync(log, Key)).Count.ShouldBe(1);
        (await ListAsync(log)).Keys.ShouldBe(["other"]);
        Quarantined().ShouldBeEmpty();
    }

    [Fact]
    public async Task Read_OfAFileWithALineTwice_ReportsTheVersion()
    {
        await WriteAsync(3);
        var lines = File.ReadAllLines(PathOf(Key));
        File.WriteAllText(PathOf(Key), string.Concat(lines.Append(lines[3]).Select(line => line + "\n")));

        await ShouldBeReportedAsync(4);
    }

    [Fact]
    public async Task Read_OfTheFileOfAnotherThread_ReportsWhichItIs()
    {
        var other = ThreadKey.Of("acme", "other");
        await WriteAsync(other, 2);
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(Key))!);
        File.Copy(PathOf(other), PathOf(Key));

        await ShouldBeReportedAsync(0, "'acme:other'");
    }

    [Fact]
    public async Task Read_OfAFileWithALineOfAnotherThread_ReportsTheVersion()
    {
        var other = ThreadKey.Of("acme", "other");
        await WriteAsync(other, 4);
        await WriteAsync(4);
        var line = File.ReadAllLines(PathOf(other))[2];
        ChangeLine(2, _ => line);

        await using var log = Open();
        foreach (var call in (List<Func<Task>>)[() => log.GetHeadAsync(Key).AsTask(), () => log.ReadTailAsync(Key).AsTask(), () => ReadAllAsync(log, Key)])
        {
            (await Should.ThrowAsync<CorruptStateException>(call)).Version.ShouldBe(2);
        }

        await Should.ThrowAsync<CorruptStateException>(() => new ThreadWriter(Key).AppendAsync(log));
    }

    [Fact]
    public async Task Append_ToAFileThatSomethingElseWrote_LeavesItAlone()
    {
        foreach (var foreign in new[] { "hello", "hello\n", "{}\n", "{\"holdfast\":0}\n", "\n", "{\"version\":1" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(PathOf(Key))!);
            File.WriteAllText(PathOf(Key), foreign);
            await using var log = Open();

            await Should.ThrowAsync<CorruptStateException>(() => new ThreadWriter(Key).AppendAsync(log));

            File.ReadAllText(PathOf(Key)).ShouldBe(foreign);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Calls_OnAFileWithZerosBeforeTheLastLine_ReportThem(int line)
    {
        await WriteAsync(3);
        var bytes = File.ReadAllBytes(PathOf(Key));
        var start = bytes.Index().Where(item => item.Item == '\n').Select(item => item.Index + 1).Prepend(0).ElementAt(line);
        bytes.AsSpan(start + 5, 20).Clear();
        File.WriteAllBytes(PathOf(Key), bytes);

        await ShouldBeReportedAsync(line);
    }

    [Fact]
    public async Task Read_OfADamagedMiddle_GivesTheEntriesBeforeItAndBehindIt()
    {
        var thread = await WriteAsync(9, 6);
        ChangeLine(4, line => line.Replace("turn", "TURN", StringComparison.Ordinal));
        await using var log = Open();

        (await ReadUntilDamageAsync(log, ReadDirection.Forward)).ShouldBe([1, 2, 3]);
        (await ReadUntilDamageAsync(log, ReadDirection.Backward)).ShouldBe([9, 8, 7, 6, 5]);
        (await ReadAllAsync(log, Key, 5, 8)).Select(entry => entry.Version).ShouldBe([5, 6, 7, 8]);
        (await log.ReadTailAsync(Key))!.Entries.Select(entry => entry.Version).ShouldBe([6, 7, 8, 9]);
        var error = await Should.ThrowAsync<CorruptStateException>(() => log.ReadTailAsync(Key, minimumEntries: 9).AsTask());
        error.Version.ShouldBe(4);
        error.Key.ShouldBe(thread.Key);
        await Should.ThrowAsync<CorruptStateException>(
            () => log.RewriteAsync(Key, new Dictionary<long, ReadOnlyMemory<byte>> { [1] = "{}"u8.ToArray() }).AsTask());
        Temporaries().ShouldBeEmpty();
    }

    [Fact]
    public async Task DamagedFiles_AreCopiedOnceForEachDamage()
    {
        await WriteAsync(3);
        ChangeLine(2, line => line.Replace("turn", "TURN", StringComparison.Ordinal));
        var damaged = File.ReadAllBytes(PathOf(Key));
        for (var i = 0; i < 3; i++)
        {
            await ShouldBeReportedAsync(2);
        }

        File.ReadAllBytes(Quarantined().ShouldHaveSingleItem()).ShouldBe(damaged);
        File.ReadAllBytes(PathOf(Key)).ShouldBe(damaged);
        ChangeLine(2, line => line.Replace("TURN", "Turn", StringComparison.Ordinal));
        await ShouldBeReportedAsync(2);
        Quarantined().Length.ShouldBe(2);
    }

    [Fact]
    public async Task Erase_OfADamagedThread_RemovesItAndItsCopies()
    {
        var prefix = ThreadKey.Of("acme", Key.Id.Value + "0");
        await WriteAsync(3);
        await WriteAsync(prefix, 3);
        foreach (var key in new[] { Key, prefix })
        {
            ChangeLine(2, line => line.Replace("turn", "TURN", StringComparison.Ordinal), key);
            await using var reader = Open();
            await Should.ThrowAsync<CorruptStateException>(() => reader.GetHeadAsync(key).AsTask());
        }

        await using var log = Open();
        (await log.EraseAsync(Key)).ShouldBeTrue();

        (await log.GetHeadAsync(Key)).ShouldBeNull();
        Quarantined().Length.ShouldBe(1);
        await new ThreadWriter(Key).AppendAsync(log);
    }

    [Fact]
    public async Task Listing_WithDamagedThreads_HasAllThatCanBeTold()
    {
        await WriteAsync(ThreadKey.Of("acme", "whole"), 2);
        await WriteAsync(ThreadKey.Of("acme", "first"), 2);
        await WriteAsync(ThreadKey.Of("acme", "last"), 3);
        await using (var indexed = Open())
        {
            await WriteAsync(4);
            (await ListAsync(indexed)).Count.ShouldBe(4);
            ChangeLine(2, line => line.Replace("turn", "TURN", StringComparison.Ordinal));
            (await ListAsync(indexed))["user-42/chat-7"].ShouldBe(4);
        }

        foreach (var index in Directory.GetFiles(Root, FileNames.Index, SearchOption.AllDirectories))
        {
            File.Delete(index);
        }

        ChangeLine(1, line => line.Replace("turn", "TURN", StringComparison.Ordinal), ThreadKey.Of("acme", "first"));
        ChangeLine(3, line => line.Replace("turn", "TURN", StringComparison.Ordinal), ThreadKey.Of("acme", "last"));
        await using var log = Open();

        (await ListAsync(log)).OrderBy(pair => pair.Key).ShouldBe(
            new Dictionary<string, long> { ["last"] = 2, ["user-42/chat-7"] = 1, ["whole"] = 2 });
    }

    [Fact]
    public async Task Calls_OnAFileOfANewerFormat_AreRefusedAndLeaveItAlone()
    {
        foreach (var newer in new[] { "{\"holdfast\":2,\"other\":true}\n\u0001binary\n", "{\"holdfast\":17,", "{\"holdfast\":2}\n" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(PathOf(Key))!);
            File.WriteAllText(PathOf(Key), newer);
            await using var log = Open();

            (await Should.ThrowAsync<UnknownFormatException>(() => new ThreadWriter(Key).AppendAsync(log))).Known.ShouldBe(1);
            await Should.ThrowAsync<UnknownFormatException>(() => log.GetHeadAsync(Key).AsTask());
            await Should.ThrowAsync<UnknownFormatException>(() => log.ReadTailAsync(Key).AsTask());
            await Should.ThrowAsync<UnknownFormatException>(() => ReadAllAsync(log, Key));
            await Should.ThrowAsync<UnknownFormatException>(() => log.SetExpiryAsync(Key, DateTimeOffset.UnixEpoch).AsTask());
            await Should.ThrowAsync<UnknownFormatException>(() => log.RewriteAsync(Key, new Dictionary<long, ReadOnlyMemory<byte>>(), 1).AsTask());
            await Should.ThrowAsync<UnknownFormatException>(() => log.EraseAsync(Key).AsTask());

            File.ReadAllText(PathOf(Key)).ShouldBe(newer);
        }
    }

    private static async Task<Dictionary<string, long>> ListAsync(FileCommitLog log)
        => (await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "acme", AsOf = default })).Heads.ToDictionary(head => head.Key.Id.Value, head => head.Version);

    private static async Task<List<long>> ReadUntilDamageAsync(FileCommitLog log, ReadDirection direction)
    {
        var versions = new List<long>();
        var error = await Should.ThrowAsync<CorruptStateException>(async () =>
        {
            await foreach (var entry in log.ReadAsync(Key, direction: direction))
            {
                versions.Add(entry.Version);
            }
        });
        error.Version.ShouldBe(4);
        return versions;
    }

    private async Task ShouldBeReportedAsync(long version, string? what = null)
    {
        var before = File.ReadAllBytes(PathOf(Key));
        await using var log = Open();
        foreach (var call in (List<Func<Task>>)
            [
                () => log.GetHeadAsync(Key).AsTask(),
                () => log.ReadTailAsync(Key).AsTask(),
                () => ReadAllAsync(log, Key),
                () => ReadAllAsync(log, Key, direction: ReadDirection.Backward),
                () => log.SetExpiryAsync(Key, DateTimeOffset.UnixEpoch).AsTask(),
                () => new ThreadWriter(Key).AppendAsync(log),
            ])
        {
            var error = await Should.ThrowAsync<CorruptStateException>(call);
            error.Key.ShouldBe(Key);
            error.Version.ShouldBe(version, error.Message);
            error.Message.ShouldContain(what ?? Quarantined()[^1]);
        }

        File.ReadAllBytes(PathOf(Key)).ShouldBe(before);
    }

    private string[] Temporaries() => Directory.GetFiles(Root, FileNames.TemporaryPrefix + "*", SearchOption.AllDirectories);
}

using System.Buffers.Binary;
using Holdfast.Logs;

namespace Holdfast.Sqlite.Tests;

/// <summary>A process was killed, and the write-ahead log that it left is damaged.</summary>
public sealed class WriteAheadLogTests() : SqliteLogTest(inMemory: true)
{
    private const int HeaderSize = 32, FrameHeaderSize = 24, PageSize = 8192, FrameSize = FrameHeaderSize + PageSize;

    private string Left => DatabasePath + ".left";

    [Fact]
    public async Task OneBadBit_IsToldUnlessItIsInTheLastCommits()
    {
        var (database, log, ends) = await LeaveAsync(commits: 12);
        ends.Count.ShouldBeGreaterThan(12);

        // Bits of the numbers and sums of each frame, and some of its page.
        var frames = Enumerable.Range(0, ends[^3]).SelectMany(frame => Enumerable.Range(0, FrameHeaderSize).Concat([900, 4000, FrameSize - 1]).Select(i => HeaderSize + (frame * FrameSize) + i));
        foreach (var place in Enumerable.Range(0, HeaderSize).Concat(frames))
        {
            Leave(database, Flip(log, place, place % 8));
            var error = await Should.ThrowAsync<CorruptStateException>(OpenLeftAsync, $"byte {place}");
            error.Message.ShouldContain("write-ahead log");
            File.ReadAllBytes(Left + "-wal").Length.ShouldBe(log.Length);
        }
    }

    [Fact]
    public async Task ALogThatEndsSomewhere_IsTakenUpToThere()
    {
        var (database, log, ends) = await LeaveAsync(commits: 5);
        for (var length = log.Length; length >= 0; length -= 1000)
        {
            Leave(database, log[..length]);
            await using var opened = await OpenLeftAsync();
            var whole = ends.FindLastIndex(end => HeaderSize + (end * FrameSize) <= length) + 1;
            ((await opened.GetHeadAsync(ThreadKey.Of("a")))?.Version ?? 0).ShouldBe(Math.Max(0, whole - (ends.Count - 5)), $"{length} bytes");
        }
    }

    [Fact]
    public async Task ALastCommitThatIsTorn_IsLeftOut()
    {
        var (database, log, ends) = await LeaveAsync(commits: 5);
        Leave(database, Flip(log, HeaderSize + (ends[^2] * FrameSize) + 1000, 3));

        await using var opened = await OpenLeftAsync();

        (await opened.GetHeadAsync(ThreadKey.Of("a")))!.Version.ShouldBe(4);
    }

    [Fact]
    public async Task ALogThatWasBegunAnew_HasOldFramesThatAreNotMissed()
    {
        var thread = Thread("a");
        await using var log = await OpenFullAsync(DatabasePath);
        await thread.AppendManyAsync(log, 20);
        using (var raw = OpenRaw())
        {
            raw.Scalar("PRAGMA wal_checkpoint(RESTART)");
        }

        await thread.AppendManyAsync(log, 3);
        Leave(File.ReadAllBytes(DatabasePath), File.ReadAllBytes(DatabasePath + "-wal"));

        await using var opened = await OpenLeftAsync();
        (await opened.GetHeadAsync(thread.Key))!.Version.ShouldBe(23);
    }

    [Fact]
    public async Task Open_WhileOthersWrite_FindsNothingWrong()
    {
        await using var log = await OpenFullAsync(DatabasePath);
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            var thread = Thread("a");
            while (!stop.IsCancellationRequested)
            {
                await thread.AppendAsync(log, new() { Body = new byte[20_000] });
            }
        });
        for (var i = 0; i < 300; i++)
        {
            await using var another = await OpenFullAsync(DatabasePath);
            await another.GetHeadAsync(ThreadKey.Of("a"));
        }

        await stop.CancelAsync();
        await writing;
    }

    [Fact]
    public async Task WhatCanBeRead_IsTakenByTheStatementThatTheMessageNames()
    {
        var (database, log, ends) = await LeaveAsync(commits: 5);
        Leave(database, Flip(log, HeaderSize + (ends[^3] * FrameSize) + 1000, 3));
        (await Should.ThrowAsync<CorruptStateException>(OpenLeftAsync)).Message.ShouldContain("PRAGMA wal_checkpoint(TRUNCATE)");
        using (var raw = new RawDatabase(Left))
        {
            raw.Scalar("PRAGMA wal_checkpoint(TRUNCATE)");
        }

        await using var opened = await OpenLeftAsync();
        (await opened.GetHeadAsync(ThreadKey.Of("a")))!.Version.ShouldBe(3);
    }

    /// <summary>The files of a process that was killed after some commits, and after how many frames each transaction ends.</summary>
    private async Task<(byte[] Database, byte[] Log, List<int> Ends)> LeaveAsync(int commits)
    {
        await using var log = await OpenFullAsync(DatabasePath);
        await Thread("a").AppendManyAsync(log, commits);
        var bytes = File.ReadAllBytes(DatabasePath + "-wal");
        var ends = Enumerable.Range(0, (bytes.Length - HeaderSize) / FrameSize)
            .Where(frame => BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(HeaderSize + (frame * FrameSize) + 4)) != 0)
            .Select(frame => frame + 1)
            .ToList();
        return (File.ReadAllBytes(DatabasePath), bytes, ends);
    }

    private void Leave(byte[] database, byte[] log)
    {
        File.WriteAllBytes(Left, database);
        File.WriteAllBytes(Left + "-wal", log);
        File.Delete(Left + "-shm");
    }

    private static byte[] Flip(byte[] bytes, int place, int bit)
    {
        var copy = (byte[])bytes.Clone();
        copy[place] ^= (byte)(1 << bit);
        return copy;
    }

    private Task<SqliteCommitLog> OpenLeftAsync() => OpenFullAsync(Left);

    private static Task<SqliteCommitLog> OpenFullAsync(string path) => SqliteCommitLog.OpenAsync(new SqliteLogOptions { DataSource = path, IsShared = false });
}

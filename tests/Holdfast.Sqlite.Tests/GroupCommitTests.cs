using System.Buffers.Binary;
using Holdfast.Logs;

namespace Holdfast.Sqlite.Tests;

public sealed class GroupCommitTests : SqliteLogTest
{
    [Fact]
    public async Task Append_OfASingleCaller_IsWrittenOnItsOwnThread()
    {
        await using var log = await OpenAsync();

        var append = log.AppendAsync(Thread("a").Next()).AsTask();

        append.IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task Appends_ThatComeWhileOneIsWritten_ShareOneTransaction()
    {
        await using var log = await OpenAsync();
        await Thread("first").AppendAsync(log);
        var before = CountTransactions();

        var appends = await WhileLockedAsync<Task<AppendResult>>(() => [.. Enumerable.Range(0, 50).Select(i => log.AppendAsync(Thread($"thread-{i}").Next()).AsTask())]);

        (await Task.WhenAll(appends)).ShouldAllBe(result => result == AppendResult.Appended(1));
        (CountTransactions() - before).ShouldBe(1);
    }

    [Fact]
    public async Task Appends_InOneTransactionToOneThread_SeeEachOther()
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        var first = thread.Next();
        var rival = thread.Copy().Next();
        thread.Accept(first);
        var second = thread.Next();

        var appends = await WhileLockedAsync<Task<AppendResult>>(() => [.. new[] { first, rival, second, first }.Select(request => log.AppendAsync(request).AsTask())]);

        (await Task.WhenAll(appends)).ShouldBe(
            [AppendResult.Appended(1), AppendResult.Conflict(1), AppendResult.Appended(2), AppendResult.Duplicate(2)]);
    }

    [Fact]
    public async Task AWriteThatFails_DoesNotFailItsNeighbours()
    {
        await using var log = await OpenAsync();
        var (good, damaged, another) = (Thread("good"), Thread("damaged"), Thread("another"));
        await good.AppendAsync(log);
        await damaged.AppendManyAsync(log, 2);
        using (var raw = OpenRaw())
        {
            raw.Execute("UPDATE threads SET chain = x'00' WHERE id = 'damaged'");
        }

        var tasks = await WhileLockedAsync<Task>(() =>
        [
            log.AppendAsync(good.Next()).AsTask(),
            log.RewriteAsync(good.Key, new Dictionary<long, ReadOnlyMemory<byte>> { [1] = default }).AsTask(),
            log.AppendAsync(damaged.Next()).AsTask(),
            log.AppendAsync(another.Next()).AsTask(),
        ]);

        (await (Task<AppendResult>)tasks[0]).ShouldBe(AppendResult.Appended(2));
        await Should.ThrowAsync<ArgumentException>(() => tasks[1]);
        (await Should.ThrowAsync<CorruptStateException>(() => tasks[2])).Key.ShouldBe(damaged.Key);
        (await (Task<AppendResult>)tasks[3]).ShouldBe(AppendResult.Appended(1));
    }

    [Fact]
    public async Task Appends_OfMoreThanABatchHolds_AreAllWritten()
    {
        await using var log = await OpenAsync();

        var appends = await WhileLockedAsync<Task<AppendResult>>(() => [.. Enumerable.Range(0, 3000).Select(i => log.AppendAsync(Thread($"thread-{i}").Next()).AsTask())]);

        (await Task.WhenAll(appends)).ShouldAllBe(result => result == AppendResult.Appended(1));
    }

    /// <summary>Starts writes while another program holds the lock, so that they form one batch.</summary>
    private async Task<IReadOnlyList<T>> WhileLockedAsync<T>(Func<IReadOnlyList<T>> start)
        where T : Task
    {
        using var other = OpenRaw();
        other.Execute("BEGIN IMMEDIATE");
        var tasks = start();
        other.Execute("ROLLBACK");
        await Task.WhenAll(tasks.Select(task => task.ContinueWith(_ => { }, TaskScheduler.Default)));
        return tasks;
    }

    /// <summary>Counts the frames of the write-ahead log that end a transaction, see https://sqlite.org/fileformat2.html#walformat.</summary>
    private int CountTransactions()
    {
        const int header = 32;
        using var file = new FileStream(DatabasePath + "-wal", FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var wal = new byte[file.Length];
        file.ReadExactly(wal);
        var frame = 24 + BinaryPrimitives.ReadInt32BigEndian(wal.AsSpan(8));
        return Enumerable.Range(0, (wal.Length - header) / frame)
            .Count(i => BinaryPrimitives.ReadUInt32BigEndian(wal.AsSpan(header + (i * frame) + 4)) != 0);
    }
}

using Holdfast.Logs;

namespace Holdfast.Sqlite.Tests;

public sealed class ReadingTests : SqliteLogTest
{
    [Fact]
    public async Task Read_ThatStopsHalfway_HoldsNoTransactionOpen()
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        await thread.AppendManyAsync(log, 600);
        await using var entries = log.ReadAsync(thread.Key).GetAsyncEnumerator();
        (await entries.MoveNextAsync()).ShouldBeTrue();

        using var other = OpenRaw();

        // 0: no reader or writer was in the way of emptying the write-ahead log.
        other.Scalar("PRAGMA wal_checkpoint(TRUNCATE)").ShouldBe(0L);
    }

    [Theory]
    [InlineData(ReadDirection.Forward)]
    [InlineData(ReadDirection.Backward)]
    public async Task Read_OfAThreadThatIsErasedAndBegunAnewMeanwhile_NeverMixesBothLives(ReadDirection direction)
    {
        await using var log = await OpenAsync();
        var first = Thread("a");
        await first.AppendManyAsync(log, 600);
        var second = Thread("a");
        var found = new List<LogEntry>();

        await foreach (var entry in log.ReadAsync(first.Key, direction: direction))
        {
            if (found.Count == 0)
            {
                await log.EraseAsync(first.Key);
                await second.AppendManyAsync(log, 700);
            }

            found.Add(entry);
        }

        found.Select(entry => entry.CommitId).Except(first.Entries.Select(entry => entry.CommitId)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Read_OfAThreadThatIsRenamedMeanwhile_GoesOnWithIt()
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        await thread.AppendManyAsync(log, 600);
        var found = 0;

        await foreach (var entry in log.ReadAsync(new ReadRequest { Key = thread.Key, Life = thread.Head!.Life }))
        {
            if (found++ == 0)
            {
                await log.EraseAsync(new EraseRequest { Key = thread.Key, KeepAsTrunk = true });
                await Thread("a").AppendManyAsync(log, 700);
            }

            entry.CommitId.ShouldBe(thread.Entries[found - 1].CommitId);
        }

        found.ShouldBe(600);
    }

    [Fact]
    public async Task Read_OfMoreThanAChunk_GivesEachEntryOnceInBothDirections()
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        for (var i = 0; i < 40; i++)
        {
            await thread.AppendAsync(log, new() { Body = new byte[100_000] });
        }

        await thread.AppendManyAsync(log, 600);

        (await log.ReadAsync(thread.Key, 2, 639).Select(entry => entry.Version).ToListAsync()).ShouldBe(Enumerable.Range(2, 638).Select(i => (long)i));
        (await log.ReadAsync(thread.Key, 2, 639, ReadDirection.Backward).Select(entry => entry.Version).ToListAsync())
            .ShouldBe(Enumerable.Range(2, 638).Select(i => (long)i).Reverse());
    }
}

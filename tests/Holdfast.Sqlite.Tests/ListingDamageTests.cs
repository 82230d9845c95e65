using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.Sqlite.Tests;

/// <summary>A listing leaves out what is damaged, with a warning, and shows nobody what is not theirs.</summary>
public sealed class ListingDamageTests : ListingTest
{
    [Theory]
    [InlineData("UPDATE threads SET status = 'nonsense' WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET user = 'eve' WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET expires = 1 WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET metadata = '{' WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET created = 1 << 62 WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET chain = x'00' WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET life = randomblob(16) WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET due = 1 WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET terms = '[\"open\"]' WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET properties = '{}' WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET revision = 1 WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET heartbeat = 1 WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET pins = 1 WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET lowest_pin = 1 WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET first_version = 0 WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET version = version + 1 WHERE id = 'thread-2'")]
    [InlineData("UPDATE entries SET updated = updated + 1 WHERE thread = 2")]
    public async Task List_WithADamagedThread_LeavesItOutWithAWarningAndItCanBeErased(string damage)
    {
        var logger = new CollectingLogger();
        await using var log = new SqliteCommitLog(new() { DataSource = DatabasePath, Durability = SqliteDurability.Normal }, logger);
        for (var i = 1; i <= 5; i++)
        {
            await Thread($"thread-{i}").AppendAsync(log, new() { Head = head => head with { UserId = "ann" } });
        }

        using (var raw = OpenRaw())
        {
            raw.Execute(damage);
        }

        foreach (var (order, pageSize) in new[] { (ThreadOrder.Id, 1), (ThreadOrder.Id, 2), (ThreadOrder.Id, 100), (ThreadOrder.RecentlyUpdated, 1), (ThreadOrder.RecentlyUpdated, 100) })
        {
            var query = new HeadQuery { Space = ThreadSpace.Threads, AsOf = Noon, Filter = new() { Order = order, PageSize = pageSize } };
            string.Join(' ', (await ListAllAsync(log, query)).Order()).ShouldBe("thread-1 thread-3 thread-4 thread-5", $"{order} by {pageSize}");
            logger.Warnings.ShouldContain(warning => warning.Id == 200 && warning.Text.Contains("thread-2"));
        }

        await Should.ThrowAsync<CorruptStateException>(async () => await log.GetHeadAsync(ThreadKey.Of("thread-2")));
        (await log.EraseAsync(ThreadKey.Of("thread-2"))).ShouldBeTrue();
        (await log.GetHeadAsync(ThreadKey.Of("thread-2"))).ShouldBeNull();
        logger.Warnings.Clear();
        (await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = Noon })).Heads.Count.ShouldBe(4);
        logger.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public async Task ErasingAUser_WithADamagedThread_SaysThatItIsLeft()
    {
        await using var store = new AgentStateStore(new SqliteCommitLog(new() { DataSource = DatabasePath, Durability = SqliteDurability.Normal }));
        await store.UpdateAsync("one", session => session.Variables.Set("n", 1), new() { UserId = "ann" });
        await store.UpdateAsync("two", session => session.Variables.Set("n", 1), new() { UserId = "ann" });
        using (var raw = OpenRaw())
        {
            raw.Execute("UPDATE threads SET created = created + 1 WHERE id = 'two'");
        }

        (await store.EraseUserAsync("ann")).ShouldBe(new(1, 0, 0, false, false) { Unreadable = 1 });

        await store.Thread("two").RecoverAsync(new() { Quarantine = Stream.Null });
        (await store.EraseUserAsync("ann")).ShouldBe(new(1, 0, 0, false, false));
    }

    [Fact]
    public async Task List_ByAnIndexThatLeadsToAnotherUsersThread_DoesNotShowIt()
    {
        await using (var log = await OpenAsync())
        {
            await Thread("anns").AppendAsync(log, new() { Head = head => head with { UserId = "ann" } });
            await Thread("johns").AppendAsync(log, new() { Head = head => head with { UserId = "john" } });
        }

        var bits = new DatabaseBits(DatabasePath);
        var damaged = DatabasePath + ".damaged";
        foreach (var bit in bits.CellsOf("threads_by_user"))
        {
            bits.WriteFlipped(damaged, bit);
            await using var log = await SqliteCommitLog.OpenAsync(new SqliteLogOptions { DataSource = damaged, Durability = SqliteDurability.Normal });
            try
            {
                var found = await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = Noon, Filter = new() { UserId = "ann" } });
                found.Heads.ShouldAllBe(head => head.UserId == "ann" && head.Key == ThreadKey.Of("anns"), $"bit {bit}");
            }
            catch (CorruptStateException)
            {
                // SQLite noticed.
            }
        }
    }
}

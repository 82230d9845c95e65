using Holdfast.Logs;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Tests;

/// <summary>What is whole is read, and what is damaged is told.</summary>
public sealed class DamageTests : SqliteLogTest
{
    [Theory]
    [InlineData("DELETE FROM entries WHERE version = 20")]
    [InlineData("DELETE FROM entries WHERE version = 90")]
    [InlineData("DELETE FROM versions WHERE version = 20")]
    [InlineData("UPDATE entries SET hash = x'00' WHERE version = 20")]
    [InlineData("UPDATE entries SET commit_id = x'00' WHERE version = 90")]
    [InlineData("UPDATE entries SET at = 1 << 62 WHERE version = 90")]
    [InlineData("UPDATE entries SET rewritten = x'00' WHERE version = 20")]
    [InlineData("UPDATE entries SET at = at + 1 WHERE version = 20")]
    [InlineData("UPDATE entries SET messages = messages + 1 WHERE version = 90")]
    [InlineData("UPDATE entries SET keyframe = 1 WHERE version = 20")]
    [InlineData("UPDATE entries SET message_count = 0 WHERE version = 20")]
    [InlineData("UPDATE entries SET version = 21 WHERE version = 20")]
    public async Task Read_WithADamagedEntry_GivesThoseBeforeItAndThenGoesOnAfterIt(string damage)
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        await thread.AppendManyAsync(log, 100);
        using (var raw = OpenRaw())
        {
            raw.Execute(damage);
        }

        var version = damage.Contains("90", StringComparison.Ordinal) ? 90 : 20;
        long[] good = [.. Enumerable.Range(1, 100).Where(i => i != version).Select(i => (long)i)];

        (await ReadAllAsync(log, new() { Key = thread.Key })).ShouldBe(Text(good, version));
        (await ReadAllAsync(log, new() { Key = thread.Key, Direction = ReadDirection.Backward })).ShouldBe(Text(good.Reverse(), version));
        (await ReadAllAsync(log, new() { Key = thread.Key, From = version + 1, Life = thread.Head!.Life })).ShouldBe(Text(good.Where(i => i > version)));
    }

    [Theory]
    [InlineData("UPDATE threads SET status = 'idld'")]
    [InlineData("UPDATE threads SET upkeep = 0")]
    [InlineData("UPDATE threads SET chain = x'00'")]
    [InlineData("UPDATE threads SET life = x'00'")]
    public async Task Read_OfAThreadWithADamagedHead_GivesItsEntries(string damage)
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        await thread.AppendManyAsync(log, 100);
        using (var raw = OpenRaw())
        {
            raw.Execute(damage);
        }

        (await ReadAllAsync(log, new() { Key = thread.Key })).ShouldBe(Text(Enumerable.Range(1, 100).Select(i => (long)i)));
        var another = new ReadRequest { Key = thread.Key, Life = CommitId.New(TimeProvider.System) };
        await Should.ThrowAsync<CorruptStateException>(async () => await log.ReadAsync(another).ToListAsync());
    }

    [Fact]
    public async Task Read_WithARecentEntryOfWhichTheThreadCannotBeTold_GivesWhatIsCertain()
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        await thread.AppendManyAsync(log, 70);
        using (var raw = OpenRaw())
        {
            raw.Execute("UPDATE entries SET thread = 7, owner = 8, place = 9 WHERE version = 70");
        }

        (await log.ReadAsync(thread.Key, 1, 69).CountAsync()).ShouldBe(69);
        (await log.ReadAsync(thread.Key, 1, 69, ReadDirection.Backward).CountAsync()).ShouldBe(69);
        var found = new List<long>();
        var error = await Should.ThrowAsync<CorruptStateException>(async () =>
        {
            await foreach (var entry in log.ReadAsync(thread.Key))
            {
                found.Add(entry.Version);
            }
        });

        error.Message.ShouldContain("sequence 70");
        found.Count.ShouldBe(69);
        await Should.ThrowAsync<CorruptStateException>(async () => await log.ReadAsync(thread.Key, direction: ReadDirection.Backward).ToListAsync());
        await Should.ThrowAsync<CorruptStateException>(async () => await log.ReadTailAsync(thread.Key));
    }

    [Theory]
    [InlineData("DELETE FROM pins WHERE pin LIKE '%fork-1%'")]
    [InlineData("UPDATE pins SET pin = replace(pin, 'fork-1', 'fork-2')")]
    [InlineData("UPDATE pins SET life = randomblob(16) WHERE pin LIKE '%fork-1%'")]
    [InlineData("UPDATE pins SET life = x'00' WHERE pin LIKE '%fork-1%'")]
    [InlineData("INSERT INTO pins SELECT thread, randomblob(16), pin, guard FROM pins LIMIT 1")]
    public async Task Pins_ThatAreDamaged_AreNeitherReadNorChanged(string damage)
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        await thread.AppendManyAsync(log, 3);
        Pin[] pins = [PinOf("fork-1"), PinOf("fork-3")];
        await log.UpdateHeadAsync(new() { Key = thread.Key, AddPins = pins });
        using (var raw = OpenRaw())
        {
            raw.Execute(damage);
        }

        await Should.ThrowAsync<CorruptStateException>(async () => await log.GetHeadAsync(new HeadRequest { Key = thread.Key, WithPins = true }));
        await Should.ThrowAsync<CorruptStateException>(async () => await log.UpdateHeadAsync(new() { Key = thread.Key, RemovePins = [pins[0].Life] }));
        (await log.UpdateHeadAsync(new() { Key = thread.Key, Beats = true }))!.PinCount.ShouldBe(2);
        (await log.GetHeadAsync(thread.Key))!.PinCount.ShouldBe(2);
        (await log.EraseAsync(thread.Key)).ShouldBeTrue();
    }

    [Fact]
    public async Task AStatusOfANewerVersion_IsToldAsSuchAndHidesNoOther()
    {
        var logger = new CollectingLogger();
        await using var log = new SqliteCommitLog(new() { DataSource = DatabasePath, Durability = SqliteDurability.Normal }, logger);
        var (thread, other) = (Thread("a"), Thread("b"));
        await thread.AppendManyAsync(log, 3);
        await other.AppendManyAsync(log, 3);
        var head = thread.Head!;
        var guard = RowGuards.Guard(
            head.Key, head.Life, null, null, "dreaming", 0, [], Instants.Floor(head.CreatedAt), null, null, null);
        using (var raw = OpenRaw())
        {
            raw.Execute($"UPDATE threads SET status = 'dreaming', guard = {guard} WHERE id = 'a'");
        }

        // The writer still remembers the head.
        await using var later = await OpenAsync();
        (await Should.ThrowAsync<UnknownFormatException>(async () => await later.ReadTailAsync(thread.Key))).Message.ShouldContain("dreaming");
        await Should.ThrowAsync<UnknownFormatException>(async () => await later.AppendAsync(thread.Next()));
        (await later.ReadAsync(thread.Key).CountAsync()).ShouldBe(3);
        (await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default })).Heads.Select(found => found.Key).ShouldBe([other.Key]);
        logger.Warnings.ShouldContain(warning => warning.Text.Contains("dreaming"));

        // And whatever goes over all threads says that it did not look after this one.
        await using (var store = new AgentStateStore(later))
        {
            (await store.EraseUserAsync("ann")).Unreadable.ShouldBe(1);
            (await store.CleanupAsync()).Failed.ShouldBe(1);
            (await store.TrimAsync(new() { KeepVersions = 1 })).Failed.ShouldBe(1);
            using var bundle = new MemoryStream();
            (await store.ExportAsync(bundle)).Failures.Select(failure => failure.Error.Code).ShouldContain(ErrorCodes.UnknownFormat);
            (await store.CheckAsync()).Failures.Select(failure => failure.Error.Code).ShouldContain(ErrorCodes.UnknownFormat);
        }

        (await log.EraseAsync(thread.Key)).ShouldBeTrue();
    }

    [Fact]
    public async Task Append_OfAVersionWhoseEntryIsLost_IsNeitherADuplicateNorAConflict()
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        await thread.AppendAsync(log);
        var second = await thread.AppendAsync(log);
        await thread.AppendManyAsync(log, 98);
        using (var raw = OpenRaw())
        {
            raw.Execute("DELETE FROM entries WHERE version = 2");
        }

        (await Should.ThrowAsync<CorruptStateException>(async () => await log.AppendAsync(second))).Version.ShouldBe(2);
    }

    private static Pin PinOf(string fork) => new() { Life = CommitId.New(TimeProvider.System), Key = ThreadKey.Of(fork), From = 1, To = 3 };

    /// <summary>Reads on after each damage.</summary>
    private static async Task<string> ReadAllAsync(SqliteCommitLog log, ReadRequest request)
    {
        var (found, damaged) = (new List<long>(), new List<long>());
        while (true)
        {
            try
            {
                await foreach (var entry in log.ReadAsync(request))
                {
                    found.Add(entry.Version);
                }

                return Text(found, [.. damaged]);
            }
            catch (CorruptStateException e)
            {
                damaged.Count.ShouldBeLessThan(5);
                damaged.Add(e.Version);
                request = request.Direction == ReadDirection.Forward ? request with { From = e.Version + 1 } : request with { To = e.Version - 1 };
            }
        }
    }

    private static string Text(IEnumerable<long> found, params IEnumerable<long> damaged) => $"{string.Join(' ', found)}; damaged: {string.Join(' ', damaged)}";
}

using Holdfast.Logs;
using Holdfast.Sqlite.Connecting;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Tests;

/// <summary>What becomes of errors of the database itself.</summary>
public sealed class FailureTests : SqliteLogTest
{
    private Action<Connection> _onOpen = _ => { };

    [Fact]
    public async Task Append_WhenTheFileMayNotGrow_ReportsThatNothingWasWritten()
    {
        Connection? writer = null;
        await using var log = await OpenWithHookAsync();
        _onOpen = connection => writer ??= connection;
        var thread = Thread("a");
        await thread.AppendManyAsync(log, 2);
        writer!.Execute("PRAGMA max_page_count = 1");
        var request = thread.Next(new() { Body = new byte[100_000] });

        var error = await Should.ThrowAsync<StoreUnavailableException>(async () => await log.AppendAsync(request));

        error.OutcomeUnknown.ShouldBeFalse();
        error.Message.ShouldContain("no room");
        (await log.GetHeadAsync(thread.Key))!.Version.ShouldBe(2);
        writer.Execute("PRAGMA max_page_count = 1000000");
        (await log.AppendAsync(request)).ShouldBe(AppendResult.Appended(3));
    }

    [Fact]
    public async Task Append_ToAFileThatMayNotBeWritten_ReportsIt()
    {
        _onOpen = connection => connection.Execute("PRAGMA query_only = ON");
        await using var log = await OpenWithHookAsync();

        var error = await Should.ThrowAsync<StoreUnavailableException>(async () => await log.AppendAsync(Thread("a").Next()));

        error.OutcomeUnknown.ShouldBeFalse();
        error.Message.ShouldContain("cannot be written");
    }

    [Fact]
    public async Task Append_OfABodyThatSqliteCannotHold_IsTooLarge()
    {
        const int lengthLimit = 0;
        _onOpen = connection => connection.Limit(lengthLimit, 50_000);
        await using var log = await OpenWithHookAsync();
        var thread = Thread("a");

        await Should.ThrowAsync<StateTooLargeException>(async () => await log.AppendAsync(thread.Next(new() { Body = new byte[60_000] })));

        await thread.AppendAsync(log);
    }

    [Theory]
    [InlineData("missing/log.db")]
    [InlineData("../log.db/x")]
    public async Task Open_InADirectoryThatIsNotThere_ReportsIt(string path)
    {
        var error = await Should.ThrowAsync<StoreUnavailableException>(() => SqliteCommitLog.OpenAsync(Path.Combine(DatabasePath, "..", path)));

        error.Message.ShouldContain("directory");
    }

    [Fact]
    public async Task Open_InADirectoryThatMayNotBeWritten_ReportsIt()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only there not even root may write to /proc.");

        await Should.ThrowAsync<StoreUnavailableException>(() => SqliteCommitLog.OpenAsync("/proc/log.db"));
    }

    [Fact]
    public async Task Calls_OnAFileWithDamagedPages_ReportTheDamage()
    {
        var thread = Thread("a");
        await using (var log = await OpenAsync())
        {
            await thread.AppendManyAsync(log, 200);
        }

        var bytes = await File.ReadAllBytesAsync(DatabasePath);
        bytes.AsSpan(4096).Fill(0x55);
        await File.WriteAllBytesAsync(DatabasePath, bytes);

        await using var damaged = new SqliteCommitLog(new() { DataSource = DatabasePath });
        await Should.ThrowAsync<CorruptStateException>(async () => await damaged.ReadTailAsync(thread.Key));
        await Should.ThrowAsync<CorruptStateException>(async () => await damaged.AppendAsync(thread.Next()));
    }

    [Fact]
    public async Task Calls_OnAFileThatWasCutToNothingWhileItIsInUse_ReportTheDamageAtOnce()
    {
        var thread = Thread("a");
        await using var log = await OpenAsync();
        await thread.AppendManyAsync(log, 3);
        using (var file = new FileStream(DatabasePath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(0);
        }

        await Should.ThrowAsync<CorruptStateException>(async () => await log.ReadTailAsync(thread.Key));
        await Should.ThrowAsync<CorruptStateException>(async () => await log.AppendAsync(thread.Next()));
        (await Should.ThrowAsync<CorruptStateException>(() => OpenAsync())).Message.ShouldContain("-wal");
        File.Exists(DatabasePath + "-wal").ShouldBeTrue();
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public async Task Calls_OnAFileThatWasCut_ReportTheDamage(double kept)
    {
        var thread = Thread("a");
        await using (var log = await OpenAsync())
        {
            await thread.AppendManyAsync(log, 200);
        }

        using (var file = new FileStream(DatabasePath, FileMode.Open, FileAccess.Write))
        {
            file.SetLength((long)(file.Length * kept));
        }

        await using var damaged = new SqliteCommitLog(new() { DataSource = DatabasePath });
        await Should.ThrowAsync<CorruptStateException>(async () => await damaged.ReadAsync(thread.Key).CountAsync());
    }

    [Theory]
    [InlineData("DROP TABLE entries")]
    [InlineData("DROP TABLE versions")]
    [InlineData("DROP TABLE threads")]
    [InlineData("DROP INDEX threads_by_id")]
    [InlineData("ALTER TABLE threads RENAME COLUMN chain TO link")]
    public async Task Calls_OnAFileWithoutATable_ReportTheDamage(string damage)
    {
        var thread = Thread("a");
        await using (var log = await OpenAsync())
        {
            await thread.AppendManyAsync(log, 3);
        }

        using (var raw = OpenRaw())
        {
            raw.Execute(damage);
        }

        await using var damaged = new SqliteCommitLog(new() { DataSource = DatabasePath });
        await Should.ThrowAsync<CorruptStateException>(async () =>
        {
            await damaged.ReadTailAsync(thread.Key);
            await damaged.GetHeadAsync(ThreadKey.Of("missing"));
        });
        (await Should.ThrowAsync<CorruptStateException>(async () => await damaged.AppendAsync(thread.Next()))).Message.ShouldContain("does not have the tables");
    }

    [Fact]
    public async Task Warnings_OfAWholeFile_AreOfItsDurability()
    {
        await using var full = await SqliteCommitLog.OpenAsync(DatabasePath);
        await using var normal = await OpenAsync();
        await Thread("a").AppendManyAsync(full, 3);

        (await full.GetWarningsAsync()).ShouldBeEmpty();
        (await normal.GetWarningsAsync()).Single().ShouldContain("Normal");
    }

    [Fact]
    public async Task Warnings_OfAFileWithADamagedIndex_ReportTheDamage()
    {
        await using (var log = await OpenAsync())
        {
            await Thread("a").AppendManyAsync(log, 3);
        }

        var bits = new DatabaseBits(DatabasePath);
        bits.WriteFlipped(DatabasePath, bits.CellsOf("threads_by_key").Last());

        await using var damaged = await OpenAsync();
        (await Should.ThrowAsync<CorruptStateException>(() => damaged.GetWarningsAsync())).Message.ShouldContain("threads_by_key");
    }

    [Theory]
    [InlineData("UPDATE entries SET thread = 'text', owner = 1, place = sequence + 1, mark = mark + 1 WHERE sequence = 6")]
    [InlineData("UPDATE entries SET thread = 1, owner = 77, place = sequence + 1, mark = mark + 1 WHERE sequence = 6")]
    public async Task ReadTail_WhereTheNewestEntrySeemsToBeOfAnotherThread_NeverGivesAnOlderVersion(string damage)
    {
        await using var log = await OpenAsync();
        await Thread("a").AppendManyAsync(log, 3);
        var thread = Thread("b");
        await thread.AppendManyAsync(log, 3);
        using (var raw = new RawDatabase(DatabasePath))
        {
            raw.Execute(damage);
        }

        await using var another = await OpenAsync();

        await Should.ThrowAsync<CorruptStateException>(async () => await another.ReadTailAsync(thread.Key));
        await Should.ThrowAsync<CorruptStateException>(async () => await another.GetHeadAsync(thread.Key));
    }

    [Theory]
    [InlineData("DELETE FROM entries WHERE version = 3", 3)]
    [InlineData("DELETE FROM entries WHERE version = 5", 5)]
    [InlineData("DELETE FROM entries", 2)]
    [InlineData("UPDATE entries SET hash = x'00' WHERE version = 4", 4)]
    [InlineData("UPDATE entries SET commit_id = x'00' WHERE version = 4", 4)]
    [InlineData("UPDATE entries SET chain = x'00' WHERE version = 5", 5)]
    [InlineData("UPDATE threads SET chain = x'00'", 0)]
    [InlineData("UPDATE threads SET status = 'sleeping'", 0)]
    [InlineData("UPDATE threads SET metadata = '{\"a\":'", 0)]
    public async Task ReadTail_OfADamagedThread_SaysWhereAndCanStillBeErased(string damage, long version)
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        await thread.AppendManyAsync(log, 4, keyframes: [2]);
        // A change of the status is written into the head at once, so that the head knows how long the thread is.
        await thread.AppendAsync(log, new() { Head = head => head with { Status = ThreadStatus.WaitingForApproval } });
        using (var raw = OpenRaw())
        {
            raw.Execute(damage);
        }

        var error = await Should.ThrowAsync<CorruptStateException>(async () => await log.ReadTailAsync(thread.Key));

        error.Key.ShouldBe(thread.Key);
        error.Version.ShouldBe(version);
        (await log.EraseAsync(thread.Key)).ShouldBeTrue();
        (await log.ReadTailAsync(thread.Key)).ShouldBeNull();
    }

    [Theory]
    [InlineData("DELETE FROM entries WHERE version = 100", 100)]
    [InlineData("DELETE FROM versions WHERE version = 100", 100)]
    [InlineData("UPDATE versions SET sequence = 1 WHERE version = 100", 100)]
    [InlineData("DELETE FROM versions", 90)]
    [InlineData("DELETE FROM entries", 90)]
    public async Task ReadTail_OfADamagedThreadThatIsSettled_SaysWhereAndAllOfItCanStillBeErased(string damage, long version)
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        await thread.AppendManyAsync(log, 200, keyframes: [90]);
        using var raw = OpenRaw();
        raw.Execute(damage);

        var error = await Should.ThrowAsync<CorruptStateException>(async () => await log.ReadTailAsync(thread.Key));

        error.Version.ShouldBe(version);
        (await log.EraseAsync(thread.Key)).ShouldBeTrue();
        raw.Scalar("SELECT (SELECT count(*) FROM entries) + (SELECT count(*) FROM versions) + (SELECT count(*) FROM threads)").ShouldBe(0L);
    }

    [Fact]
    public async Task Maintenance_OfAThreadWhoseVersionsLeadToAnothersEntry_LeavesThatAlone()
    {
        await using var log = await OpenAsync();
        var (thread, other) = (Thread("a"), Thread("b"));
        for (var i = 0; i < 100; i++)
        {
            await thread.AppendAsync(log, new() { IsKeyframe = i == 90 });
            await other.AppendAsync(log);
        }

        using (var raw = OpenRaw())
        {
            raw.Execute("UPDATE versions SET sequence = (SELECT sequence FROM versions WHERE thread = 2 AND version = 5) WHERE thread = 1 AND version = 5");
        }

        var error = await Should.ThrowAsync<CorruptStateException>(async () => await log.RewriteAsync(thread.Key, new Dictionary<long, ReadOnlyMemory<byte>> { [5] = "{}"u8.ToArray() }));
        error.Version.ShouldBe(5);
        (await log.EraseAsync(thread.Key)).ShouldBeTrue();

        (await log.ReadAsync(other.Key).Select(entry => (entry.CommitId, entry.RewrittenHash)).ToListAsync()).ShouldBe(other.Entries.Select(entry => (entry.CommitId, (Digest?)null)));
        using var after = OpenRaw();
        after.Scalar("SELECT count(*) FROM entries").ShouldBe(100L);
    }

    [Fact]
    public async Task Append_ToAThreadWithEntriesBeyondItsHead_OverwritesNone()
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        await thread.AppendAsync(log);
        var second = thread.Next();
        await thread.AppendManyAsync(log, RecentEntry.Span - 1);
        using (var raw = OpenRaw())
        {
            var hash = thread.Entries[0].BodyHash;
            raw.Execute($"UPDATE threads SET version = 1, chain = x'{hash}', messages = 0, updated = 0, mark = {RowGuards.Mark(1, 0, hash, 0, 0)}");
        }

        var error = await Should.ThrowAsync<CorruptStateException>(async () => await log.AppendAsync(second));

        error.Version.ShouldBe(2);
    }

    private Task<SqliteCommitLog> OpenWithHookAsync()
        => SqliteCommitLog.OpenAsync(new SqliteLogOptions { DataSource = DatabasePath, Opened = connection => _onOpen(connection) });
}

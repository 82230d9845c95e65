using System.Text;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast.Sqlite.Tests;

/// <summary>What people see who open the file with the <c>sqlite3</c> shell.</summary>
public sealed class StoredFormTests : SqliteLogTest
{
    [Theory]
    [InlineData("{\"text\":\"Grüße 🌿\"}", "text")]
    [InlineData("[1]", "blob")]
    [InlineData("", "blob")]
    public async Task Body_IsTextIfItIsPlain(string body, string type)
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        var bytes = Encoding.UTF8.GetBytes(body);

        await thread.AppendAsync(log, new() { Body = bytes });

        using var raw = OpenRaw();
        raw.Scalar("SELECT typeof(body) FROM entries").ShouldBe(type);
        raw.Scalar("SELECT CAST(body AS BLOB) FROM entries").ShouldBe(bytes);
        (await log.ReadTailAsync(thread.Key))!.Entries[0].Body.ToArray().ShouldBe(bytes);
    }

    [Fact]
    public async Task Head_IsReadable()
    {
        await using var log = await OpenAsync();
        await Thread("a").AppendAsync(log, new() { Head = head => head with { UserId = "ann", Status = ThreadStatus.WaitingForApproval, Metadata = Metadata("channel", "web") } });

        using var raw = OpenRaw();
        raw.Scalar("SELECT user || ' ' || status || ' ' || (metadata ->> 'channel') FROM threads").ShouldBe("ann waiting_for_approval web");
    }

    [Fact]
    public async Task Append_ThatLeavesTheMetadataAsItIs_WritesNoMetadata()
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        await thread.AppendAsync(log, new() { Head = head => head with { Metadata = Metadata("channel", "web") } });
        using (var raw = OpenRaw())
        {
            raw.Execute(
                """
                CREATE TRIGGER no_insert BEFORE INSERT ON terms BEGIN SELECT RAISE(ABORT, 'insert'); END;
                CREATE TRIGGER no_delete BEFORE DELETE ON terms BEGIN SELECT RAISE(ABORT, 'delete'); END;
                CREATE TRIGGER no_update BEFORE UPDATE OF
                    life, user, agent, status, metadata, terms, due, created, expires, deleted, guard, first_version, properties, revision, heartbeat, pins, lowest_pin, upkeep
                    ON threads BEGIN SELECT RAISE(ABORT, 'update'); END;
                """);
        }

        await thread.AppendAsync(log);

        await Should.ThrowAsync<CorruptStateException>(() => thread.AppendAsync(log, new() { Head = head => head with { Metadata = Metadata("channel", "mail") } }));
    }

    [Fact]
    public async Task Append_ThatChangesMetadata_KeepsTheTermsInStep()
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        await thread.AppendAsync(log, new() { Head = head => head with { Metadata = Metadata("channel", "web") } });
        await thread.AppendAsync(log, new() { Head = head => head with { Metadata = Metadata("channel", "mail") } });

        (await FindAsync(log, "web")).ShouldBeEmpty();
        (await FindAsync(log, "mail")).Count.ShouldBe(1);
        await log.EraseAsync(thread.Key);
        using var raw = OpenRaw();
        raw.Scalar("SELECT count(*) FROM terms").ShouldBe(0L);
        raw.Scalar("SELECT count(*) FROM entries").ShouldBe(0L);
    }

    [Fact]
    public async Task Append_ThatKeepsDueTimeTermsAndExpiry_WritesTheEntryAlone()
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        var due = new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);
        await thread.AppendAsync(log, new() { Head = head => head with { DueAt = due, ExpiresAt = due, Terms = ["label:x", "open"], Properties = new Dictionary<string, string> { ["a"] = "b" } } });
        using var raw = OpenRaw();
        raw.Execute(
            """
            CREATE TRIGGER no_terms BEFORE INSERT ON terms BEGIN SELECT RAISE(ABORT, 'insert'); END;
            CREATE TRIGGER no_update BEFORE UPDATE ON threads BEGIN SELECT RAISE(ABORT, 'update'); END;
            """);

        await thread.AppendManyAsync(log, 10);

        raw.Scalar("SELECT group_concat(name || '=' || term, ' ') FROM terms").ShouldBe("=label:x =open");
        var head = await log.GetHeadAsync(thread.Key);
        (head!.Version, head.DueAt, head.ExpiresAt, string.Join(' ', head.Terms), head.Properties["a"]).ShouldBe((11, due, due, "label:x open", "b"));
    }

    [Fact]
    public async Task Rename_WritesNoEntry()
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        await thread.AppendAsync(log, new() { Head = head => head with { Metadata = Metadata("channel", "web"), Terms = ["open"] } });
        await thread.AppendManyAsync(log, 200);
        using var raw = OpenRaw();
        raw.Execute(
            """
            CREATE TRIGGER no_entries BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries'); END;
            CREATE TRIGGER no_versions BEFORE UPDATE ON versions BEGIN SELECT RAISE(ABORT, 'versions'); END;
            """);

        (await log.EraseAsync(new EraseRequest { Key = thread.Key, KeepAsTrunk = true })).ShouldBeTrue();
        thread.AcceptTrunk();

        raw.Scalar("SELECT group_concat(space || ' ' || id || ' ' || number, ', ') FROM threads").ShouldBe($"5 {thread.Key.Id} 1");
        raw.Scalar("SELECT count(*) || ' ' || min(space) FROM terms").ShouldBe("2 5");
        (await log.ReadAsync(thread.Key).Select(entry => (entry.Key, entry.CommitId)).ToListAsync()).ShouldBe(thread.Entries.Select(entry => (entry.Key, entry.CommitId)));
    }

    [Fact]
    public async Task Pins_AreRowsBesideTheHead()
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        await thread.AppendManyAsync(log, 3);
        Pin[] pins = [PinOf("fork-1", 2), PinOf("fork-2", 1)];

        await log.UpdateHeadAsync(new() { Key = thread.Key, AddPins = pins });

        using var raw = OpenRaw();
        raw.Scalar("SELECT pins || ' ' || lowest_pin || ' ' || revision FROM threads").ShouldBe("2 1 1");
        raw.Scalar("SELECT group_concat(pin, ' ') FROM (SELECT pin FROM pins ORDER BY pin)").ShouldBe("""["threads","","fork-1",2,3] ["threads","","fork-2",1,3]""");
        (await log.GetHeadAsync(new HeadRequest { Key = thread.Key, WithPins = true }))!.Pins!.OrderBy(pin => pin.From).ShouldBe(pins.OrderBy(pin => pin.From));
        await log.EraseAsync(thread.Key);
        raw.Scalar("SELECT count(*) FROM pins").ShouldBe(0L);
    }

    private static Pin PinOf(string fork, long from) => new() { Life = CommitId.New(TimeProvider.System), Key = ThreadKey.Of(fork), From = from, To = 3 };

    private static Dictionary<string, JsonElement> Metadata(string key, string value) => new() { [key] = JsonSerializer.SerializeToElement(value) };

    private static async Task<IReadOnlyList<ThreadHead>> FindAsync(SqliteCommitLog log, string channel)
        => (await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default, Filter = new ThreadQuery().WithMetadata("channel", channel) })).Heads;
}

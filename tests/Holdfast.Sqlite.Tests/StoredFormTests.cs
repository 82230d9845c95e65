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

    private static Dictionary<string, JsonElement> Metadata(string key, string value) => new() { [key] = JsonSerializer.SerializeToElement(value) };

    private static async Task<IReadOnlyList<ThreadHead>> FindAsync(SqliteCommitLog log, string channel)
        => (await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default, Filter = new ThreadQuery().WithMetadata("channel", channel) })).Heads;
}

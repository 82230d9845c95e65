using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.Sqlite.Tests;

/// <summary>A whole file as version 1 of the schema has it, as the SQL that makes it: every later version must read it and write into it.</summary>
public sealed class FormatStoreTests : SqliteLogTest
{
    private static readonly ThreadKey Chat = ThreadKey.Of("acme", "user-42/chat-7");
    private static readonly ThreadKey Kept = ThreadKey.Of("", "Köln");
    private static readonly ThreadKey User = ThreadKey.Of(ThreadSpace.Users, "acme", "ann");
    private static readonly ThreadKey Fork = ThreadKey.Of("acme", "fork");
    private static readonly ThreadKey Filler = ThreadKey.Of("", "long");

    private int _ids;

    private static string Fixture { get; } = Path.Combine("Fixtures", "store-1.sql");

    private static string Stored => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, Fixture)).ReplaceLineEndings("\n");

    [Fact]
    public async Task AStoreOfVersion1_IsReadAndWritten()
    {
        var expected = await WriteStoreAsync(DatabasePath + ".anew");
        using (var raw = OpenRaw())
        {
            raw.Execute(Stored);
        }

        await using (var log = await OpenAsync(SqliteSchemaMode.Assert))
        {
            await ShouldHoldAsync(log, expected);
            foreach (var thread in expected)
            {
                await AppendAsync(log, thread, """{"v":1,"later":true}""");
                await UpdateAsync(log, thread, new() { Key = thread.Key, Beats = true, Properties = new Dictionary<string, string?> { ["later"] = "yes" } });
            }

            await ShouldHoldAsync(log, expected);
        }

        await using var again = await OpenAsync();
        await ShouldHoldAsync(again, expected);
        (await again.GetWarningsAsync()).Single().ShouldContain("Normal");
    }

    [Fact]
    public async Task AStore_IsWrittenAsVersion1HasIt()
    {
        await WriteStoreAsync(DatabasePath);

        DatabaseText.Of(DatabasePath).ShouldBe(Stored);
    }

    [Fact(Explicit = true)]
    public async Task WriteTheFixture()
    {
        await WriteStoreAsync(DatabasePath);

        File.WriteAllText(Path.Combine(Path.GetDirectoryName(SourcePath())!, Fixture), DatabaseText.Of(DatabasePath));
    }

    private static async Task ShouldHoldAsync(SqliteCommitLog log, List<ThreadWriter> expected)
    {
        foreach (var thread in expected)
        {
            HeadText.Of(await log.GetHeadAsync(new HeadRequest { Key = thread.Key, WithPins = true })).ShouldBe(HeadText.Of(thread.Head! with { Pins = thread.Pins }));
            var entries = await log.ReadAsync(thread.Key).ToListAsync();
            entries.Select(entry => entry with { Body = default }).ShouldBe(thread.Entries.Select(entry => entry with { Body = default }));
            entries.Select(entry => Convert.ToHexString(entry.Body.Span)).ShouldBe(thread.Entries.Select(entry => Convert.ToHexString(entry.Body.Span)));
            var tail = (await log.ReadTailAsync(thread.Key, minimumEntries: 5))!;
            tail.Entries[^1].CommitId.ShouldBe(thread.Entries[^1].CommitId);
        }

        foreach (var space in ThreadSpaceNames.All)
        {
            var listed = await log.ListAsync(new() { Space = space, Tenant = null, AsOf = default, Filter = new() { Deleted = DeletedFilter.Include } });
            listed.Heads.Select(HeadText.Of).ShouldBe(expected.Where(thread => thread.Key.Space == space).Select(thread => HeadText.Of(thread.Head)), ignoreOrder: true);
        }

        var due = new HeadQuery { Space = ThreadSpace.Threads, Tenant = null, AsOf = default, DueBefore = DateTimeOffset.MaxValue, Terms = ["label:a"], Filter = new ThreadQuery { Deleted = DeletedFilter.Include }.WithMetadata("team", "red") };
        (await log.ListAsync(due)).Heads.Select(head => head.Key).ShouldBe([Chat]);
    }

    private async Task<List<ThreadWriter>> WriteStoreAsync(string path)
    {
        _ids = 0;
        await using var log = await SqliteCommitLog.OpenAsync(new SqliteLogOptions { DataSource = path, Durability = SqliteDurability.Normal });
        var at = new DateTimeOffset(2026, 11, 21, 8, 0, 0, 123, TimeSpan.Zero);
        var metadata = new Dictionary<string, JsonElement> { ["team"] = JsonElement.Parse("\"red\""), ["n"] = JsonElement.Parse("1.0"), ["more"] = JsonElement.Parse("[1, 2]") };
        var chat = new ThreadWriter(Chat);
        for (var i = 1; i <= 6; i++)
        {
            await AppendAsync(log, chat, $$"""{"v":1,"turn":{{i}}}""", isKeyframe: i is 3 or 5, head => head with { UserId = "änn", Agent = "Billing", Metadata = metadata });
        }

        // Those of the chat are settled by the end of these.
        var filler = new ThreadWriter(Filler);
        for (var i = 1; i <= 62; i++)
        {
            await AppendAsync(log, filler, "{}", isKeyframe: i % 20 == 0);
        }

        var replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [4] = "{\"v\":1,\"redacted\":true}"u8.ToArray() };
        (await log.RewriteAsync(Chat, replacements, dropBelow: 3)).ShouldBeTrue();
        chat.AcceptRewrite(replacements, 3);
        await UpdateAsync(log, chat, new()
        {
            Key = Chat,
            Expiry = new(at.AddYears(100)),
            Properties = new Dictionary<string, string?> { ["archived-to"] = "cold", ["note"] = "a\nb" },
            AddPins = [new() { Life = NextId(), Key = Fork, From = 3, To = 5 }, new() { Life = NextId(), Key = User, From = 4, To = 4 }],
        });
        await AppendAsync(log, chat, "opaque\n\0", head: head => head with { Status = ThreadStatus.Sleeping, DueAt = at.AddDays(1), Terms = ["interrupt", "label:a"] });
        await AppendAsync(log, chat, """{"v":1,"state":{}}""", isKeyframe: true);
        await UpdateAsync(log, chat, new() { Key = Chat, RemovePins = [chat.Pins[1].Life], Properties = new Dictionary<string, string?> { ["note"] = null }, Beats = true });
        await UpdateAsync(log, chat, new() { Key = Chat, Beats = true });
        await AppendAsync(log, chat, """{"v":1,"turn":9}""", head: head => head with { DeletedAt = at.AddHours(1) });

        var trunk = new ThreadWriter(Kept);
        await AppendAsync(log, trunk, """{"v":1,"turn":1}""", head: head => head with { Properties = new Dictionary<string, string> { ["incomplete"] = "1" } });
        await AppendAsync(log, trunk, """{"v":1,"turn":2}""", isKeyframe: true);
        (await log.EraseAsync(new EraseRequest { Key = Kept, KeepAsTrunk = true })).ShouldBeTrue();
        trunk.AcceptTrunk();
        await UpdateAsync(log, trunk, new() { Key = trunk.Key, AddPins = [new() { Life = NextId(), Key = Fork, From = 1, To = 2 }] });
        var next = new ThreadWriter(Kept);
        await AppendAsync(log, next, """{"v":1,"turn":1}""");

        var user = new ThreadWriter(User);
        await AppendAsync(log, user, """{"v":1,"set":{"name":"Ann"}}""");

        var fork = new ThreadWriter(Fork);
        await fork.AppendAsync(log, new()
        {
            Body = """{"v":1,"state":{}}"""u8.ToArray(),
            IsKeyframe = true,
            CommitId = NextId(),
            FirstVersion = 6,
            After = chat.Entries[0].BodyHash,
            Life = CommitId.Parse("01990000-0000-7000-8000-00000000ffff"),
        });
        await fork.AppendAsync(log, new() { Body = "{}"u8.ToArray(), BodyHash = Digest.Compute("what it was"u8), CommitId = NextId() });
        return [chat, filler, trunk, next, user, fork];
    }

    private async Task AppendAsync(SqliteCommitLog log, ThreadWriter thread, string body, bool isKeyframe = false, Func<ThreadHead, ThreadHead>? head = null)
        => await thread.AppendAsync(log, new() { Body = Encoding.UTF8.GetBytes(body), IsKeyframe = isKeyframe, CommitId = NextId(), KeepExpiry = true, Head = head ?? (same => same) });

    private static async Task UpdateAsync(SqliteCommitLog log, ThreadWriter thread, HeadUpdate update)
    {
        thread.AcceptUpdate(update);
        HeadText.Of(await log.UpdateHeadAsync(update)).ShouldBe(HeadText.Of(thread.Head));
    }

    private CommitId NextId() => CommitId.Parse($"01990000-0000-7000-8000-{++_ids:D12}");

    private static string SourcePath([CallerFilePath] string path = "") => path;
}

using System.Runtime.CompilerServices;
using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Testing.Shared;

namespace Holdfast.Sqlite.Tests;

/// <summary>A whole file as version 1 of the schema has it, as the SQL that makes it: every later version must read it and write into it.</summary>
public sealed class FormatStoreTests : SqliteLogTest
{
    private static readonly ThreadKey Filler = ThreadKey.Of("", "long");

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
                await thread.AppendAsync(log, new() { Body = """{"v":1,"later":true}"""u8.ToArray(), KeepExpiry = true });
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

    private static async Task ShouldHoldAsync(SqliteCommitLog log, IReadOnlyList<ThreadWriter> expected)
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
        (await log.ListAsync(due)).Heads.Select(head => head.Key).ShouldBe([SampleStore.Chat]);
    }

    private static async Task<IReadOnlyList<ThreadWriter>> WriteStoreAsync(string path)
    {
        await using var log = await SqliteCommitLog.OpenAsync(new SqliteLogOptions { DataSource = path, Durability = SqliteDurability.Normal });
        var store = new SampleStore(log);
        var chat = await store.WriteChatAsync(new() { ["team"] = JsonElement.Parse("\"red\""), ["n"] = JsonElement.Parse("1.0"), ["more"] = JsonElement.Parse("[1, 2]") });

        // The rows of the chat are settled by the end of these.
        var filler = store.Begin(Filler);
        for (var i = 1; i <= 62; i++)
        {
            await store.AppendAsync(filler, "{}", isKeyframe: i % 20 == 0);
        }

        await store.WriteTheRestAsync(chat);
        return store.Threads;
    }

    private static async Task UpdateAsync(SqliteCommitLog log, ThreadWriter thread, HeadUpdate update)
    {
        thread.AcceptUpdate(update);
        HeadText.Of(await log.UpdateHeadAsync(update)).ShouldBe(HeadText.Of(thread.Head));
    }

    private static string SourcePath([CallerFilePath] string path = "") => path;
}

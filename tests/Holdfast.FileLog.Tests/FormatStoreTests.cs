using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

/// <summary>A whole directory as format 1 has it: every later version must read it and write into it.</summary>
public sealed class FormatStoreTests : FileLogTest
{
    private static readonly ThreadKey Chat = ThreadKey.Of("acme", "user-42/chat-7");
    private static readonly ThreadKey Kept = ThreadKey.Of("", "Köln");
    private static readonly ThreadKey User = ThreadKey.Of(ThreadSpace.Users, "acme", "ann");
    private static readonly ThreadKey Fork = ThreadKey.Of("acme", "fork");

    private static string Fixture { get; } = Path.Combine(AppContext.BaseDirectory, "Fixtures", "store-1");

    [Fact]
    public async Task AStoreOfFormat1_IsReadAndWritten()
    {
        CopyTo(Fixture, Root);
        List<ThreadWriter> expected;
        await using (var log = Open(options => options.Directory = Path.Combine(Root, "anew")))
        {
            expected = await WriteStoreAsync(log);
        }

        Directory.Delete(Path.Combine(Root, "anew"), recursive: true);
        await using (var log = Open())
        {
            await ShouldHoldAsync(log, expected);
            foreach (var thread in expected)
            {
                await thread.AppendAsync(log, new() { KeepExpiry = true, IsKeyframe = thread.Key == Fork });
            }

            await ShouldHoldAsync(log, expected);
        }

        await using var again = Open();
        await ShouldHoldAsync(again, expected);
        Quarantined().ShouldBeEmpty();
    }

    [Fact(Explicit = true)]
    public async Task WriteTheFixture()
    {
        var directory = Path.Combine(Path.GetDirectoryName(SourcePath())!, "Fixtures", "store-1");
        await using (var log = Open())
        {
            await WriteStoreAsync(log);
            await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = null, AsOf = default });
            await log.ListAsync(new() { Space = ThreadSpace.Trunks, Tenant = null, AsOf = default });
        }

        CopyTo(Root, directory);
    }

    private static async Task ShouldHoldAsync(FileCommitLog log, List<ThreadWriter> expected)
    {
        foreach (var thread in expected)
        {
            await FileLogTest.ShouldHoldAsync(log, thread);
            await ShouldHaveHeadAsync(log, thread);
            (await ReadAllAsync(log, thread.Key)).Select(entry => entry with { Body = default })
                .ShouldBe(thread.Entries.Select(entry => entry with { Body = default }));
        }

        foreach (var space in ThreadSpaceNames.All)
        {
            (await log.ListAsync(new() { Space = space, Tenant = null, AsOf = default, Filter = new() { Deleted = DeletedFilter.Include } })).Heads.Select(head => (head.Key, head.Stamp, head.DueAt, head.PinCount, head.FirstVersion))
                .ShouldBe(
                    expected.Where(thread => thread.Key.Space == space).Select(thread => thread.Head!).Select(head => (head.Key, head.Stamp, head.DueAt, head.PinCount, head.FirstVersion)),
                    ignoreOrder: true);
        }
    }

    private static async Task<List<ThreadWriter>> WriteStoreAsync(FileCommitLog log)
    {
        var (ids, at) = (0, new DateTimeOffset(2026, 11, 21, 8, 0, 0, 123, TimeSpan.Zero));
        CommitId NextId() => CommitId.Parse($"01990000-0000-7000-8000-{++ids:D12}");
        async Task AppendAsync(ThreadWriter thread, string body, bool isKeyframe = false, Func<ThreadHead, ThreadHead>? head = null)
            => await thread.AppendAsync(log, new() { Body = Encoding.UTF8.GetBytes(body), IsKeyframe = isKeyframe, CommitId = NextId(), KeepExpiry = true, Head = head ?? (h => h) });
        async Task UpdateAsync(ThreadWriter thread, HeadUpdate update)
        {
            thread.AcceptUpdate(update);
            (await log.UpdateHeadAsync(update)).ShouldNotBeNull();
        }

        var metadata = new Dictionary<string, JsonElement> { ["team"] = JsonElement.Parse("\"red\""), ["n"] = JsonElement.Parse("1.0") };
        var chat = new ThreadWriter(Chat);
        for (var i = 1; i <= 6; i++)
        {
            await AppendAsync(chat, $$"""{"v":1,"turn":{{i}}}""", isKeyframe: i is 3 or 5, head => head with { UserId = "änn", Agent = "Billing", Metadata = metadata });
        }

        var replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [4] = "{\"v\":1,\"redacted\":true}"u8.ToArray() };
        (await log.RewriteAsync(Chat, replacements, dropBelow: 3)).ShouldBeTrue();
        chat.AcceptRewrite(replacements, 3);
        await UpdateAsync(chat, new()
        {
            Key = Chat,
            Expiry = new(at.AddYears(100)),
            Properties = new Dictionary<string, string?> { ["archived-to"] = "cold", ["note"] = "a\nb" },
            AddPins = [new() { Life = NextId(), Key = Fork, From = 3, To = 5 }, new() { Life = NextId(), Key = User, From = 4, To = 4 }],
        });
        await AppendAsync(chat, "opaque\n\0", head: head => head with { Status = ThreadStatus.Sleeping, DueAt = at.AddDays(1), Terms = ["interrupt", "label:a"] });
        await AppendAsync(chat, """{"v":1,"state":{}}""", isKeyframe: true);
        await UpdateAsync(chat, new() { Key = Chat, RemovePins = [chat.Pins[1].Life], Properties = new Dictionary<string, string?> { ["note"] = null }, Beats = true });
        await UpdateAsync(chat, new() { Key = Chat, Beats = true });
        await AppendAsync(chat, """{"v":1,"turn":9}""", head: head => head with { DeletedAt = at.AddHours(1) });

        var trunk = new ThreadWriter(Kept);
        await AppendAsync(trunk, """{"v":1,"turn":1}""", head: head => head with { Properties = new Dictionary<string, string> { ["incomplete"] = "1" } });
        await AppendAsync(trunk, """{"v":1,"turn":2}""", isKeyframe: true);
        (await log.EraseAsync(new EraseRequest { Key = Kept, KeepAsTrunk = true })).ShouldBeTrue();
        trunk.AcceptTrunk();
        await UpdateAsync(trunk, new() { Key = trunk.Key, AddPins = [new() { Life = NextId(), Key = Fork, From = 1, To = 2 }] });
        var next = new ThreadWriter(Kept);
        await AppendAsync(next, """{"v":1,"turn":1}""");

        var user = new ThreadWriter(User);
        await AppendAsync(user, """{"v":1,"set":{"name":"Ann"}}""");

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
        return [chat, trunk, next, user, fork];
    }

    private static void CopyTo(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != FileNames.Lock))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }

    private static string SourcePath([CallerFilePath] string path = "") => path;
}

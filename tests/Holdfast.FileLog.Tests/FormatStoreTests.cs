using System.Runtime.CompilerServices;
using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Testing.Shared;

namespace Holdfast.FileLog.Tests;

/// <summary>A whole directory as format 1 has it: every later version must read it and write into it.</summary>
public sealed class FormatStoreTests : FileLogTest
{
    private static string Fixture { get; } = Path.Combine(AppContext.BaseDirectory, "Fixtures", "store-1");

    [Fact]
    public async Task AStoreOfFormat1_IsReadAndWritten()
    {
        CopyTo(Fixture, Root);
        IReadOnlyList<ThreadWriter> expected;
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
                await thread.AppendAsync(log, new() { KeepExpiry = true, IsKeyframe = thread.Key == SampleStore.Fork });
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

    private static async Task ShouldHoldAsync(FileCommitLog log, IReadOnlyList<ThreadWriter> expected)
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

    private static async Task<IReadOnlyList<ThreadWriter>> WriteStoreAsync(FileCommitLog log)
    {
        var store = new SampleStore(log);
        await store.WriteTheRestAsync(await store.WriteChatAsync(new() { ["team"] = JsonElement.Parse("\"red\""), ["n"] = JsonElement.Parse("1.0") }));
        return store.Threads;
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

using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

public sealed class IndexTests : FileLogTest
{
    private const int Threads = 120;

    [Fact]
    public async Task Listing_OfThreadsThatDidNotChange_ReadsNoFile()
    {
        await WriteThreadsAsync();
        Age();
        await using (var first = Open())
        {
            (await ListAsync(first)).Count.ShouldBe(Threads);
            first.BytesRead.ShouldBeGreaterThan(Threads * 100);
            var before = first.BytesRead;
            (await ListAsync(first)).Count.ShouldBe(Threads);
            first.BytesRead.ShouldBe(before);
        }

        await using var restarted = Open();
        (await ListAsync(restarted)).Count.ShouldBe(Threads);
        restarted.BytesRead.ShouldBe(0);
    }

    [Fact]
    public async Task Listing_AfterAChangeByAnotherProcess_ReadsThatFilesTailOnly()
    {
        var threads = await WriteThreadsAsync();
        Age();
        await using var log = Open();
        await ListAsync(log);
        await using (var other = Open())
        {
            await threads[7].AppendAsync(other, new() { Head = head => head with { Agent = "new" } });
            await other.EraseAsync(threads[8].Key);
            await other.SetExpiryAsync(threads[9].Key, new(2190, 1, 1, 0, 0, 0, TimeSpan.Zero));
        }

        var before = log.BytesRead;
        var heads = await ListAsync(log);

        heads[threads[7].Key].Agent.ShouldBe("new");
        heads.ShouldNotContainKey(threads[8].Key);
        heads[threads[9].Key].ExpiresAt.ShouldBe(new(2190, 1, 1, 0, 0, 0, TimeSpan.Zero));
        heads.Count.ShouldBe(Threads - 1);
        (log.BytesRead - before).ShouldBeLessThan(10_000);
    }

    [Fact]
    public async Task Listing_AfterAThreadWasErasedAndBegunAnew_HasTheNewOneAlsoWithTheSameLengthAndTime()
    {
        var thread = await WriteAsync(1);
        await using var log = Open();
        var old = (await ListAsync(log))[Key];
        var (length, time) = (new FileInfo(PathOf(Key)).Length, File.GetLastWriteTimeUtc(PathOf(Key)));
        await using (var other = Open())
        {
            await other.EraseAsync(Key);
            await WriteAsync(1);
        }

        File.SetLastWriteTimeUtc(PathOf(Key), time);
        new FileInfo(PathOf(Key)).Length.ShouldBe(length);

        var anew = (await ListAsync(log))[Key];

        anew.ChainHash.ShouldNotBe(old.ChainHash);
        anew.ChainHash.ShouldBe((await log.GetHeadAsync(thread.Key))!.ChainHash);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{\"holdfast\":1,\"files\":[]")]
    [InlineData("not an index")]
    [InlineData("{\"holdfast\":1,\"files\":[{\"file\":\"x.jsonl\"}],\"crc\":\"00000000\"}\n")]
    public async Task IndexFiles_DeletedOrDamaged_LoseNothing(string? content)
    {
        await WriteThreadsAsync();
        Dictionary<ThreadKey, ThreadHead> expected;
        await using (var log = Open())
        {
            expected = await ListAsync(log);
        }

        var indexes = Indexes();
        indexes.ShouldNotBeEmpty();
        foreach (var index in indexes)
        {
            File.Delete(index);
            if (content is not null)
            {
                File.WriteAllText(index, content);
            }
        }

        await using var anew = Open();
        var found = await ListAsync(anew);
        found.Keys.ShouldBe(expected.Keys, ignoreOrder: true);
        found.Values.ShouldAllBe(head => head.ChainHash == expected[head.Key].ChainHash && head.UserId == expected[head.Key].UserId);
    }

    [Fact]
    public async Task IndexFiles_OfANewerFormat_AreLeftAlone()
    {
        await WriteAsync(2);
        var index = Path.Combine(Path.GetDirectoryName(PathOf(Key))!, FileNames.Index);
        using var buffer = new PooledBuffer();
        buffer.Append("{\"holdfast\":2,\"other\":[1,2]"u8);
        LineFormat.Seal(buffer, 0);
        await File.WriteAllBytesAsync(index, buffer.Written.ToArray(), TestContext.Current.CancellationToken);
        var before = File.ReadAllText(index);

        await using (var log = Open())
        {
            (await ListAsync(log)).Count.ShouldBe(1);
        }

        File.ReadAllText(index).ShouldBe(before);
    }

    [Fact]
    public async Task Erase_OfAThreadThatIsInAnIndexFile_LeavesNothingOfItThere()
    {
        await using (var writer = Open())
        {
            await new ThreadWriter(Key).AppendAsync(writer, new()
            {
                Head = head => head with { UserId = "secret-user", Metadata = new Dictionary<string, JsonElement> { ["title"] = JsonElement.Parse("\"secret title\"") } },
            });
            await ListAsync(writer);
        }

        Everything().ShouldContain("secret");
        await using (var log = Open())
        {
            await log.EraseAsync(Key);
            Everything().ShouldNotContain("secret");
        }

        Everything().ShouldNotContain("secret");
    }

    [Fact]
    public async Task Listing_WithACopyOfAThreadsFileBesideIt_HasTheThreadOnce()
    {
        await WriteAsync(2);
        File.Copy(PathOf(Key), Path.Combine(Path.GetDirectoryName(PathOf(Key))!, "backup.jsonl"));
        await using var log = Open();

        (await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = null, AsOf = default })).Heads.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Listings_OfTwoProcesses_DoNotDisturbEachOther()
    {
        var threads = await WriteThreadsAsync();
        await using var one = Open();
        await using var two = Open();
        var logs = new[] { one, two };

        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var i = worker; i < 60; i += 8)
            {
                await threads[i].AppendAsync(logs[i % 2]);
                (await ListAsync(logs[(i + worker) % 2]))[threads[i].Key].Version.ShouldBe(2);
            }
        })));

        foreach (var log in logs)
        {
            (await ListAsync(log)).Count(pair => pair.Value.Version == 2).ShouldBe(60);
        }
    }

    private async Task<List<ThreadWriter>> WriteThreadsAsync()
    {
        await using var log = Open(options => options.Fsync = FileFsync.Never);
        var threads = Enumerable.Range(0, Threads).Select(i => new ThreadWriter(ThreadKey.Of("acme", $"thread/{i}"))).ToList();
        foreach (var (i, thread) in threads.Index())
        {
            await thread.AppendAsync(log, DraftOf(200) with { Head = head => head with { UserId = $"user-{i}" } });
        }

        return threads;
    }

    // As if the files had been written long ago, so that their times can be trusted.
    private void Age()
    {
        foreach (var file in Directory.GetFiles(Root, "*.jsonl", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddMinutes(-1));
        }
    }

    private string[] Indexes() => Directory.GetFiles(Root, FileNames.Index, SearchOption.AllDirectories);

    private string Everything()
        => string.Concat(Directory.GetFiles(Root, "*", SearchOption.AllDirectories).Select(File.ReadAllText));

    private static async Task<Dictionary<ThreadKey, ThreadHead>> ListAsync(FileCommitLog log)
        => (await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "acme", AsOf = default, Filter = new() { PageSize = 1000 } })).Heads.ToDictionary(head => head.Key);
}

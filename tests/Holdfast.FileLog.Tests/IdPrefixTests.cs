using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

/// <summary>Listing the threads whose ids begin with a text, which are spread over all directories of their tenant.</summary>
public sealed class IdPrefixTests : FileLogTest
{
    private static readonly string[] Ids =
    [
        "user-4", "user-4/a", "user-42/chat-1", "user-42/chat-2", "user-42/chat-10", "user-421/x", "User-42/chat-1", "USER", "con", "con/x", "conx", "nul", "com1", "a%2fb", "a/b", "a~b",
        "ä", "ä/1", "äö", "🐙", "🐙/1", "日本/語",
        new('l', 300), new string('l', 300) + "/1", "lo" + new string('ö', 200), new('%', 150), new('%', 151),
    ];

    [Fact]
    public async Task Listing_ByPrefix_MeetsEveryThreadThatHasItOnce()
    {
        await using var log = Open(options => options.Fsync = FileFsync.Never);
        await WriteThreadsAsync(log);

        foreach (var prefix in Ids.SelectMany(Prefixes).Distinct())
        {
            foreach (var (order, pageSize) in ((ThreadOrder, int)[])[(ThreadOrder.Id, 2), (ThreadOrder.RecentlyUpdated, 3)])
            {
                var expected = Ids.Where(id => id.StartsWith(prefix, StringComparison.Ordinal)).ToList();
                (await ListAsync(log, new() { IdPrefix = prefix, Order = order, PageSize = pageSize })).ShouldBe(expected, ignoreOrder: true, prefix);
            }
        }
    }

    [Fact]
    public async Task Listing_ByPrefix_ReadsNoFileOfOtherThreads()
    {
        await using (var writer = Open(options => options.Fsync = FileFsync.Never))
        {
            await WriteThreadsAsync(writer);
        }

        await using var log = Open();
        (await ListAsync(log, new() { IdPrefix = "user-42/" })).Count.ShouldBe(3);
        log.BytesRead.ShouldBeLessThan(3 * 2_000);

        (await ListAsync(log, new() { PageSize = 1000 })).Count.ShouldBe(Ids.Length, "the others were left out of the index, not of the log");
        (await ListAsync(log, new() { IdPrefix = "user-42/" })).Count.ShouldBe(3);
    }

    [Fact]
    public async Task Listing_ByPrefix_SeesWhatOtherProcessesChanged()
    {
        await using var log = Open(options => options.Fsync = FileFsync.Never);
        await WriteThreadsAsync(log);
        await ListAsync(log, new() { PageSize = 1000 });
        await using (var other = Open())
        {
            await other.EraseAsync(ThreadKey.Of("acme", "user-42/chat-1"));
            await new ThreadWriter(ThreadKey.Of("acme", "user-42/new")).AppendAsync(other);
        }

        (await ListAsync(log, new() { IdPrefix = "user-42/" })).Order(StringComparer.Ordinal).ShouldBe(["user-42/chat-10", "user-42/chat-2", "user-42/new"]);
    }

    [Fact]
    public void NamesOfFiles_OfIdsWithAPrefix_MayBeginWithIt()
    {
        foreach (var id in Ids)
        {
            Prefixes(id).ShouldAllBe(prefix => FileNames.MayBegin(FileNames.OfThread(ThreadId.Parse(id)), prefix), id);
        }

        FileNames.MayBegin(FileNames.OfThread("user-42/chat"), "user-43").ShouldBeFalse();
        FileNames.MayBegin(FileNames.OfThread("con"), "cox").ShouldBeFalse();
        FileNames.MayBegin(FileNames.OfThread(new string('l', 300)), "lm").ShouldBeFalse();
    }

    private static IEnumerable<string> Prefixes(string id)
        => from length in Enumerable.Range(1, id.Length)
           where length < 20 || length > id.Length - 3 || length % 25 == 0
           where !char.IsHighSurrogate(id[length - 1])
           select id[..length];

    private static async Task WriteThreadsAsync(FileCommitLog log)
    {
        foreach (var id in Ids)
        {
            await new ThreadWriter(ThreadKey.Of("acme", id)).AppendAsync(log, DraftOf(300));
            await new ThreadWriter(ThreadKey.Of("other", id)).AppendAsync(log);
        }
    }

    private static async Task<List<string>> ListAsync(FileCommitLog log, ThreadQuery filter)
    {
        var found = new List<string>();
        string? continuation = null;
        do
        {
            var page = await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "acme", AsOf = default, Filter = filter with { Continuation = continuation } });
            found.AddRange(page.Heads.Select(head => head.Key.Id.Value));
            continuation = page.Continuation;
        }
        while (continuation is not null);
        return found;
    }
}

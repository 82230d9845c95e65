using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

/// <summary>The pages after the first are made from what the first one saw, and tell only what is so.</summary>
public sealed class PagingTests : FileLogTest
{
    private const int Threads = 60;

    private readonly FakeTimeProvider _clock = new();

    [Theory]
    [InlineData(ThreadOrder.Id)]
    [InlineData(ThreadOrder.RecentlyUpdated)]
    public async Task APageAfterTheFirst_LooksAtTheFilesOfItsOwnThreadsOnly(ThreadOrder order)
    {
        var threads = await WriteThreadsAsync();
        await using var log = Open(options => options.TimeProvider = _clock);
        var first = await ListAsync(log, order, null);
        // Nothing would be listed any more by who looks.
        foreach (var thread in threads.Where(thread => first.Heads.All(head => head.Key != thread.Key)))
        {
            File.Move(PathOf(thread.Key), PathOf(thread.Key) + ".away");
        }

        (await ListAsync(log, order, first.Continuation)).Heads.ShouldBeEmpty();
        foreach (var thread in threads.Where(thread => File.Exists(PathOf(thread.Key) + ".away")))
        {
            File.Move(PathOf(thread.Key) + ".away", PathOf(thread.Key));
        }

        (await RestAsync(log, order, first.Continuation)).Count.ShouldBe(Threads - first.Heads.Count);
    }

    [Fact]
    public async Task APageAfterTheFirst_HasTheHeadsAsTheyAreNow()
    {
        var threads = await WriteThreadsAsync();
        await using var log = Open(options => options.TimeProvider = _clock);
        var first = await ListAsync(log, ThreadOrder.Id, null);
        await using (var other = Open())
        {
            await threads[20].AppendAsync(other, new() { Head = head => head with { Agent = "new" } });
            await other.EraseAsync(threads[21].Key);
            await threads[22].AppendAsync(other, new() { Head = head => head with { DeletedAt = head.UpdatedAt } });
            await other.EraseAsync(threads[23].Key);
            await new ThreadWriter(threads[23].Key).AppendAsync(other, new() { Head = head => head with { Agent = "next life" } });
        }

        var rest = (await RestAsync(log, ThreadOrder.Id, first.Continuation)).ToDictionary(head => head.Key);

        rest.Count.ShouldBe(Threads - first.Heads.Count - 2);
        rest[threads[20].Key].Agent.ShouldBe("new");
        rest.ShouldNotContainKey(threads[21].Key);
        rest.ShouldNotContainKey(threads[22].Key);
        rest[threads[23].Key].Agent.ShouldBe("next life");
    }

    [Fact]
    public async Task APageLongAfterTheFirst_LooksAtAllFilesAgain()
    {
        await WriteThreadsAsync();
        await using var log = Open(options => options.TimeProvider = _clock);
        var first = await ListAsync(log, ThreadOrder.Id, null);
        await WriteAsync(ThreadKey.Of("acme", "zzz"), 1);
        (await RestAsync(log, ThreadOrder.Id, first.Continuation)).Select(head => head.Key.Id.Value).ShouldNotContain("zzz");

        _clock.Advance(TimeSpan.FromSeconds(6));

        (await RestAsync(log, ThreadOrder.Id, first.Continuation)).Select(head => head.Key.Id.Value).ShouldContain("zzz");
    }

    [Fact]
    public async Task PagesOfOtherListings_AreNotMixed()
    {
        await WriteThreadsAsync();
        await using (var writer = Open(options => options.Fsync = FileFsync.Never))
        {
            for (var i = 0; i < 30; i++)
            {
                await new ThreadWriter(ThreadKey.Of("other", $"o{i}")).AppendAsync(writer);
                await new ThreadWriter(ThreadKey.Of(ThreadSpace.Memory, "acme", $"m{i}")).AppendAsync(writer);
            }
        }

        await using var log = Open(options => options.TimeProvider = _clock);
        var queries = (from space in new[] { ThreadSpace.Threads, ThreadSpace.Memory } from tenant in new[] { "acme", "other", null } select (space, tenant)).ToList();
        var pages = new List<HeadPage>();
        foreach (var (space, tenant) in queries)
        {
            pages.Add(await log.ListAsync(new() { Space = space, Tenant = tenant, AsOf = default, Filter = new() { PageSize = 10 } }));
        }

        foreach (var ((space, tenant), page) in queries.Zip(pages).Where(pair => pair.Second.Continuation is not null))
        {
            var next = await log.ListAsync(new() { Space = space, Tenant = tenant, AsOf = default, Filter = new() { PageSize = 10, Continuation = page.Continuation } });
            next.Heads.Count.ShouldBe(10);
            next.Heads.ShouldAllBe(head => head.Key.Space == space && (tenant == null || head.Key.Tenant == tenant));
            next.Heads.Select(head => head.Key).Intersect(page.Heads.Select(head => head.Key)).ShouldBeEmpty();
        }
    }

    private async Task<List<ThreadWriter>> WriteThreadsAsync()
    {
        await using var log = Open(options => options.Fsync = FileFsync.Never);
        var threads = Enumerable.Range(0, Threads).Select(i => new ThreadWriter(ThreadKey.Of("acme", $"t{i:D2}"))).ToList();
        foreach (var (i, thread) in threads.Index())
        {
            await thread.AppendAsync(log, new() { At = DateTimeOffset.UnixEpoch.AddHours(i * 7 % Threads) });
        }

        return threads;
    }

    private static ValueTask<HeadPage> ListAsync(FileCommitLog log, ThreadOrder order, string? continuation)
        => log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "acme", AsOf = default, Filter = new() { Order = order, PageSize = 7, Continuation = continuation } });

    private static async Task<List<ThreadHead>> RestAsync(FileCommitLog log, ThreadOrder order, string? continuation)
    {
        var heads = new List<ThreadHead>();
        while (continuation is not null)
        {
            var page = await ListAsync(log, order, continuation);
            heads.AddRange(page.Heads);
            continuation = page.Continuation;
        }

        return heads;
    }
}

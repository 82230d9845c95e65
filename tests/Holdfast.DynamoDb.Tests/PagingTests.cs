using System.Globalization;
using Holdfast.Logs;
using Holdfast.Testing;
using NewBodies = System.Collections.Generic.Dictionary<long, System.ReadOnlyMemory<byte>>;

namespace Holdfast.DynamoDb.Tests;

/// <summary>Answers come in pages, and some leave out a part: everything is followed to its end.</summary>
public sealed class PagingTests
{
    private static readonly ThreadKey Key = ThreadKey.Of("acme", "chat-7");

    [Fact]
    public async Task Reads_InPagesOfTwo_AreWhole()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        table.Proxy.Change = new SmallPages();
        var thread = new ThreadWriter(Key);
        await thread.AppendManyAsync(log, 25, keyframes: [13]);

        (await log.ReadTailAsync(Key))!.Entries.Select(entry => entry.Version).ShouldBe(Enumerable.Range(13, 13).Select(version => (long)version));
        (await log.ReadTailAsync(Key, 20))!.Entries.Count.ShouldBe(20);
        (await log.ReadAsync(Key).Select(entry => entry.Version).ToListAsync()).ShouldBe(Enumerable.Range(1, 25).Select(version => (long)version));
        (await log.ReadAsync(Key, direction: ReadDirection.Backward).CountAsync()).ShouldBe(25);
    }

    [Fact]
    public async Task Listings_InPagesOfTwo_HaveEveryThread()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        table.Proxy.Change = new SmallPages();
        var ids = Enumerable.Range(0, 12).Select(i => string.Create(CultureInfo.InvariantCulture, $"chat-{i:D2}")).ToList();
        foreach (var id in ids)
        {
            await new ThreadWriter(ThreadKey.Of("acme", id)).AppendAsync(log, new() { Head = head => head with { UserId = "ann", Agent = id[^1] == '7' ? "seven" : "other" } });
        }

        foreach (var tenant in (string?[])["acme", null])
        {
            foreach (var filter in (ThreadQuery[])[new(), new() { Order = ThreadOrder.Id }, new() { UserId = "ann" }, new() { UserId = "ann", Order = ThreadOrder.Id }])
            {
                (await ListAsync(log, tenant, filter with { PageSize = 100 })).ShouldBe(ids);
                (await ListAsync(log, tenant, filter with { PageSize = 5 })).ShouldBe(ids);
                (await ListAsync(log, tenant, filter with { Agent = "seven" })).ShouldBe(ids.Where(id => id[^1] == '7'));
            }
        }
    }

    [Fact]
    public async Task Maintenance_InPagesOfTwo_LeavesNothing()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        table.Proxy.Change = new SmallPages();
        var thread = new ThreadWriter(Key);
        for (var version = 1; version <= 24; version++)
        {
            await thread.AppendAsync(log, new() { IsKeyframe = version is 8 or 20, Body = version % 5 == 0 ? new byte[70_000] : null });
        }

        var replacements = new NewBodies();
        for (var version = 8; version < 20; version++)
        {
            replacements.Add(version, new byte[version % 4 == 0 ? 80_000 : 30]);
        }

        (await log.RewriteAsync(Key, replacements, dropBelow: 8)).ShouldBeTrue();

        thread.AcceptRewrite(replacements, dropBelow: 8);
        (await log.ReadAsync(Key).Select(entry => (entry.Version, entry.Body.Length)).ToListAsync()).ShouldBe(thread.Entries.Select(entry => (entry.Version, entry.Body.Length)));
        await table.ShouldHaveNoOrphansAsync();
        (await log.EraseAsync(Key)).ShouldBeTrue();
        (await table.ScanAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task CollectOrphans_InPagesOfTwo_FindsAll()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        for (var i = 0; i < 7; i++)
        {
            table.Proxy.CrashAfter(2);
            var request = new ThreadWriter(Key).Next(new() { Body = new byte[100_000] });
            await Should.ThrowAsync<StoreUnavailableException>(async () => await log.AppendAsync(request));
            await table.Proxy.SettleAsync();
            table.Proxy.Heal();
        }

        table.Proxy.Change = new SmallPages();

        (await log.CollectOrphansAsync(TimeSpan.Zero)).ShouldBe(7);

        (await table.ScanAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Answers_BeyondTheirLimitOfAMegabyte_AreFollowed()
    {
        // Without any help by the proxy: 60 entries of 60 KB and 60 heads of 300 KB, of which one answer holds 17 and 53.
        await using var table = await OwnTable.CreateAsync();
        var metadata = new Dictionary<string, System.Text.Json.JsonElement> { ["k"] = System.Text.Json.JsonSerializer.SerializeToElement(new string('x', 300_000)) };
        var thread = new ThreadWriter(ThreadKey.Of("long", "chat"));
        for (var i = 0; i < 60; i++)
        {
            await thread.AppendAsync(table.Log, new() { Body = new byte[60_000] });
            await new ThreadWriter(ThreadKey.Of("wide", string.Create(CultureInfo.InvariantCulture, $"chat-{i}"))).AppendAsync(table.Log, new() { Head = head => head with { Metadata = metadata } });
        }

        (await table.Log.ReadTailAsync(thread.Key))!.Entries.Count.ShouldBe(60);
        (await table.Log.ReadAsync(thread.Key).CountAsync()).ShouldBe(60);
        (await table.Log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "wide", AsOf = default, Filter = new() { PageSize = 100 } })).Heads.Count.ShouldBe(60);
        (await table.Log.EraseAsync(thread.Key)).ShouldBeTrue();
        (await table.ScanAsync()).ShouldAllBe(item => item["pk"].S.StartsWith("0:wide", StringComparison.Ordinal));
    }

    private static async Task<List<string>> ListAsync(DynamoDbCommitLog log, string? tenant, ThreadQuery filter)
    {
        var ids = new List<string>();
        do
        {
            var page = await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = tenant, AsOf = default, Filter = filter });
            ids.AddRange(page.Heads.Select(head => head.Key.Id.Value));
            filter = filter with { Continuation = page.Continuation };
        }
        while (filter.Continuation is not null);

        return ids;
    }
}

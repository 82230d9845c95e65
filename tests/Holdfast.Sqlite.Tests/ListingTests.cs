using Holdfast.Logs;
using Holdfast.Sqlite.Connecting;
using Holdfast.Sqlite.Listing;
using Holdfast.Sqlite.Rows;
using Holdfast.Testing;

namespace Holdfast.Sqlite.Tests;

/// <summary>Whatever is asked for, and however it is looked for, the pages are those of the reference.</summary>
public sealed class ListingTests : ListingTest
{
    [Fact]
    public async Task EveryPlan_OfEveryQuery_GivesThePagesOfTheReference()
    {
        await using var log = await OpenAsync();
        var heads = await WriteThreadsAsync(log, 100);
        using var connection = Connection.Open(DatabasePath, create: false);

        foreach (var query in Queries.Concat(QueriesForTermsOrDueTimes))
        {
            string? continuation = null;
            do
            {
                var next = query with { Filter = query.Filter with { Continuation = continuation } };
                var expected = HeadOrder.Page(heads, next);
                foreach (var plan in PlansOf(query))
                {
                    var found = Read(connection, HeadSql.Page(next, plan));
                    found.Take(next.Filter.PageSize).ShouldBe(expected.Heads.Select(head => head.Key), $"{next} by {plan}");
                    found.Count.ShouldBe(expected.Heads.Count + (expected.Continuation is null ? 0 : 1));
                }

                continuation = expected.Continuation;
            }
            while (continuation is not null);
        }
    }

    [Fact]
    public async Task List_OfThreadsWhoseRowsAreBehind_GivesThePagesOfTheReference()
    {
        await using var log = await OpenAsync();
        var threads = (await WriteThreadsAsync(log, 100)).ToDictionary(head => head.Key);
        var random = new Random(8);
        foreach (var head in threads.Values.OrderBy(_ => random.Next()).Take(40))
        {
            var writer = ThreadWriter.From(head.Key, await log.ReadTailAsync(head.Key));
            await writer.AppendAsync(log, new() { At = Noon.AddMilliseconds(-random.Next(40) * 30_000L) });
            threads[head.Key] = writer.Head!;
        }

        using (var raw = OpenRaw())
        {
            // The last ones of the 40 are not settled yet.
            raw.Scalar("SELECT count(*) FROM threads WHERE version = 1").ShouldBe(60L + (140 % RecentEntry.Span));
        }

        foreach (var query in Queries.Concat(QueriesForTermsOrDueTimes))
        {
            string? continuation = null;
            do
            {
                var next = query with { Filter = query.Filter with { Continuation = continuation } };
                var expected = HeadOrder.Page(threads.Values, next);
                var found = await log.ListAsync(next);
                found.Heads.Select(head => (head.Key, head.Version, head.UpdatedAt)).ShouldBe(expected.Heads.Select(head => (head.Key, head.Version, head.UpdatedAt)), $"{next}");
                found.Continuation.ShouldBe(expected.Continuation);
                continuation = expected.Continuation;
            }
            while (continuation is not null);
        }
    }

    [Theory]
    [InlineData(ThreadOrder.Id)]
    [InlineData(ThreadOrder.RecentlyUpdated)]
    public async Task List_WithMoreMatchesThanAreSorted_FollowsTheOrderInstead(ThreadOrder order)
    {
        await using var log = await OpenAsync();
        var heads = await WriteThreadsAsync(log, 5000, head => head with { UserId = "everyone" });
        var query = new HeadQuery { Space = ThreadSpace.Threads, AsOf = Noon, Filter = new ThreadQuery { UserId = "everyone", Order = order, PageSize = 500 }.WithMetadata("channel", "web") };

        var found = await log.ListAsync(query);

        var expected = HeadOrder.Page(heads, query);
        found.Heads.Select(head => head.Key).ShouldBe(expected.Heads.Select(head => head.Key));
        found.Continuation.ShouldBe(expected.Continuation);
    }

    [Theory]
    [InlineData("user-4")]
    [InlineData("user-42/")]
    [InlineData("%")]
    [InlineData("_")]
    [InlineData("*")]
    [InlineData("'")]
    [InlineData("é")]
    [InlineData("🌿")]
    [InlineData("\uFFFF")]
    [InlineData("\U0010FFFF")]
    [InlineData("\U0010FFFF\U0010FFFF")]
    [InlineData("U")]
    [InlineData("nothing")]
    public async Task List_ByAPrefixOfTheId_GivesThePagesOfTheReference(string prefix)
    {
        await using var log = await OpenAsync();
        var heads = new List<ThreadHead>();
        string[] ids =
        [
            "user-4", "user-42", "user-42/a", "user-42/b", "user-42/🌿", "user-42/\U0010FFFF", "user-420", "User-42/a", "%", "%a", "_", "_a", "a%", "*", "*a", "?", "'", "''--", "e", "é", "éa", "ê",
            "🌿", "🌿🌿", "🌿a", "🌾", "\uFFFF", "\uFFFFa", "\U0010FFFF", "\U0010FFFFa", "\U0010FFFF\U0010FFFF", "\U0010FFFF\U0010FFFF\U0010FFFF",
        ];
        foreach (var (id, i) in ids.Select((id, i) => (id, i)))
        {
            foreach (var tenant in new[] { "", "other" })
            {
                var writer = new ThreadWriter(ThreadKey.Of(tenant, id));
                await writer.AppendAsync(log, new() { At = Noon.AddMilliseconds(-(i * 7919 % 40) * 30_000L), Head = head => head with { UserId = $"user-{i % 3}" } });
                heads.Add(writer.Head!);
            }
        }

        foreach (var (order, tenant, user, pageSize) in
            from order in Enum.GetValues<ThreadOrder>() from tenant in new[] { "", null } from user in new[] { null, "user-1" } from pageSize in new[] { 2, 100 } select (order, tenant, user, pageSize))
        {
            var query = new HeadQuery { Space = ThreadSpace.Threads, AsOf = Noon, Tenant = tenant, Filter = new() { IdPrefix = prefix, Order = order, UserId = user, PageSize = pageSize } };
            var expected = HeadOrder.Page(heads, query with { Filter = query.Filter with { PageSize = 1000 } }).Heads.Select(head => head.Key.ToString());
            (await ListAllAsync(log, query, head => head.Key.ToString())).ShouldBe(expected, $"{query}");
        }
    }

    private static List<ThreadKey> Read(Connection connection, HeadSql sql)
    {
        using var statement = sql.Prepare(connection);
        using var head = connection.PrepareOnce($"SELECT {HeadRow.Columns} FROM threads t WHERE t.number = ?1");
        var keys = new List<ThreadKey>();
        while (statement.Step())
        {
            head.Bind(1, statement.Int64(0)).Step().ShouldBeTrue();
            keys.Add(HeadRow.ReadKey(head));
            head.Reset();
        }

        return keys;
    }
}

using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Reading;
using Holdfast.Sqlite.Rows;
using Holdfast.Testing;

namespace Holdfast.Sqlite.Tests;

public sealed class ListingTests : SqliteLogTest
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public static IEnumerable<HeadQuery> Queries =>
        from filter in new ThreadQuery[]
        {
            new(),
            new() { UserId = "user-1" },
            new() { Agent = "agent-1" },
            new() { Status = ThreadStatus.WaitingForApproval },
            new() { UpdatedSince = Noon.AddMinutes(-10), UpdatedBefore = Noon.AddTicks(1) },
            new() { Deleted = DeletedFilter.Only },
            new() { Deleted = DeletedFilter.Include, UserId = "user-2", Agent = "agent-0" },
            new ThreadQuery().WithMetadata("channel", "web"),
            new ThreadQuery { Agent = "agent-1" }.WithMetadata("channel", "web").WithMetadata("size", 2),
        }
        from tenant in new[] { "", "other", null }
        from order in Enum.GetValues<ThreadOrder>()
        from expired in Enum.GetValues<ExpiredFilter>()
        select new HeadQuery { Tenant = tenant, AsOf = Noon, Expired = expired, Filter = filter with { Order = order, PageSize = 7 } };

    [Fact]
    public async Task EveryPlan_OfEveryQuery_GivesThePagesOfTheReference()
    {
        await using var log = await OpenAsync();
        var heads = await WriteThreadsAsync(log, 100);
        using var connection = Connection.Open(DatabasePath, create: false);

        foreach (var query in Queries)
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

        foreach (var query in Queries)
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

    [Fact]
    public async Task EveryPlan_OfEveryQuery_UsesAnIndexAndNoEntries()
    {
        await using var log = await OpenAsync();
        using var connection = Connection.Open(DatabasePath, create: false);

        foreach (var query in Queries)
        {
            var continuation = new HeadCursor(Noon, ThreadKey.Of("a")).ToContinuation(query);
            foreach (var sql in PlansOf(query)
                .Select(plan => HeadSql.Page(query with { Filter = query.Filter with { Continuation = continuation } }, plan))
                .Concat(PlansOf(query).OfType<HeadCondition>().Select(condition => HeadSql.Count(query, condition, 10))))
            {
                var steps = Explain(connection, sql).Where(step => !step.StartsWith("USE TEMP B-TREE", StringComparison.Ordinal)).ToList();
                steps.ShouldNotBeEmpty();
                steps.ShouldAllBe(step => !step.Contains("entries") && IsIndexed(step), sql.Text);
            }
        }
    }

    [Theory]
    [InlineData(ThreadOrder.Id, "SEARCH t USING INDEX threads_by_id (tenant=? AND id>?)")]
    [InlineData(ThreadOrder.RecentlyUpdated, "SEARCH t USING INDEX threads_by_update (tenant=? AND period<?)")]
    public async Task ALaterPage_BeginsWhereTheOneBeforeEnded(ThreadOrder order, string expected)
    {
        await using var log = await OpenAsync();
        using var connection = Connection.Open(DatabasePath, create: false);
        var continuation = new HeadCursor(Noon, ThreadKey.Of("a")).ToContinuation(new() { AsOf = Noon, Filter = new() { Order = order } });

        var steps = Explain(connection, HeadSql.Page(new() { AsOf = Noon, Filter = new() { Order = order, Continuation = continuation } }, few: null));

        steps.ShouldContain(expected);
        steps.ShouldNotContain("USE TEMP B-TREE FOR ORDER BY");
    }

    [Theory]
    [InlineData(ThreadOrder.Id)]
    [InlineData(ThreadOrder.RecentlyUpdated)]
    public async Task List_WithMoreMatchesThanAreSorted_FollowsTheOrderInstead(ThreadOrder order)
    {
        await using var log = await OpenAsync();
        var heads = await WriteThreadsAsync(log, 5000, head => head with { UserId = "everyone" });
        var query = new HeadQuery { AsOf = Noon, Filter = new ThreadQuery { UserId = "everyone", Order = order, PageSize = 500 }.WithMetadata("channel", "web") };

        var found = await log.ListAsync(query);

        var expected = HeadOrder.Page(heads, query);
        found.Heads.Select(head => head.Key).ShouldBe(expected.Heads.Select(head => head.Key));
        found.Continuation.ShouldBe(expected.Continuation);
    }

    private static IEnumerable<HeadCondition?> PlansOf(HeadQuery query)
        => HeadCondition.Of(query).Where(condition => condition.IsIndexed).Prepend(null);

    private static bool IsIndexed(string step)
        => step.Contains("USING INDEX threads_by_") || step.Contains("USING COVERING INDEX threads_by_") || step.Contains("USING PRIMARY KEY (key=? AND term=?")
            || step.Contains("USING INTEGER PRIMARY KEY") || step is "CO-ROUTINE (subquery-1)" or "SCAN (subquery-1)" or "CO-ROUTINE SUBQUERY 1" or "SCAN SUBQUERY 1"
            || step.StartsWith("LIST SUBQUERY", StringComparison.Ordinal) || step.StartsWith("CORRELATED SCALAR SUBQUERY", StringComparison.Ordinal);

    private static List<string> Explain(Connection connection, HeadSql sql)
    {
        using var statement = connection.PrepareOnce("EXPLAIN QUERY PLAN " + sql.Text);
        var steps = new List<string>();
        while (statement.Step())
        {
            steps.Add(statement.Text(3)!);
        }

        return steps;
    }

    private static List<ThreadKey> Read(Connection connection, HeadSql sql)
    {
        using var statement = sql.Prepare(connection);
        var keys = new List<ThreadKey>();
        while (statement.Step())
        {
            keys.Add(HeadRow.Read(statement, newest: null).Key);
        }

        return keys;
    }

    private static async Task<List<ThreadHead>> WriteThreadsAsync(SqliteCommitLog log, int count, Func<ThreadHead, ThreadHead>? change = null)
    {
        var random = new Random(7);
        var writers = Enumerable.Range(0, count)
            .Select(i => new ThreadWriter(ThreadKey.Of(random.Next(3) switch { 0 => "other", 1 => "$users/x", _ => "" }, $"thread-{random.Next()}-{i}")))
            .ToList();
        await Task.WhenAll(writers.Select(writer => writer.AppendAsync(log, new()
        {
            At = Noon.AddMilliseconds(-random.Next(40) * 30_000L),
            Head = head => (change ?? (same => same))(head with
            {
                UserId = random.Next(4) == 0 ? null : $"user-{random.Next(3)}",
                Agent = random.Next(4) == 0 ? null : $"agent-{random.Next(2)}",
                Status = (ThreadStatus)random.Next(7),
                ExpiresAt = random.Next(2) == 0 ? null : Noon.AddMinutes(random.Next(-2, 3)),
                DeletedAt = random.Next(5) == 0 ? Noon : null,
                Metadata = Metadata(random.Next(3)),
            }),
        })));
        return [.. writers.Select(writer => writer.Head!)];
    }

    private static Dictionary<string, JsonElement> Metadata(int kind) => kind == 0 ? [] : new()
    {
        ["channel"] = JsonElement.Parse(kind == 1 ? "\"web\"" : "\"mail\""),
        ["size"] = JsonElement.Parse("2.0"),
    };
}

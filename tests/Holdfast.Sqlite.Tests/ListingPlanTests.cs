using Holdfast.Logs;
using Holdfast.Sqlite.Connecting;
using Holdfast.Sqlite.Listing;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Tests;

/// <summary>How SQLite answers a query: by an index, from where the page begins, without sorting more than it must.</summary>
public sealed class ListingPlanTests : ListingTest
{
    [Fact]
    public async Task EveryPlan_OfEveryQuery_UsesAnIndexAndNoEntries()
    {
        await using var log = await OpenAsync();
        using var connection = Connection.Open(DatabasePath, create: false);

        foreach (var query in Queries.Concat(QueriesForTermsOrDueTimes))
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
    [InlineData(ThreadOrder.Id, "SEARCH t USING INDEX threads_by_id (space=? AND tenant=? AND id>?)")]
    [InlineData(ThreadOrder.RecentlyUpdated, "SEARCH t USING INDEX threads_by_update (space=? AND tenant=? AND period<?)")]
    public async Task ALaterPage_BeginsWhereTheOneBeforeEnded(ThreadOrder order, string expected)
    {
        await using var log = await OpenAsync();
        using var connection = Connection.Open(DatabasePath, create: false);
        var continuation = new HeadCursor(Noon, ThreadKey.Of("a")).ToContinuation(new() { Space = ThreadSpace.Threads, AsOf = Noon, Filter = new() { Order = order } });

        var steps = Explain(connection, HeadSql.Page(new() { Space = ThreadSpace.Threads, AsOf = Noon, Filter = new() { Order = order, Continuation = continuation } }, few: null));

        steps.ShouldContain(expected);
        steps.ShouldNotContain("USE TEMP B-TREE FOR ORDER BY");
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public async Task APageOfThoseThatAreDue_IsARangeOfTheIndexOfDueTimes(string? tenant)
    {
        await using var log = await OpenAsync();
        using var connection = Connection.Open(DatabasePath, create: false);
        var query = new HeadQuery { Space = ThreadSpace.Threads, Tenant = tenant, AsOf = Noon, DueBefore = Noon };
        var later = query with { Filter = new() { Continuation = new HeadCursor(Noon, ThreadKey.Of("a")).ToContinuation(query) } };

        // At most, the threads of one due time are sorted.
        foreach (var (page, expected) in new[] { (query, "SEARCH t USING INDEX threads_by_due (space=? AND due<?)"), (later, "SEARCH t USING INDEX threads_by_due (space=? AND due>? AND due<?)") })
        {
            var steps = Explain(connection, HeadSql.Page(page, few: null));
            steps.ShouldContain(expected);
            steps.ShouldNotContain("USE TEMP B-TREE FOR ORDER BY");
        }

        HeadCondition.Of(query).ShouldNotContain(condition => condition.IsIndexed);
    }

    [Theory]
    [InlineData(false, "SEARCH t USING INDEX threads_by_id (space=? AND tenant=? AND id>? AND id<?)")]
    [InlineData(true, "SEARCH t USING INDEX threads_by_id (space=? AND tenant=? AND id>? AND id<?)")]
    public async Task APageByAPrefixOfTheId_IsARangeOfTheIndex(bool later, string expected)
    {
        await using var log = await OpenAsync();
        using var connection = Connection.Open(DatabasePath, create: false);
        var query = new HeadQuery { Space = ThreadSpace.Threads, AsOf = Noon, Filter = new() { IdPrefix = "user-42/", Order = ThreadOrder.Id } };
        if (later)
        {
            query = query with { Filter = query.Filter with { Continuation = new HeadCursor(Noon, ThreadKey.Of("user-42/b")).ToContinuation(query) } };
        }

        var sql = HeadSql.Page(query, few: null);
        var steps = Explain(connection, sql);

        steps.ShouldContain(expected);
        steps.ShouldNotContain("USE TEMP B-TREE FOR ORDER BY");
        sql.Text.ShouldContain(later ? "t.id > ?" : "t.id >= ?");
        sql.Text.ShouldNotContain(later ? "t.id >= ?" : "t.id > ?");
        var few = HeadCondition.Of(query).First();
        Explain(connection, HeadSql.Page(query with { Filter = query.Filter with { Order = ThreadOrder.RecentlyUpdated, Continuation = null } }, few)).ShouldContain(expected);
        Explain(connection, HeadSql.Count(query, few, 10)).ShouldContain(step => step.Contains("threads_by_id (space=? AND tenant=? AND id>? AND id<?)"));
    }

    [Fact]
    public async Task LookingForAThread_SeeksTwoIndexesAtMost()
    {
        await using var log = await OpenAsync();
        using var connection = Connection.Open(DatabasePath, create: false);

        Explain(connection, ThreadLookup.ByIdSql).ShouldBe(
            ["SEARCH i USING COVERING INDEX threads_by_id (space=? AND tenant=? AND id=?)", "SEARCH t USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN"]);
        Explain(connection, ThreadLookup.ByKeySql).ShouldBe(
            ["SEARCH i USING COVERING INDEX threads_by_key (key=?)", "SEARCH t USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN"]);
    }

    private static bool IsIndexed(string step)
        => step.Contains("USING INDEX threads_by_") || step.Contains("USING COVERING INDEX threads_by_") || step.Contains("USING PRIMARY KEY (name=? AND term=?")
            || step.Contains("USING INTEGER PRIMARY KEY") || step is "CO-ROUTINE (subquery-1)" or "SCAN (subquery-1)" or "CO-ROUTINE SUBQUERY 1" or "SCAN SUBQUERY 1"
            || step.StartsWith("LIST SUBQUERY", StringComparison.Ordinal) || step.StartsWith("CORRELATED SCALAR SUBQUERY", StringComparison.Ordinal);

    private static List<string> Explain(Connection connection, HeadSql sql) => Explain(connection, sql.Text);

    private static List<string> Explain(Connection connection, string sql)
    {
        using var statement = connection.PrepareOnce("EXPLAIN QUERY PLAN " + sql);
        var steps = new List<string>();
        while (statement.Step())
        {
            steps.Add(statement.Text(3)!);
        }

        return steps;
    }
}

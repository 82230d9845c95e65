using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Sqlite.Connecting;
using Holdfast.Sqlite.Listing;
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
            new() { IdPrefix = "thread-1" },
            new() { IdPrefix = "thread-2", UserId = "user-1" },
            new() { Deleted = DeletedFilter.Include, UserId = "user-2", Agent = "agent-0" },
            new ThreadQuery().WithMetadata("channel", "web"),
            new ThreadQuery { Agent = "agent-1" }.WithMetadata("channel", "web").WithMetadata("size", 2),
        }
        from scope in Scopes
        from order in Enum.GetValues<ThreadOrder>()
        from expired in Enum.GetValues<ExpiredFilter>()
        select new HeadQuery { Space = scope.Space, Tenant = scope.Tenant, AsOf = Noon, Expired = expired, Filter = filter with { Order = order, PageSize = 7 } };

    public static IEnumerable<HeadQuery> QueriesForTermsOrDueTimes =>
        from filter in new ThreadQuery[]
        {
            new() { Deleted = DeletedFilter.Include },
            new() { UserId = "user-1", IdPrefix = "thread-" },
            new ThreadQuery().WithMetadata("channel", "web"),
        }
        from scope in Scopes
        from terms in new string[][] { [], ["open"], ["open", "label:x"], ["none"] }
        from due in new DateTimeOffset?[] { null, Noon, Noon.AddTicks(1), Noon.AddMinutes(2) }
        where terms.Length > 0 || due is not null
        select new HeadQuery
        {
            Space = scope.Space,
            Tenant = scope.Tenant,
            AsOf = Noon,
            Expired = ExpiredFilter.Include,
            DueBefore = due,
            Terms = terms,
            Filter = filter with { PageSize = 3 },
        };

    private static IEnumerable<(ThreadSpace Space, string? Tenant)> Scopes
        => [(ThreadSpace.Threads, ""), (ThreadSpace.Threads, "other"), (ThreadSpace.Threads, null), (ThreadSpace.Users, ""), (ThreadSpace.Users, null)];

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
    [InlineData("UPDATE threads SET status = 'nonsense' WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET user = 'eve' WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET expires = 1 WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET metadata = '{' WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET created = 1 << 62 WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET chain = x'00' WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET life = randomblob(16) WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET due = 1 WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET terms = '[\"open\"]' WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET properties = '{}' WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET revision = 1 WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET heartbeat = 1 WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET pins = 1 WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET lowest_pin = 1 WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET first_version = 0 WHERE id = 'thread-2'")]
    [InlineData("UPDATE threads SET version = version + 1 WHERE id = 'thread-2'")]
    [InlineData("UPDATE entries SET updated = updated + 1 WHERE thread = 2")]
    public async Task List_WithADamagedThread_LeavesItOutWithAWarningAndItCanBeErased(string damage)
    {
        var logger = new CollectingLogger();
        await using var log = new SqliteCommitLog(new() { DataSource = DatabasePath, Durability = SqliteDurability.Normal }, logger);
        for (var i = 1; i <= 5; i++)
        {
            await Thread($"thread-{i}").AppendAsync(log, new() { Head = head => head with { UserId = "ann" } });
        }

        using (var raw = OpenRaw())
        {
            raw.Execute(damage);
        }

        foreach (var (order, pageSize) in new[] { (ThreadOrder.Id, 1), (ThreadOrder.Id, 2), (ThreadOrder.Id, 100), (ThreadOrder.RecentlyUpdated, 1), (ThreadOrder.RecentlyUpdated, 100) })
        {
            var query = new HeadQuery { Space = ThreadSpace.Threads, AsOf = Noon, Filter = new() { Order = order, PageSize = pageSize } };
            string.Join(' ', (await ListAllAsync(log, query)).Order()).ShouldBe("thread-1 thread-3 thread-4 thread-5", $"{order} by {pageSize}");
            logger.Warnings.ShouldContain(warning => warning.Id == 200 && warning.Text.Contains("thread-2"));
        }

        await Should.ThrowAsync<CorruptStateException>(async () => await log.GetHeadAsync(ThreadKey.Of("thread-2")));
        (await log.EraseAsync(ThreadKey.Of("thread-2"))).ShouldBeTrue();
        (await log.GetHeadAsync(ThreadKey.Of("thread-2"))).ShouldBeNull();
        logger.Warnings.Clear();
        (await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = Noon })).Heads.Count.ShouldBe(4);
        logger.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public async Task List_ByAnIndexThatLeadsToAnotherUsersThread_DoesNotShowIt()
    {
        await using (var log = await OpenAsync())
        {
            await Thread("anns").AppendAsync(log, new() { Head = head => head with { UserId = "ann" } });
            await Thread("johns").AppendAsync(log, new() { Head = head => head with { UserId = "john" } });
        }

        var bits = new DatabaseBits(DatabasePath);
        var damaged = DatabasePath + ".damaged";
        foreach (var bit in bits.CellsOf("threads_by_user"))
        {
            bits.WriteFlipped(damaged, bit);
            await using var log = await SqliteCommitLog.OpenAsync(new SqliteLogOptions { DataSource = damaged, Durability = SqliteDurability.Normal });
            try
            {
                var found = await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = Noon, Filter = new() { UserId = "ann" } });
                found.Heads.ShouldAllBe(head => head.UserId == "ann" && head.Key == ThreadKey.Of("anns"), $"bit {bit}");
            }
            catch (CorruptStateException)
            {
                // SQLite noticed.
            }
        }
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

    private static async Task<List<string>> ListAllAsync(SqliteCommitLog log, HeadQuery query, Func<ThreadHead, string>? describe = null)
    {
        var found = new List<string>();
        string? continuation = null;
        do
        {
            var page = await log.ListAsync(query with { Filter = query.Filter with { Continuation = continuation } });
            found.AddRange(page.Heads.Select(describe ?? (head => head.Key.Id.Value)));
            continuation = page.Continuation;
        }
        while (continuation is not null);
        return found;
    }

    private static IEnumerable<HeadCondition?> PlansOf(HeadQuery query)
        => HeadCondition.Of(query).Where(condition => condition.IsIndexed).Prepend(null);

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

    private static async Task<List<ThreadHead>> WriteThreadsAsync(SqliteCommitLog log, int count, Func<ThreadHead, ThreadHead>? change = null)
    {
        var random = new Random(7);
        var writers = Enumerable.Range(0, count)
            .Select(i => new ThreadWriter(ThreadKey.Of(random.Next(4) == 0 ? ThreadSpace.Users : ThreadSpace.Threads, random.Next(3) switch { 0 => "other", 1 => "third", _ => "" }, $"thread-{random.Next()}-{i}")))
            .ToList();
        await Task.WhenAll(writers.Select(writer => writer.AppendAsync(log, new()
        {
            At = Noon.AddMilliseconds(-random.Next(40) * 30_000L),
            Head = head => (change ?? (same => same))(head with
            {
                UserId = random.Next(4) == 0 ? null : $"user-{random.Next(3)}",
                Agent = random.Next(4) == 0 ? null : $"agent-{random.Next(2)}",
                Status = (ThreadStatus)random.Next(8),
                DueAt = random.Next(3) == 0 ? null : Noon.AddMinutes(random.Next(-2, 3)),
                Terms = random.Next(4) switch { 0 => ["label:x", "open"], 1 => ["open"], _ => [] },
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

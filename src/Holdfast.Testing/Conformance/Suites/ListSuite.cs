using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>A listing has exactly the threads that all filters of the query let through.</summary>
internal static class ListSuite
{
    private static readonly DateTimeOffset Time = new(2026, 5, 1, 12, 0, 0, 500, TimeSpan.Zero);

    public static async Task List_OfAnEmptyTenant_IsOneEmptyPage(LogUnderTest test)
    {
        var page = await test.Log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = Time });

        Expect.Equal(0, page.Heads.Count, "the count of heads");
        Expect.Equal(null, page.Continuation, "the continuation");
    }

    public static async Task List_WithoutFilters_HasEveryThreadOfTheTenant(LogUnderTest test)
    {
        await test.WriteThreadAsync("a", head => head);
        await test.WriteThreadAsync("b", head => head with { UserId = "ann", Status = ThreadStatus.Failed });

        await ExpectAsync(test, new(), "a", "b");
    }

    public static async Task List_ByPrefix_HasThreadsWhoseIdsBeginWithItOnly(LogUnderTest test)
    {
        string[] ids = ["user-4", "user-42", "user-42/a", "user-42/b", "user-42/B", "user-42/😀", "user-43", "User-42/a", "user_42/a", "user-42%", "*", "[a]", "\U0010FFFF", "\U0010FFFF1", "é"];
        foreach (var id in ids)
        {
            await test.WriteThreadAsync(id, head => head);
        }

        await test.NewThread("x", "user-42/other").AppendAsync(test.Log);
        foreach (var prefix in (string[])["u", "user-42", "user-42/", "user-42/a", "user-42/😀", "user_", "user-42%", "%", "_", "*", "[", "?", "\U0010FFFF", "é", "none"])
        {
            foreach (var order in Enum.GetValues<ThreadOrder>())
            {
                var query = new ThreadQuery { IdPrefix = prefix, Order = order, PageSize = 2 };
                await ExpectAsync(test, query, [.. ids.Where(id => id.StartsWith(prefix, StringComparison.Ordinal))]);
            }
        }
    }

    public static async Task List_ByPrefixAndMore_DemandsBoth(LogUnderTest test)
    {
        await test.WriteThreadAsync("user-42/a", head => head with { UserId = "ann", Status = ThreadStatus.Failed });
        await test.WriteThreadAsync("user-42/b", head => head with { UserId = "bob", Status = ThreadStatus.Failed });
        await test.WriteThreadAsync("user-43/a", head => head with { UserId = "ann", Status = ThreadStatus.Failed });

        await ExpectAsync(test, new() { IdPrefix = "user-42/", UserId = "ann" }, "user-42/a");
        await ExpectAsync(test, new() { IdPrefix = "user-42/", Status = ThreadStatus.Failed }, "user-42/a", "user-42/b");
        await ExpectAsync(test, new() { IdPrefix = "user-42/", UserId = "ann", Status = ThreadStatus.Idle });
    }

    public static async Task List_ByUser_HasThatUsersThreadsOnly(LogUnderTest test)
    {
        await test.WriteThreadAsync("ann", head => head with { UserId = "ann" });
        await test.WriteThreadAsync("ann2", head => head with { UserId = "ann" });
        await test.WriteThreadAsync("upper", head => head with { UserId = "Ann" });
        await test.WriteThreadAsync("longer", head => head with { UserId = "anna" });
        await test.WriteThreadAsync("pattern", head => head with { UserId = "a%" });
        await test.WriteThreadAsync("nobody", head => head);

        await ExpectAsync(test, new() { UserId = "ann" }, "ann", "ann2");
        await ExpectAsync(test, new() { UserId = "a%" }, "pattern");
        await ExpectAsync(test, new() { UserId = "bob" });
        await ExpectAsync(test, new() { UserId = "a'b\"; --" });
    }

    public static async Task List_ByAgent_HasThatAgentsThreadsOnly(LogUnderTest test)
    {
        await test.WriteThreadAsync("billing", head => head with { Agent = "Billing" });
        await test.WriteThreadAsync("lower", head => head with { Agent = "billing" });
        await test.WriteThreadAsync("none", head => head);

        await ExpectAsync(test, new() { Agent = "Billing" }, "billing");
        await ExpectAsync(test, new() { Agent = "billing" }, "lower");
        await ExpectAsync(test, new() { Agent = "Bill" });
    }

    public static async Task List_ByStatus_HasThreadsWithThatStatusOnly(LogUnderTest test)
    {
        foreach (var status in Enum.GetValues<ThreadStatus>())
        {
            await test.WriteThreadAsync(status.ToName(), head => head with { Status = status });
        }

        foreach (var status in Enum.GetValues<ThreadStatus>())
        {
            await ExpectAsync(test, new() { Status = status }, status.ToName());
        }
    }

    public static async Task List_ByUpdateTime_IncludesTheBeginningAndExcludesTheEnd(LogUnderTest test)
    {
        await test.WriteThreadAsync("before", head => head with { UpdatedAt = Time.AddMilliseconds(-1) });
        await test.WriteThreadAsync("at", head => head with { UpdatedAt = Time });
        await test.WriteThreadAsync("after", head => head with { UpdatedAt = Time.AddMilliseconds(1) });

        await ExpectAsync(test, new() { UpdatedSince = Time }, "at", "after");
        await ExpectAsync(test, new() { UpdatedBefore = Time }, "before");
        await ExpectAsync(test, new() { UpdatedSince = Time, UpdatedBefore = Time.AddMilliseconds(1) }, "at");
        await ExpectAsync(test, new() { UpdatedSince = Time, UpdatedBefore = Time });
        await ExpectAsync(test, new() { UpdatedSince = Time.ToOffset(TimeSpan.FromHours(9)) }, "at", "after");
        await ExpectAsync(test, new() { UpdatedSince = DateTimeOffset.MinValue, UpdatedBefore = DateTimeOffset.MaxValue }, "before", "at", "after");
    }

    public static async Task List_ByUpdateTime_JudgesTheUpdateAndNotTheCreation(LogUnderTest test)
        => await ExpectAsync(
            test,
            new() { UpdatedBefore = Time },
            (await test.WriteThreadAsync("young", head => head with { CreatedAt = Time.AddDays(9), UpdatedAt = Time.AddDays(-1) })).Key.Id.Value);

    public static async Task List_OfDeletedThreads_FollowsTheFilter(LogUnderTest test)
    {
        await test.WriteThreadAsync("living", head => head);
        await test.WriteThreadAsync("deleted", head => head with { DeletedAt = Time });
        var restored = await test.WriteThreadAsync("restored", head => head with { DeletedAt = Time });
        await restored.AppendAsync(test.Log, new() { Head = head => head with { DeletedAt = null } });

        await ExpectAsync(test, new(), "living", "restored");
        await ExpectAsync(test, new() { Deleted = DeletedFilter.Only }, "deleted");
        await ExpectAsync(test, new() { Deleted = DeletedFilter.Include }, "living", "deleted", "restored");
    }

    public static async Task List_OfExpiredThreads_FollowsTheFilter(LogUnderTest test)
    {
        var expiry = new DateTimeOffset(2190, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await test.WriteThreadAsync("never", head => head);
        await test.WriteThreadAsync("early", head => head with { ExpiresAt = expiry });
        await test.WriteThreadAsync("late", head => head with { ExpiresAt = expiry.AddYears(1) });

        foreach (var (filter, expected) in (List<(ExpiredFilter, string[])>)
            [(ExpiredFilter.Exclude, ["never", "late"]), (ExpiredFilter.Only, ["early"]), (ExpiredFilter.Include, ["never", "early", "late"])])
        {
            var query = new HeadQuery { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = expiry, Expired = filter };
            Expect.Sequence(
                expected.Order(StringComparer.Ordinal), (await test.Log.ListAllAsync(query)).Select(head => head.Key.Id.Value).Order(StringComparer.Ordinal), $"a listing with {filter}");
        }
    }

    public static async Task List_WithSeveralFilters_DemandsAllOfThem(LogUnderTest test)
    {
        static Func<ThreadHead, ThreadHead> Head(string user, string agent, ThreadStatus status, string team, DateTimeOffset? deleted = null) => head =>
            (head with { UserId = user, Agent = agent, Status = status, DeletedAt = deleted, UpdatedAt = Time }).WithMetadata("team", $"\"{team}\"").WithMetadata("n", "1");
        await test.WriteThreadAsync("all", Head("ann", "A", ThreadStatus.Thinking, "red"));
        await test.WriteThreadAsync("user", Head("bob", "A", ThreadStatus.Thinking, "red"));
        await test.WriteThreadAsync("agent", Head("ann", "B", ThreadStatus.Thinking, "red"));
        await test.WriteThreadAsync("status", Head("ann", "A", ThreadStatus.Idle, "red"));
        await test.WriteThreadAsync("team", Head("ann", "A", ThreadStatus.Thinking, "blue"));
        await test.WriteThreadAsync("deleted", Head("ann", "A", ThreadStatus.Thinking, "red", Time));
        var all = new ThreadQuery { UserId = "ann", Agent = "A", Status = ThreadStatus.Thinking, UpdatedSince = Time, UpdatedBefore = Time.AddDays(1) }
            .WithMetadata("team", "red").WithMetadata("n", 1);

        await ExpectAsync(test, all, "all");
        await ExpectAsync(test, all with { UserId = null }, "all", "user");
        await ExpectAsync(test, all with { Agent = null }, "all", "agent");
        await ExpectAsync(test, all with { Status = null }, "all", "status");
        await ExpectAsync(test, all with { Metadata = ThreadHead.EmptyMetadata }, "all", "team");
        await ExpectAsync(test, all with { Deleted = DeletedFilter.Include }, "all", "deleted");
        await ExpectAsync(test, all with { Deleted = DeletedFilter.Only }, "deleted");
        await ExpectAsync(test, all with { UpdatedBefore = Time });
        await ExpectAsync(test, new ThreadQuery { UserId = "ann", Order = ThreadOrder.Id, Deleted = DeletedFilter.Include }, "all", "agent", "status", "team", "deleted");
    }

    public static async Task List_AfterAnAppend_JudgesTheNewHead(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync("a", head => (head with { UserId = "ann", Agent = "A", Status = ThreadStatus.Thinking }).WithMetadata("k", "1"));
        await thread.AppendAsync(test.Log, new()
        {
            Head = head => (head with { UserId = "bob", Agent = "B", Status = ThreadStatus.Idle, Metadata = ThreadHead.EmptyMetadata }).WithMetadata("k", "2"),
        });

        await ExpectAsync(test, new() { UserId = "ann" });
        await ExpectAsync(test, new() { Agent = "A" });
        await ExpectAsync(test, new() { Status = ThreadStatus.Thinking });
        await ExpectAsync(test, new ThreadQuery().WithMetadata("k", 1));
        await ExpectAsync(test, new ThreadQuery { UserId = "bob", Agent = "B", Status = ThreadStatus.Idle }.WithMetadata("k", 2), "a");
    }

    public static async Task List_OfOneTenant_HasNoThreadOfAnother(LogUnderTest test)
    {
        await test.NewThread("-one", "a").AppendAsync(test.Log);
        await test.NewThread("-two", "a").AppendAsync(test.Log);
        await test.NewThread("-two", "b").AppendAsync(test.Log);
        await test.NewThread("-TWO", "c").AppendAsync(test.Log);
        var one = await test.Log.ListAllAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant + "-one", AsOf = Time });
        var two = await test.Log.ListAllAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant + "-two", AsOf = Time, Filter = new() { Order = ThreadOrder.Id } });
        var none = await test.Log.ListAllAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = Time });

        Expect.Sequence([$"{test.Tenant}-one:a"], one.Select(head => head.Key.ToString()), "the threads of the first tenant");
        Expect.Sequence([$"{test.Tenant}-two:a", $"{test.Tenant}-two:b"], two.Select(head => head.Key.ToString()), "the threads of the second tenant");
        Expect.Sequence([], none.Select(head => head.Key.ToString()), "the threads of the tenant whose name both begin with");
    }

    public static async Task List_OfAllTenants_HasThreadsOfEach(LogUnderTest test)
    {
        var user = test.Tenant;
        await test.NewThread("-b", "a").AppendAsync(test.Log, new() { Head = head => head with { UserId = user } });
        await test.NewThread("-a", "z").AppendAsync(test.Log, new() { Head = head => head with { UserId = user } });
        await test.NewThread("-a", "b").AppendAsync(test.Log, new() { Head = head => head with { UserId = user } });
        await test.NewThread("-a", "other").AppendAsync(test.Log, new() { Head = head => head with { UserId = user + "x" } });

        var listed = await test.Log.ListAllAsync(new() { Space = ThreadSpace.Threads, Tenant = null, AsOf = Time, Filter = new() { UserId = user, Order = ThreadOrder.Id, PageSize = 2 } });

        Expect.Sequence([$"{user}-a:b", $"{user}-a:z", $"{user}-b:a"], listed.Select(head => head.Key.ToString()), "the user's threads in all tenants");
    }

    public static async Task List_OfTheDefaultTenant_HasNoThreadOfAnother(LogUnderTest test)
    {
        var user = test.Tenant;
        var thread = new ThreadWriter(ThreadKey.Of(user + "/default"));
        await thread.AppendAsync(test.Log, new() { Head = head => head with { UserId = user } });
        await test.NewThread("a").AppendAsync(test.Log, new() { Head = head => head with { UserId = user } });

        var listed = await test.Log.ListAllAsync(new() { Space = ThreadSpace.Threads, AsOf = Time, Filter = new() { UserId = user } });

        Expect.Sequence([thread.Key], listed.Select(head => head.Key), "the user's threads in the default tenant");
        await test.Log.EraseAsync(thread.Key);
    }

    public static async Task List_OfHeads_HasThemWhole(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync("a", head => (head with
        {
            UserId = "ann",
            Agent = "A",
            Status = ThreadStatus.UsingTool,
            MessageCount = 7,
            ExpiresAt = Time.AddYears(200),
            CreatedAt = Time.AddDays(-3),
            UpdatedAt = Time,
        }).WithMetadata("deep", """{"a":[1,{"b":null}]}"""));
        await thread.AppendAsync(test.Log, new() { IsKeyframe = true });

        var page = await test.Log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = Time });

        Expect.Head(thread.Head, page.Heads.Single());
    }

    private static async Task ExpectAsync(LogUnderTest test, ThreadQuery filter, params string[] expected)
    {
        var listed = await test.Log.ListAllAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = Time, Filter = filter });
        Expect.Sequence(expected.Order(StringComparer.Ordinal), listed.Select(head => head.Key.Id.Value).Order(StringComparer.Ordinal), $"the threads listed for {filter}");
    }
}

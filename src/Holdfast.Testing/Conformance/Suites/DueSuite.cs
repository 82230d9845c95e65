using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>A listing of what is due has the threads that someone should look at by then, the most overdue first, and no others.</summary>
internal static class DueSuite
{
    private static readonly DateTimeOffset Time = new(2026, 5, 1, 12, 0, 0, 500, TimeSpan.Zero);

    public static async Task Due_Threads_AreListedInTheOrderInWhichTheyAreDue(LogUnderTest test)
    {
        await WriteAsync(test, ("late", Time.AddDays(40)), ("c", Time), ("early", Time.AddYears(-60)), ("a", Time), ("B", Time), ("next", Time.AddMilliseconds(1)), ("before", Time.AddMilliseconds(-1)), ("never", null));

        foreach (var size in (int[])[1, 2, 3, 100])
        {
            await ExpectAsync(test, Query(test, Time.AddYears(1), size), "early", "before", "B", "a", "c", "next", "late");
        }
    }

    public static async Task Due_BeforeAnInstant_LeavesOutThatInstantAndWhatIsLater(LogUnderTest test)
    {
        await WriteAsync(test, ("before", Time.AddMilliseconds(-1)), ("at", Time), ("after", Time.AddMilliseconds(1)), ("never", null));

        await ExpectAsync(test, Query(test, Time), "before");
        await ExpectAsync(test, Query(test, Time.AddMilliseconds(1)), "before", "at");
        await ExpectAsync(test, Query(test, Time.AddMilliseconds(2).ToOffset(TimeSpan.FromHours(9))), "before", "at", "after");
        await ExpectAsync(test, Query(test, Time.AddMilliseconds(-1)));
        await ExpectAsync(test, Query(test, DateTimeOffset.MaxValue), "before", "at", "after");
        await ExpectAsync(test, Query(test, DateTimeOffset.MinValue));
    }

    public static async Task Due_AcrossTheAges_IsInOrder(LogUnderTest test)
    {
        (string, DateTimeOffset?)[] threads =
        [
            ("1", DateTimeOffset.FromUnixTimeMilliseconds(-2_208_988_800_000)), ("2", DateTimeOffset.FromUnixTimeMilliseconds(-1)), ("3", DateTimeOffset.FromUnixTimeMilliseconds(0)),
            ("4", DateTimeOffset.FromUnixTimeMilliseconds(9)), ("5", DateTimeOffset.FromUnixTimeMilliseconds(10)), ("6", DateTimeOffset.FromUnixTimeMilliseconds(65_535)),
            ("7", DateTimeOffset.FromUnixTimeMilliseconds(65_536)), ("8", Time), ("9", DateTimeOffset.FromUnixTimeMilliseconds(253_402_300_799_998)),
        ];
        await WriteAsync(test, [.. threads.Reverse()]);

        await ExpectAsync(test, Query(test, DateTimeOffset.FromUnixTimeMilliseconds(253_402_300_799_999), 2), [.. threads.Select(thread => thread.Item1)]);
    }

    public static async Task Due_ThatMovesWithAnAppend_IsJudgedAsItIs(LogUnderTest test)
    {
        var (moved, cleared, set) = (test.NewThread("moved"), test.NewThread("cleared"), test.NewThread("set"));
        await AppendAsync(moved, Time);
        await AppendAsync(cleared, Time.AddMinutes(1));
        await AppendAsync(set, null);
        await ExpectAsync(test, Query(test, Time.AddDays(1)), "moved", "cleared");

        await AppendAsync(moved, Time.AddMinutes(5));
        await AppendAsync(cleared, null);
        await AppendAsync(set, Time.AddMinutes(3));
        await ExpectAsync(test, Query(test, Time.AddDays(1)), "set", "moved");
        await ExpectAsync(test, Query(test, Time.AddMinutes(4)), "set");

        await AppendAsync(moved, Time.AddDays(9));
        await AppendAsync(cleared, Time.AddMinutes(1));
        await AppendAsync(set, Time.AddMinutes(3));
        await ExpectAsync(test, Query(test, Time.AddDays(1)), "cleared", "set");
        foreach (var thread in (ThreadWriter[])[moved, cleared, set])
        {
            await test.Log.ExpectThreadAsync(thread);
        }

        Task AppendAsync(ThreadWriter thread, DateTimeOffset? due) => thread.AppendAsync(test.Log, new() { Head = head => head with { DueAt = due } });
    }

    public static async Task Due_AfterMaintenance_IsAsBefore(LogUnderTest test)
    {
        await WriteAsync(test, ("erased", Time), ("kept", Time.AddMinutes(1)), ("updated", Time.AddMinutes(2)), ("rewritten", Time.AddMinutes(3)), ("conflicted", Time.AddMinutes(4)));
        await test.Log.EraseAsync(Key(test, "erased"));
        await test.Log.EraseAsync(new EraseRequest { Key = Key(test, "kept"), KeepAsTrunk = true });
        await test.Log.UpdateHeadAsync(new() { Key = Key(test, "updated"), Expiry = new(Time.AddYears(200)), AddPins = [test.NewPin()] });
        var rewritten = ThreadWriter.From(Key(test, "rewritten"), await test.Log.ReadTailAsync(Key(test, "rewritten")));
        await rewritten.AppendAsync(test.Log, new() { IsKeyframe = true });
        await test.Log.RewriteAsync(rewritten.Key, new Dictionary<long, ReadOnlyMemory<byte>>(), dropBelow: 2);
        await test.Log.ExpectAppendAsync(test.NewThread("conflicted").Next(new() { Head = head => head with { DueAt = Time } }), AppendResult.Conflict(1));

        await ExpectAsync(test, Query(test, Time.AddDays(1)), "updated", "rewritten", "conflicted");
        var trunks = await test.Log.ListAllAsync(Query(test, Time.AddDays(1)) with { Space = ThreadSpace.Trunks });
        Expect.Equal("kept", trunks.Single().Key.TryGetTrunk(out var key, out _) ? key.Id.Value : null, "the thread of the only trunk that is due");
    }

    public static async Task Due_OfAllTenants_IsInTheOrderOfTimesAndThenOfTenants(LogUnderTest test)
    {
        var user = test.Tenant;
        foreach (var (tenant, id, minutes) in (List<(string, string, int)>)[("-b", "a", 1), ("-a", "z", 1), ("-a", "b", 1), ("-c", "x", 0), ("", "y", 2)])
        {
            await test.NewThread(tenant, id).AppendAsync(test.Log, new() { Head = head => head with { UserId = user, DueAt = Time.AddMinutes(minutes) } });
        }

        foreach (var size in (int[])[1, 2, 10])
        {
            var query = Query(test, Time.AddDays(1), size) with { Tenant = null };
            var listed = await test.Log.ListAllAsync(query with { Filter = query.Filter with { UserId = user } });
            Expect.Sequence(
                [$"{user}-c:x", $"{user}-a:b", $"{user}-a:z", $"{user}-b:a", $"{user}:y"], listed.Select(head => head.Key.ToString()), $"what is due of all tenants, in pages of {size}");
        }
    }

    public static async Task Due_WithFilters_DemandsAllOfThem(LogUnderTest test)
    {
        static Func<ThreadHead, ThreadHead> Head(string user, ThreadStatus status = ThreadStatus.Sleeping, DateTimeOffset? deleted = null, DateTimeOffset? expires = null, string term = "t") => head =>
            (head with { UserId = user, Status = status, DeletedAt = deleted, ExpiresAt = expires, DueAt = Time, Terms = [term] }).WithMetadata("k", $"\"{user}\"");
        await test.WriteThreadAsync("ann/all", Head("ann"));
        await test.WriteThreadAsync("ann/status", Head("ann", ThreadStatus.Idle));
        await test.WriteThreadAsync("bob/user", Head("bob"));
        await test.WriteThreadAsync("ann/deleted", Head("ann", deleted: Time));
        await test.WriteThreadAsync("ann/expired", Head("ann", expires: Time.AddYears(150)));
        await test.WriteThreadAsync("ann/term", Head("ann", term: "u"));
        var query = Query(test, Time.AddDays(1), 2) with { AsOf = Time.AddYears(160) };

        await ExpectAsync(test, query, "ann/all", "ann/status", "ann/term", "bob/user");
        await ExpectAsync(test, With(new() { UserId = "ann", PageSize = 1 }) with { Terms = ["t"] }, "ann/all", "ann/status");
        await ExpectAsync(test, With(new() { UserId = "ann", Status = ThreadStatus.Sleeping }), "ann/all", "ann/term");
        await ExpectAsync(test, With(new() { IdPrefix = "b" }), "bob/user");
        await ExpectAsync(test, With(new ThreadQuery().WithMetadata("k", "bob")), "bob/user");
        await ExpectAsync(test, With(new() { Deleted = DeletedFilter.Only }), "ann/deleted");
        await ExpectAsync(test, query with { Expired = ExpiredFilter.Only }, "ann/expired");
        await ExpectAsync(test, query with { DueBefore = Time });

        HeadQuery With(ThreadQuery filter) => query with { Filter = filter };
    }

    public static async Task Due_WhateverTheOrderOfTheQuery_IsInTheOrderOfTimes(LogUnderTest test)
    {
        await WriteAsync(test, ("a", Time.AddMinutes(2)), ("b", Time), ("c", Time.AddMinutes(1)));
        foreach (var order in Enum.GetValues<ThreadOrder>())
        {
            var query = Query(test, Time.AddDays(1), 1);
            await ExpectAsync(test, query with { Filter = query.Filter with { Order = order } }, "b", "c", "a");
        }
    }

    public static async Task Continuation_OfWhatIsDue_IsForThatListingOnly(LogUnderTest test)
    {
        await WriteAsync(test, ("a", Time), ("b", Time), ("c", Time));
        var query = Query(test, Time.AddDays(1), 1);
        var (due, plain) = (await test.Log.ListAsync(query), await test.Log.ListAsync(query with { DueBefore = null }));

        await ExpectRefusedAsync(query with { DueBefore = null, Filter = query.Filter with { Continuation = due.Continuation } });
        await ExpectRefusedAsync(query with { Filter = query.Filter with { Continuation = plain.Continuation } });
        await ExpectRefusedAsync(query with { Tenant = null, Filter = query.Filter with { Continuation = due.Continuation } });

        Task ExpectRefusedAsync(HeadQuery wrong) => Expect.ThrowsAsync<ArgumentException>(async () => await test.Log.ListAsync(wrong), "a continuation of another listing");
    }

    public static async Task Due_OnPagesBetweenWhichThreadsBecomeUndue_GoesOn(LogUnderTest test)
    {
        await WriteAsync(test, [.. Enumerable.Range(0, 9).Select(i => ($"{i}", (DateTimeOffset?)Time.AddMinutes(i)))]);
        var query = Query(test, Time.AddDays(1), 2);
        List<string> met = [];
        string? continuation = null;
        do
        {
            var page = await test.Log.ListAsync(query with { Filter = query.Filter with { Continuation = continuation } });
            foreach (var head in page.Heads)
            {
                // As a worker does: what it has looked at is not due any more.
                met.Add(head.Key.Id.Value);
                await ThreadWriter.From(head.Key, await test.Log.ReadTailAsync(head.Key)).AppendAsync(test.Log, new() { Head = before => before with { DueAt = null } });
            }

            continuation = page.Continuation;
        }
        while (continuation is not null);

        Expect.Sequence(Enumerable.Range(0, 9).Select(i => $"{i}"), met, "the threads that were met");
        await ExpectAsync(test, query);
    }

    [When(has: LogCapabilities.Durable)]
    public static async Task Due_AfterARestart_IsListed(LogUnderTest test)
    {
        await WriteAsync(test, ("b", Time), ("a", Time.AddMinutes(1)), ("never", null));

        await test.RestartAsync();

        await ExpectAsync(test, Query(test, Time.AddDays(1)), "b", "a");
    }

    private static ThreadKey Key(LogUnderTest test, string id) => ThreadKey.Of(test.Tenant, id);

    private static HeadQuery Query(LogUnderTest test, DateTimeOffset before, int pageSize = 100)
        => new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = Time, DueBefore = before, Filter = new() { PageSize = pageSize } };

    private static async Task WriteAsync(LogUnderTest test, params (string Id, DateTimeOffset? Due)[] threads)
    {
        foreach (var (id, due) in threads)
        {
            await test.WriteThreadAsync(id, head => head with { DueAt = due });
        }
    }

    private static async Task ExpectAsync(LogUnderTest test, HeadQuery query, params string[] expected)
    {
        var listed = await test.Log.ListAllAsync(query);
        Expect.Sequence(expected, listed.Select(head => head.Key.Id.Value), $"what is due before {query.DueBefore:O}, for {query.Filter}");
        Expect.That(listed.TrueForAll(head => head.DueAt < query.DueBefore), "every head that is listed tells when it is due");
    }
}

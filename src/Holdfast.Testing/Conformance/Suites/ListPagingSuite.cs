using System.Globalization;
using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>Pages follow each other in the order of the query, and stay whole while threads are written.</summary>
internal static class ListPagingSuite
{
    private static readonly DateTimeOffset Time = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    public static async Task List_InOrderOfUpdates_HasTheNewestFirst(LogUnderTest test)
    {
        var old = await WriteAsync(test, "old", Time.AddDays(-2));
        await WriteAsync(test, "new", Time);
        await WriteAsync(test, "middle", Time.AddMilliseconds(-1));
        await ExpectOrderAsync(test, new(), "new", "middle", "old");

        await old.AppendAsync(test.Log, new() { At = Time.AddDays(1) });
        await ExpectOrderAsync(test, new(), "old", "new", "middle");
    }

    public static async Task List_InOrderOfUpdates_SortsEqualTimesById(LogUnderTest test)
    {
        foreach (var id in (string[])["d", "a", "C", "b", "e"])
        {
            await WriteAsync(test, id, Time);
        }

        await WriteAsync(test, "first", Time.AddSeconds(1));
        foreach (var size in (int[])[1, 2, 3, 100])
        {
            await ExpectOrderAsync(test, new() { PageSize = size }, "first", "C", "a", "b", "d", "e");
        }
    }

    public static async Task List_InOrderOfIds_ComparesTheirUtf8Bytes(LogUnderTest test)
    {
        // U+FF5E is one UTF-16 unit above the surrogates that make up U+1F991, but its UTF-8 bytes come first.
        string[] ordered = ["!", "A", "B", "Z", "a", "a!", "a/b", "ab", "b", "z", "~", "é", "\u4e2d", "\uff5e", "🦑"];
        foreach (var id in ordered.Reverse())
        {
            await WriteAsync(test, id, Time);
        }

        foreach (var size in (int[])[1, 4, 100])
        {
            await ExpectOrderAsync(test, new() { Order = ThreadOrder.Id, PageSize = size }, ordered);
        }
    }

    public static async Task List_OfAllTenantsInOrderOfUpdates_SortsEqualTimesByTenantAndId(LogUnderTest test)
    {
        var user = test.Tenant;
        foreach (var (tenant, id) in (List<(string, string)>)[("-b", "a"), ("-a", "z"), ("-a", "b"), ("", "x")])
        {
            await test.NewThread(tenant, id).AppendAsync(test.Log, new() { At = Time, Head = head => head with { UserId = user } });
        }

        var listed = await test.Log.ListAllAsync(new() { Space = ThreadSpace.Threads, Tenant = null, AsOf = Time, Filter = new() { UserId = user, PageSize = 1 } });

        Expect.Sequence([$"{user}:x", $"{user}-a:b", $"{user}-a:z", $"{user}-b:a"], listed.Select(head => head.Key.ToString()), "the user's threads in all tenants");
    }

    public static async Task List_PageAfterPage_HasEveryThreadOnce(LogUnderTest test)
    {
        var ids = await WriteManyAsync(test, 23);
        foreach (var order in Enum.GetValues<ThreadOrder>())
        {
            foreach (var size in (int[])[1, 7, 22, 23, 24, ThreadQuery.MaxPageSize])
            {
                var listed = await test.Log.ListAllAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = Time, Filter = new() { Order = order, PageSize = size } });
                Expect.Sequence(ids, listed.Select(head => head.Key.Id.Value).Order(StringComparer.Ordinal), $"the threads in pages of {size} by {order}");
            }
        }
    }

    public static async Task List_ThatFillsItsPageExactly_HasNoContinuationWhenNothingFollows(LogUnderTest test)
    {
        await WriteManyAsync(test, 4);
        foreach (var order in Enum.GetValues<ThreadOrder>())
        {
            var full = await test.Log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = Time, Filter = new() { Order = order, PageSize = 4 } });
            Expect.Equal(4, full.Heads.Count, "the count of heads on the page");
            Expect.Equal(null, full.Continuation, "the continuation after the last thread");
            var first = await test.Log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = Time, Filter = new() { Order = order, PageSize = 3 } });
            Expect.Equal(3, first.Heads.Count, "the count of heads on the first page");
            Expect.NotNull(first.Continuation, "a continuation before the last thread");
        }
    }

    public static async Task List_WithFilters_FillsItsPages(LogUnderTest test)
    {
        for (var i = 0; i < 30; i++)
        {
            var index = i;
            await test.WriteThreadAsync(Id(i), head => (head with { UserId = index % 3 == 0 ? "ann" : "bob" }).WithMetadata("even", index % 2 == 0 ? "true" : "false"));
        }

        foreach (var order in Enum.GetValues<ThreadOrder>())
        {
            var filter = new ThreadQuery { UserId = "ann", Order = order, PageSize = 2 }.WithMetadata("even", true);
            var page = await test.Log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = Time, Filter = filter });
            Expect.Equal(2, page.Heads.Count, "the count of matching heads on the first page");
            var listed = await test.Log.ListAllAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = Time, Filter = filter });
            Expect.Sequence([Id(0), Id(6), Id(12), Id(18), Id(24)], listed.Select(head => head.Key.Id.Value).Order(StringComparer.Ordinal), "the matching threads");
        }
    }

    public static async Task List_WithHostileIds_ContinuesAfterEach(LogUnderTest test)
    {
        string[] ids = ["%", "'", "../x", "a b", "a\u00a0b", "\"", "{\"a\":1}", "🦑", "\u00e9", "e\u0301", new string('x', ThreadLimit)];
        foreach (var id in ids)
        {
            await WriteAsync(test, id, Time);
        }

        foreach (var order in Enum.GetValues<ThreadOrder>())
        {
            var listed = await test.Log.ListAllAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = Time, Filter = new() { Order = order, PageSize = 1 } });
            Expect.Sequence(ids.Order(StringComparer.Ordinal), listed.Select(head => head.Key.Id.Value).Order(StringComparer.Ordinal), "the threads");
        }
    }

    public static async Task List_InOrderOfIdsWhileThreadsAreWritten_MeetsEachStandingThreadOnce(LogUnderTest test)
    {
        var standing = await WriteManyAsync(test, 20);
        var (met, round) = (new List<string>(), 0);
        string? continuation = null;
        do
        {
            var page = await test.Log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = Time, Filter = new() { Order = ThreadOrder.Id, PageSize = 3, Continuation = continuation } });
            met.AddRange(page.Heads.Select(head => head.Key.Id.Value));
            continuation = page.Continuation;

            // What has been listed, what is still to be listed, new threads on either side, and the very thread that the continuation stands at.
            await UpdateAsync(test, standing[0]);
            await UpdateAsync(test, standing[^1]);
            await UpdateAsync(test, met[^1]);
            await WriteAsync(test, $"new-{round}", Time);
            var doomed = await WriteAsync(test, $"zzz-{round}", Time);
            await test.Log.EraseAsync(doomed.Key);
            round++;
        }
        while (continuation is not null);

        Expect.Sequence(standing, met.Where(standing.Contains).Order(StringComparer.Ordinal), "the standing threads that were met");
        Expect.Equal(met.Count, met.Distinct().Count(), "the count of different threads that were met");
    }

    public static async Task List_InOrderOfIdsBehindAnErasedThread_GoesOn(LogUnderTest test)
    {
        var ids = await WriteManyAsync(test, 6);
        var first = await test.Log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = Time, Filter = new() { Order = ThreadOrder.Id, PageSize = 3 } });
        await test.Log.EraseAsync(first.Heads[^1].Key);

        var second = await test.Log.ListAsync(
            new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = Time, Filter = new() { Order = ThreadOrder.Id, PageSize = 3, Continuation = first.Continuation } });

        Expect.Sequence(ids.Skip(3), second.Heads.Select(head => head.Key.Id.Value), "the second page");
    }

    public static async Task List_InOrderOfUpdatesWhileThreadsAreWritten_MeetsNoThreadTwice(LogUnderTest test)
    {
        var standing = await WriteManyAsync(test, 20);
        var met = new List<string>();
        var now = Time.AddDays(1);
        string? continuation = null;
        do
        {
            var page = await test.Log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = Time, Filter = new() { PageSize = 4, Continuation = continuation } });
            met.AddRange(page.Heads.Select(head => head.Key.Id.Value));
            continuation = page.Continuation;
            foreach (var id in met.TakeLast(2).Append(standing[met.Count % standing.Count]).Distinct().ToList())
            {
                now = now.AddSeconds(1);
                await UpdateAsync(test, id, now);
            }
        }
        while (continuation is not null);

        Expect.Equal(met.Count, met.Distinct().Count(), "the count of different threads that were met");
    }

    public static async Task List_WithAPageSizeOutOfRange_IsRefused(LogUnderTest test)
    {
        foreach (var size in (int[])[0, -1, ThreadQuery.MaxPageSize + 1])
        {
            await ExpectRefusedAsync(test, new() { PageSize = size }, $"a listing with pages of {size}");
        }
    }

    public static async Task List_WithAContinuationThatNoListingReturned_IsRefused(LogUnderTest test)
    {
        await WriteManyAsync(test, 2);
        foreach (var continuation in (string[])["", "nonsense", "!!", "MQ", "%", "é", "' OR 1=1 --"])
        {
            foreach (var order in Enum.GetValues<ThreadOrder>())
            {
                await ExpectRefusedAsync(test, new() { Order = order, Continuation = continuation }, $"a listing from the continuation '{continuation}'");
            }
        }
    }

    private const int ThreadLimit = 512;

    private static string Id(int index) => index.ToString("D3", CultureInfo.InvariantCulture);

    private static Task<ThreadWriter> WriteAsync(LogUnderTest test, string id, DateTimeOffset updatedAt)
        => test.WriteThreadAsync(id, head => head with { UpdatedAt = updatedAt });

    private static async Task<List<string>> WriteManyAsync(LogUnderTest test, int count)
    {
        var ids = Enumerable.Range(0, count).Select(Id).ToList();
        foreach (var (i, id) in ids.Index())
        {
            // Times run against the ids, with some that are equal.
            await WriteAsync(test, id, Time.AddMinutes(-i / 2));
        }

        return ids;
    }

    private static async Task UpdateAsync(LogUnderTest test, string id, DateTimeOffset? at = null)
    {
        var key = ThreadKey.Of(test.Tenant, id);
        await ThreadWriter.From(key, await test.Log.ReadTailAsync(key)).AppendAsync(test.Log, new() { At = at });
    }

    private static async Task ExpectOrderAsync(LogUnderTest test, ThreadQuery filter, params string[] expected)
    {
        var listed = await test.Log.ListAllAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = Time, Filter = filter });
        Expect.Sequence(expected, listed.Select(head => head.Key.Id.Value), $"the threads in pages of {filter.PageSize} by {filter.Order}");
    }

    private static async Task ExpectRefusedAsync(LogUnderTest test, ThreadQuery filter, string what)
        => await Expect.ThrowsAsync<ArgumentException>(async () => await test.Log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = Time, Filter = filter }), what);
}

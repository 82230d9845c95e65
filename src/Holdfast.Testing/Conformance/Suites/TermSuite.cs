using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>Terms come back with the head, and a thread is found by all of those that are asked for.</summary>
internal static class TermSuite
{
    private static readonly string[] Hostile =
        ["a", "A", "a ", "a:b", "i:tool=\"x\"", "$", "k=1", "{}", "[\"a\"]", "'", "\"", "\\", "%", "_", "*", "--", "é", "e\u0301", "🦑", "null", new('t', 600)];

    public static async Task Terms_OfAThread_ComeBackInTheirOrder(LogUnderTest test)
    {
        await test.Log.ExpectThreadAsync(await WriteAsync(test, "one", "b"));
        await test.Log.ExpectThreadAsync(await WriteAsync(test, "some", "a", "b", "c"));
        await test.Log.ExpectThreadAsync(await WriteAsync(test, "hostile", [.. Hostile.Order(StringComparer.Ordinal)]));
        await test.Log.ExpectThreadAsync(await WriteAsync(test, "many", [.. Enumerable.Range(100, 60).Select(i => $"term {i}")]));
        await test.Log.ExpectThreadAsync(await WriteAsync(test, "none"));
    }

    public static async Task Terms_OfTheNextAppend_ReplaceThoseBefore(LogUnderTest test)
    {
        var thread = await WriteAsync(test, "x", "a", "b");
        await SetAsync(test, thread, "b", "c");
        await test.Log.ExpectThreadAsync(thread);
        await ExpectAsync(test, ["a"]);
        await ExpectAsync(test, ["b"], "x");
        await ExpectAsync(test, ["b", "c"], "x");

        await SetAsync(test, thread);
        await test.Log.ExpectThreadAsync(thread);
        await ExpectAsync(test, ["b"]);
        await ExpectAsync(test, [], "x");
    }

    public static async Task List_ByATerm_FindsThreadsThatHaveIt(LogUnderTest test)
    {
        foreach (var (i, term) in Hostile.Index())
        {
            await WriteAsync(test, $"{i}", term);
        }

        await WriteAsync(test, "none");
        foreach (var (i, term) in Hostile.Index())
        {
            await ExpectAsync(test, [term], $"{i}");
        }

        await ExpectAsync(test, ["b"]);
        await ExpectAsync(test, ["a%"]);
    }

    public static async Task List_BySeveralTerms_DemandsAllOfThem(LogUnderTest test)
    {
        await WriteAsync(test, "ab", "a", "b");
        await WriteAsync(test, "abc", "a", "b", "c");
        await WriteAsync(test, "b", "b");
        await WriteAsync(test, "joined", "a b", "a,b");

        await ExpectAsync(test, ["a"], "ab", "abc");
        await ExpectAsync(test, ["b"], "ab", "abc", "b");
        await ExpectAsync(test, ["a", "b"], "ab", "abc");
        await ExpectAsync(test, ["b", "a", "b"], "ab", "abc");
        await ExpectAsync(test, ["a", "b", "c"], "abc");
        await ExpectAsync(test, ["a", "d"]);
    }

    public static async Task List_ByATermAndMore_DemandsBoth(LogUnderTest test)
    {
        static Func<ThreadHead, ThreadHead> Head(string user, string term, string value) => head => (head with { UserId = user, Terms = [term] }).WithMetadata("k", value);
        await test.WriteThreadAsync("all", Head("ann", "t", "1"));
        await test.WriteThreadAsync("user", Head("bob", "t", "1"));
        await test.WriteThreadAsync("term", Head("ann", "u", "1"));
        await test.WriteThreadAsync("value", Head("ann", "t", "2"));

        await ExpectAsync(test, ["t"], new ThreadQuery { UserId = "ann", Order = ThreadOrder.Id, PageSize = 1 }, "all", "value");
        await ExpectAsync(test, ["t"], new ThreadQuery { UserId = "ann", PageSize = 1 }.WithMetadata("k", 1), "all");
        await ExpectAsync(test, ["t"], new ThreadQuery { PageSize = 1 }.WithMetadata("k", 1), "all", "user");
        await ExpectAsync(test, ["u"], new ThreadQuery { UserId = "bob" });
    }

    public static async Task List_ByATermLikeMetadata_DoesNotTakeOneForTheOther(LogUnderTest test)
    {
        var value = LogExpectations.Json("\"x\"");
        var like = MetadataTerm.Of(value)!;
        await test.WriteThreadAsync("metadata", head => head.WithMetadata("k", "\"x\"").WithMetadata(like, "1"));
        await WriteAsync(test, "terms", [.. new[] { "k", "x", like, $"k={like}", $"k:{like}", "{\"k\":\"x\"}" }.Order(StringComparer.Ordinal)]);

        await ExpectAsync(test, [], new ThreadQuery().WithMetadata("k", "x"), "metadata");
        foreach (var term in (string[])["k", "x", like, $"k={like}", $"k:{like}"])
        {
            await ExpectAsync(test, [term], "terms");
        }
    }

    public static async Task List_ByATermInAllTenants_FindsThemInEach(LogUnderTest test)
    {
        var term = "t" + test.Tenant;
        foreach (var (tenant, id) in (List<(string, string)>)[("-b", "a"), ("-a", "z"), ("-a", "b")])
        {
            await test.NewThread(tenant, id).AppendAsync(test.Log, new() { Head = head => head with { Terms = [term] } });
        }

        await test.NewThread("-a", "other").AppendAsync(test.Log, new() { Head = head => head with { Terms = [term + "x"] } });
        var listed = await test.Log.ListAllAsync(new() { Space = ThreadSpace.Threads, Tenant = null, AsOf = default, Terms = [term], Filter = new() { Order = ThreadOrder.Id, PageSize = 2 } });

        Expect.Sequence([$"{test.Tenant}-a:b", $"{test.Tenant}-a:z", $"{test.Tenant}-b:a"], listed.Select(head => head.Key.ToString()), "the threads with the term in all tenants");
    }

    public static async Task List_ByATerm_PageAfterPage_HasEachOnce(LogUnderTest test)
    {
        for (var i = 0; i < 20; i++)
        {
            await WriteAsync(test, $"{i:D2}", i % 3 == 0 ? ["t", "u"] : ["u"]);
        }

        foreach (var order in Enum.GetValues<ThreadOrder>())
        {
            await ExpectAsync(test, ["t", "u"], new ThreadQuery { Order = order, PageSize = 2 }, "00", "03", "06", "09", "12", "15", "18");
        }
    }

    public static async Task List_ByATerm_AfterAnEraseOrARename_DoesNotFindTheThread(LogUnderTest test)
    {
        var (erased, kept) = (await WriteAsync(test, "erased", "t"), await WriteAsync(test, "kept", "t"));
        await test.Log.EraseAsync(erased.Key);
        await test.Log.ExpectKeptAsTrunkAsync(kept);
        await ExpectAsync(test, ["t"]);

        await WriteAsync(test, "erased", "u");
        await ExpectAsync(test, ["t"]);
        await ExpectAsync(test, ["u"], "erased");
    }

    private static Task<ThreadWriter> WriteAsync(LogUnderTest test, string id, params string[] terms) => test.WriteThreadAsync(id, head => head with { Terms = terms });

    private static Task SetAsync(LogUnderTest test, ThreadWriter thread, params string[] terms) => thread.AppendAsync(test.Log, new() { Head = head => head with { Terms = terms } });

    private static Task ExpectAsync(LogUnderTest test, string[] terms, params string[] expected) => ExpectAsync(test, terms, new ThreadQuery(), expected);

    private static async Task ExpectAsync(LogUnderTest test, string[] terms, ThreadQuery filter, params string[] expected)
    {
        var listed = await test.Log.ListAllAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = default, Terms = terms, Filter = filter });
        Expect.Sequence(
            expected.Order(StringComparer.Ordinal), listed.Select(head => head.Key.Id.Value).Order(StringComparer.Ordinal), $"the threads with the terms [{string.Join(", ", terms)}]");
    }
}

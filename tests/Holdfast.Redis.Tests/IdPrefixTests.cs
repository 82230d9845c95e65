using Holdfast.Logs;

namespace Holdfast.Redis.Tests;

/// <summary>Listings of the threads whose ids begin with a text.</summary>
public sealed class IdPrefixTests : RedisLogTest
{
    private static readonly string[] Ids =
    [
        "a", "a:", "a:b", "a:b:c", "ab", "a/1", "a/10", "a/2", "A:", "*", "**", "*a", "[", "[a", "[a]", "(", "(a", "-", "+", "+a", "{a}", "{a}b", "%7B", "}",
        "🦑", "🦑1", "🦑🦑", "🦒", "é", "éa", "e\u0301", "z", "zz", "\uffff", "\uffffa", "\U0010ffff", "\U0010ffffa",
    ];

    private static readonly string[] Prefixes =
    [
        "a", "a:", "a:b", "a/", "a/1", "*", "[", "[a", "(", "-", "+", "{", "{a}", "%", "}", "🦑", "🦑1", "é", "e", "z", "zz", "zzz", "\uffff", "\U0010ffff", "nothing", "a:b:c",
    ];

    [Theory]
    [EachServer]
    public async Task List_OfAPrefix_IsThatOfTheReferenceInBothOrdersAcrossPages(ServerKind kind)
    {
        var log = await OpenAsync(kind);
        var heads = await WriteAsync(log, "", "a", "a:", "[");

        foreach (var query in
            from prefix in Prefixes
            from order in Enum.GetValues<ThreadOrder>()
            from tenant in (string?[])["", "a:", null]
            from size in (int[])[2, 100]
            select new HeadQuery { Space = ThreadSpace.Threads, Tenant = tenant, AsOf = default, Filter = new() { IdPrefix = prefix, Order = order, PageSize = size } })
        {
            var expected = HeadOrder.Page(heads, query with { Filter = query.Filter with { PageSize = ThreadQuery.MaxPageSize } }).Heads.Select(head => head.Key);

            (await FollowAsync(log, query)).ShouldBe(expected, $"{query}");
        }
    }

    [Theory]
    [EachServer]
    public async Task List_OfAPrefixWithOtherConditions_IsThatOfTheReference(ServerKind kind)
    {
        var log = await OpenAsync(kind);
        var heads = await WriteAsync(log, "");

        foreach (var query in
            from prefix in Prefixes
            from order in Enum.GetValues<ThreadOrder>()
            from filter in (ThreadQuery[])
            [
                new() { UserId = "ann" },
                new() { UserId = "ann", Agent = "A" },
                new() { UserId = "nobody" },
                new() { UpdatedSince = DateTimeOffset.UnixEpoch.AddDays(10), UpdatedBefore = DateTimeOffset.UnixEpoch.AddDays(20) },
            ]
            select new HeadQuery { Space = ThreadSpace.Threads, Tenant = "", AsOf = default, Filter = filter with { IdPrefix = prefix, Order = order, PageSize = 3 } })
        {
            var expected = HeadOrder.Page(heads, query with { Filter = query.Filter with { PageSize = ThreadQuery.MaxPageSize } }).Heads.Select(head => head.Key);

            (await FollowAsync(log, query)).ShouldBe(expected, $"{query}");
        }
    }

    private static async Task<List<ThreadHead>> WriteAsync(RedisCommitLog log, params IEnumerable<string> tenants)
    {
        var heads = new List<ThreadHead>();
        foreach (var (i, (tenant, id)) in (from tenant in tenants from id in Ids select (tenant, id)).Index())
        {
            var thread = Thread(id, tenant);
            await thread.AppendAsync(
                log,
                new()
                {
                    At = DateTimeOffset.UnixEpoch.AddDays(i * 7 % 31),
                    Head = head => head with { UserId = i % 2 == 0 ? "ann" : "bob", Agent = i % 3 == 0 ? "A" : null },
                },
                Cancellation);
            heads.Add(thread.Head!);
        }

        return heads;
    }

    private static async Task<List<ThreadKey>> FollowAsync(RedisCommitLog log, HeadQuery query)
    {
        var found = new List<ThreadKey>();
        string? continuation = null;
        do
        {
            var page = await log.ListAsync(query with { Filter = query.Filter with { Continuation = continuation } }, Cancellation);
            found.AddRange(page.Heads.Select(head => head.Key));
            continuation = page.Continuation;
        }
        while (continuation is not null);

        return found;
    }
}

using Holdfast.Logs;

namespace Holdfast.Testing.Shared;

/// <summary>Ids that begin alike, with characters that patterns, orders and encodings of servers treat in their own ways.</summary>
internal static class IdPrefixes
{
    private static readonly string[] Ids =
    [
        "a", "a%", "a%b", "a_b", "axb", "a\\b", "a\\%", "ab", "aB", "A", "a/", "a/1", "a/2", "a0", "aé", "ae\u0301", "a\u00a0b", "a~", "a\ud7ffz", "a\ue000z", "a\uffff", "a\ufffdz",
        "b", "~", "~~", "\ud7ff", "\ud7ff1", "\ue000", "🦑", "🦑1", "🦑🦑", "🦒", "\udbff\udfff", "\udbff\udfff\udbff\udfff", "\udbff\udfff1", "'", "' OR ''='", "[a-z]", "a*", "a?",
    ];

    /// <summary>Threads with these ids in two tenants, every second one of ann's.</summary>
    public static async Task WriteAsync(ICommitLog log)
    {
        foreach (var (number, id) in Ids.Index())
        {
            foreach (var tenant in (string[])["", "acme"])
            {
                var at = new DateTimeOffset(2026, 1, 1, 0, 0, number, TimeSpan.Zero);
                await new ThreadWriter(ThreadKey.Of(tenant, id)).AppendAsync(log, new() { Head = head => head with { UserId = number % 2 == 0 ? "ann" : "bob", UpdatedAt = at } });
            }
        }
    }

    /// <summary>That a prefix lists what begins with it and nothing else: in each order, in one tenant and in all, of a user or of all, on pages of some size.</summary>
    public static async Task ExpectAsync(ICommitLog log, string prefix, params (string? User, int PageSize)[] ways)
    {
        var expected = Ids.Where(id => id.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        foreach (var (order, tenant, way) in
            from order in Enum.GetValues<ThreadOrder>() from tenant in (string?[])["", "acme", null] from way in ways select (order, tenant, way))
        {
            var once = expected.Where(id => way.User is null || Array.IndexOf(Ids, id) % 2 == 0);
            (await ListAsync(log, tenant, new() { IdPrefix = prefix, Order = order, UserId = way.User, PageSize = way.PageSize }))
                .ShouldBe(tenant is null ? once.Concat(once) : once, ignoreOrder: true, $"'{prefix}', {order}, tenant '{tenant}', {way}");
        }
    }

    /// <summary>That a prefix is refused with which no id can begin.</summary>
    public static async Task ExpectRefusalsAsync(ICommitLog log)
    {
        foreach (var prefix in (string[])["", "a\0", "a\n", "\ud83e", new string('x', 513)])
        {
            await Should.ThrowAsync<InvalidIdentifierException>(async () => await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default, Filter = new() { IdPrefix = prefix } }));
        }
    }

    /// <summary>The ids that a listing has, page after page.</summary>
    public static async Task<List<string>> ListAsync(ICommitLog log, string? tenant, ThreadQuery filter)
    {
        var ids = new List<string>();
        do
        {
            var page = await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = tenant, AsOf = default, Filter = filter });
            page.Heads.ShouldAllBe(head => tenant == null || head.Key.Tenant == tenant);
            ids.AddRange(page.Heads.Select(head => head.Key.Id.Value));
            filter = filter with { Continuation = page.Continuation };
        }
        while (filter.Continuation is not null);

        return ids;
    }
}

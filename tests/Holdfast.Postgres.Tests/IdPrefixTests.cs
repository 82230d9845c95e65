using Holdfast.Logs;
using Holdfast.Postgres.Listing;
using Holdfast.Testing;

namespace Holdfast.Postgres.Tests;

/// <summary>Threads whose ids begin alike are found, whatever characters they have, in each order and page by page.</summary>
public sealed class IdPrefixTests
{
    private static readonly string[] Ids =
    [
        "a", "a%", "a%b", "a_b", "axb", "a\\b", "a\\%", "ab", "aB", "A", "a/", "a/1", "a/2", "a0", "aé", "ae\u0301", "a\u00a0b", "a~", "a\ud7ffz", "a\ue000z", "a\uffff", "a\ufffdz",
        "b", "~", "~~", "\ud7ff", "\ud7ff1", "\ue000", "🦑", "🦑1", "🦑🦑", "🦒", "\udbff\udfff", "\udbff\udfff\udbff\udfff", "\udbff\udfff1", "'", "' OR ''='", "[a-z]", "a*", "a?",
    ];

    private static readonly string[] Prefixes =
    [
        "a", "a%", "a_", "a\\", "ab", "a/", "aé", "a~", "a\ud7ff", "a\ue000", "a\uffff", "~", "\ud7ff", "\ue000", "🦑", "🦑🦑", "🦒", "\udbff\udfff", "\udbff\udfff\udbff\udfff",
        "'", "[", "%", "_", "z", "a*", "a?", "A", "nothing begins like this",
    ];

    [Fact]
    public async Task List_ByPrefix_HasWhatBeginsWithItAndNothingElse()
    {
        await using var log = await PostgresCommitLog.OpenAsync(await SharedServer.NewSchemaAsync());
        foreach (var (number, id) in Ids.Index())
        {
            foreach (var tenant in (string[])["", "acme"])
            {
                var at = new DateTimeOffset(2026, 1, 1, 0, 0, number, TimeSpan.Zero);
                await new ThreadWriter(ThreadKey.Of(tenant, id)).AppendAsync(log, new() { Head = head => head with { UserId = number % 2 == 0 ? "ann" : "bob", UpdatedAt = at } });
            }
        }

        foreach (var prefix in Prefixes)
        {
            var expected = Ids.Where(id => id.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
            foreach (var order in Enum.GetValues<ThreadOrder>())
            {
                foreach (var tenant in (string?[])["", "acme", null])
                {
                    foreach (var (user, pageSize) in (List<(string?, int)>)[(null, 100), (null, 1), (null, 3), ("ann", 2)])
                    {
                        var met = await ListAsync(log, tenant, new() { IdPrefix = prefix, Order = order, UserId = user, PageSize = pageSize });

                        var once = expected.Where(id => user is null || Array.IndexOf(Ids, id) % 2 == 0);
                        met.Order(StringComparer.Ordinal).ToList().ShouldBe(
                            (tenant is null ? once.Concat(once) : once).Order(StringComparer.Ordinal).ToList(), customMessage: $"'{prefix}', {order}, tenant '{tenant}', {user}, pages of {pageSize}");
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData("a", "b")]
    [InlineData("a~", "a\u007f")]
    [InlineData("\ud7ff", "\ue000")]
    [InlineData("\uffff", "\ud800\udc00")]
    [InlineData("a\udbff\udfff", "b")]
    [InlineData("a\udbff\udfff\udbff\udfff", "b")]
    [InlineData("\udbff\udfff", null)]
    [InlineData("\udbff\udfff\udbff\udfff", null)]
    public void End_OfAPrefix_IsTheFirstTextAfterAllThatBeginWithIt(string prefix, string? end)
        => PrefixRange.End(prefix).ShouldBe(end);

    [Fact]
    public async Task List_ByAPrefixThatNoIdCanHave_IsRefused()
    {
        await using var log = await PostgresCommitLog.OpenAsync(await SharedServer.NewSchemaAsync());

        foreach (var prefix in (string[])["", "a\0", "a\n", "\ud83e", new string('x', 513)])
        {
            await Should.ThrowAsync<InvalidIdentifierException>(async () => await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default, Filter = new() { IdPrefix = prefix } }));
        }
    }

    private static async Task<List<string>> ListAsync(PostgresCommitLog log, string? tenant, ThreadQuery filter)
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

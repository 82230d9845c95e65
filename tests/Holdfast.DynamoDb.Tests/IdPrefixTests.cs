using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.DynamoDb.Tests;

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
        "a", "a%", "a_", "a\\", "a/", "a~", "a\ud7ff", "a\uffff", "~", "🦑", "\udbff\udfff", "\udbff\udfff\udbff\udfff", "'", "%", "nothing begins like this",
    ];

    [Fact]
    public async Task List_ByPrefix_HasWhatBeginsWithItAndNothingElse()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.Log;
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
                    foreach (var (user, pageSize) in (List<(string?, int)>)[(null, 100), ("ann", 2)])
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

    [Fact]
    public async Task List_ByPrefixInTheOrderOfIds_ReadsThatPartOfTheIndexAlone()
    {
        await using var table = await OwnTable.CreateAsync();
        for (var i = 0; i < 40; i++)
        {
            await new ThreadWriter(ThreadKey.Of("acme", i % 10 == 0 ? $"b{i}" : $"a{i}")).AppendAsync(table.Log);
        }

        var log = table.OpenThroughProxy();
        var seen = new SeenItems();
        table.Proxy.Change = seen;

        (await ListAsync(log, "acme", new() { IdPrefix = "b", Order = ThreadOrder.Id })).Count.ShouldBe(4);

        seen.Scanned.ShouldBe(4);
    }

    [Fact]
    public async Task List_ByPrefix_ReadsTheHeadsOfNoOtherThreads()
    {
        await using var table = await OwnTable.CreateAsync();
        for (var i = 0; i < 40; i++)
        {
            await new ThreadWriter(ThreadKey.Of("acme", i % 10 == 0 ? $"b{i}" : $"a{i}")).AppendAsync(table.Log, new() { Head = head => head with { UserId = "ann" } });
        }

        var log = table.OpenThroughProxy();
        foreach (var tenant in (string?[])["acme", null])
        {
            foreach (var filter in (ThreadQuery[])[new() { Order = ThreadOrder.Id }, new(), new() { UserId = "ann" }])
            {
                var seen = new SeenItems();
                table.Proxy.Change = seen;

                (await ListAsync(log, tenant, filter with { IdPrefix = "b" })).Count.ShouldBe(4);

                seen.Heads.ShouldBe(4);
            }
        }
    }

    [Fact]
    public async Task List_ByAPrefixThatNoIdCanHave_IsRefused()
    {
        await using var log = await SharedServer.OpenAsync();

        foreach (var prefix in (string[])["", "a\0", "a\n", "\ud83e", new string('x', 513)])
        {
            await Should.ThrowAsync<InvalidIdentifierException>(async () => await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default, Filter = new() { IdPrefix = prefix } }));
        }
    }

    private static async Task<List<string>> ListAsync(DynamoDbCommitLog log, string? tenant, ThreadQuery filter)
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

    /// <summary>Counts what queries have read of their index, and the heads that were read after them.</summary>
    private sealed class SeenItems : IRequestChange
    {
        private int _scanned, _heads;

        public int Scanned => _scanned;

        public int Heads => _heads;

        public string Ask(string operation, string body) => body;

        public byte[] Answer(string operation, string body, byte[] answer)
        {
            var response = JsonElement.Parse(answer);
            if (operation == "Query")
            {
                Interlocked.Add(ref _scanned, response.GetProperty("ScannedCount").GetInt32());
            }
            else if (operation == "BatchGetItem")
            {
                Interlocked.Add(ref _heads, response.GetProperty("Responses").EnumerateObject().Sum(table => table.Value.GetArrayLength()));
            }

            return answer;
        }
    }
}

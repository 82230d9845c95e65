using Amazon.DynamoDBv2.Model;
using Holdfast.Logs;
using Holdfast.Testing;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace Holdfast.DynamoDb.Tests;

/// <summary>A head that cannot be read is reported by whatever reads that thread, and hides no other thread.</summary>
public sealed class DamagedHeadTests
{
    private static readonly DateTimeOffset Time = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, Action<Item>> Damages = new()
    {
        ["version missing"] = item => item.Remove("version"),
        ["version is text"] = item => item["version"] = new("x"),
        ["version negative"] = item => item["version"] = Number("-1"),
        ["version zero"] = item => item["version"] = Number("0"),
        ["version with a fraction"] = item => item["version"] = Number("1.5"),
        ["keyframe missing"] = item => item.Remove("keyframe"),
        ["keyframe negative"] = item => item["keyframe"] = Number("-1"),
        ["keyframe beyond the version"] = item => item["keyframe"] = Number("99"),
        ["chain missing"] = item => item.Remove("chain"),
        ["chain is text"] = item => item["chain"] = new("x"),
        ["chain short"] = item => item["chain"] = new() { B = new([1, 2, 3]) },
        ["status missing"] = item => item.Remove("status"),
        ["status not known"] = item => item["status"] = new("nonsense"),
        ["status is a number"] = item => item["status"] = Number("1"),
        ["user is a number"] = item => item["user"] = Number("1"),
        ["agent is a number"] = item => item["agent"] = Number("1"),
        ["metadata is no object"] = item => item["metadata"] = new("[]"),
        ["metadata is no JSON"] = item => item["metadata"] = new("no json"),
        ["metadata is a number"] = item => item["metadata"] = Number("1"),
        ["messages missing"] = item => item.Remove("messages"),
        ["messages negative"] = item => item["messages"] = Number("-1"),
        ["created missing"] = item => item.Remove("created"),
        ["created impossible"] = item => item["created"] = Number("99999999999999999"),
        ["updated missing"] = item => item.Remove("updated"),
        ["updated impossible"] = item => item["updated"] = Number("-99999999999999999"),
        ["updated is text"] = item => item["updated"] = new("2026-01-01"),
        ["expires is text"] = item => item["expires"] = new("2026-01-01"),
        ["expires impossible"] = item => item["expires"] = Number("99999999999999999"),
        ["deleted is text"] = item => item["deleted"] = new("no"),
        ["first missing"] = item => item.Remove("first"),
        ["first beyond the version"] = item => item["first"] = Number("99"),
        ["life missing"] = item => item.Remove("life"),
        ["life is a number"] = item => item["life"] = Number("1"),
        ["life is no life"] = item => item["life"] = new("first"),
        ["terms are no array"] = item => item["terms"] = new("{}"),
        ["terms are numbers"] = item => item["terms"] = new("[1]"),
        ["due is text"] = item => item["due"] = new("soon"),
        ["due impossible"] = item => item["due"] = Number("99999999999999999"),
        ["properties are no object"] = item => item["properties"] = new("[]"),
        ["properties are numbers"] = item => item["properties"] = new("""{"a":1}"""),
        ["revision negative"] = item => item["revision"] = Number("-1"),
        ["heartbeat is text"] = item => item["heartbeat"] = new("x"),
        ["pins negative"] = item => item["pins"] = Number("-1"),
        ["lowest pin zero"] = item => item["lowestPin"] = Number("0"),
        ["rewriting is a number"] = item => item["rewriting"] = Number("1"),
    };

    [Fact]
    public async Task Heads_ThatAreDamaged_AreReportedHideNoOtherThreadAndCanBeErased()
    {
        await using var table = await OwnTable.CreateAsync();
        foreach (var (name, damage) in Damages)
        {
            var tenant = name.Replace(' ', '-');
            await WriteAsync(table.Log, tenant, 4);
            await DamageAsync(table, ThreadKey.Of(tenant, "chat-2"), damage);
            var key = ThreadKey.Of(tenant, "chat-2");

            await ExpectErrorAsync(async () => await table.Log.GetHeadAsync(key));
            await ExpectErrorAsync(async () => await table.Log.ReadTailAsync(key));
            foreach (var order in Enum.GetValues<ThreadOrder>())
            {
                foreach (var (user, pageSize) in (List<(string?, int)>)[(null, 100), (null, 1), ("ann", 2)])
                {
                    (await ListAsync(table.Log, tenant, new() { Order = order, PageSize = pageSize, UserId = user, Deleted = DeletedFilter.Include })).Order(StringComparer.Ordinal).ToList()
                        .ShouldBe(["chat-0", "chat-1", "chat-3"], customMessage: $"{name}, {order}, {user}, {pageSize}");
                }
            }

            async Task ExpectErrorAsync(Func<Task> call)
            {
                // A status that is not known is that of a newer version, not damage.
                if (name == "status not known")
                {
                    await Should.ThrowAsync<UnknownFormatException>(call, name);
                }
                else
                {
                    (await Should.ThrowAsync<CorruptStateException>(call, name)).Key.ShouldBe(key);
                }
            }

            (await table.Log.EraseAsync(key)).ShouldBeTrue(name);
            (await table.Log.GetHeadAsync(key)).ShouldBeNull(name);
            await new ThreadWriter(key).AppendAsync(table.Log);
        }

        // A head and an entry of each thread.
        (await table.ScanAsync()).Count.ShouldBe(Damages.Count * 4 * 2);
        foreach (var order in Enum.GetValues<ThreadOrder>())
        {
            (await ListAsync(table.Log, null, new() { Order = order })).Count.ShouldBe(Damages.Count * 4);
        }
    }

    [Fact]
    public async Task List_OfAllTenants_LeavesDamagedHeadsOut()
    {
        await using var table = await OwnTable.CreateAsync();
        await WriteAsync(table.Log, "acme", 5);
        await DamageAsync(table, ThreadKey.Of("acme", "chat-0"), item => item["status"] = new("nonsense"));
        await DamageAsync(table, ThreadKey.Of("acme", "chat-4"), item => item.Remove("version"));

        foreach (var order in Enum.GetValues<ThreadOrder>())
        {
            foreach (var pageSize in (int[])[1, 2, 100])
            {
                (await ListAsync(table.Log, null, new() { Order = order, PageSize = pageSize })).Order(StringComparer.Ordinal).ToList().ShouldBe(["chat-1", "chat-2", "chat-3"]);
            }
        }
    }

    [Theory]
    [InlineData("x")]
    [InlineData("253395000000000nonsense")]
    [InlineData("2533950000000000:no separator")]
    public async Task List_WithAnItemWhosePlaceInTheIndexIsNone_HasAllOthers(string recent)
    {
        await using var table = await OwnTable.CreateAsync();
        await WriteAsync(table.Log, "acme", 3);
        await DamageAsync(table, ThreadKey.Of("acme", "chat-1"), item => item["recent"] = new(recent));

        (await ListAsync(table.Log, "acme", new())).Order(StringComparer.Ordinal).ToList().ShouldBe(["chat-0", "chat-2"]);
        var page = await table.Log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "acme", AsOf = default, Expired = ExpiredFilter.Include, Filter = new() { Order = ThreadOrder.Id } });
        page.Heads.Select(head => head.Key.Id.Value).ShouldBe(["chat-0", "chat-2"]);
        page.LeftOut.ShouldHaveSingleItem().Message.ShouldContain("'recent'");
    }

    [Fact]
    public async Task Appends_ToAThreadWithADamagedHead_AreRefused()
    {
        await using var table = await OwnTable.CreateAsync();
        var thread = new ThreadWriter(ThreadKey.Of("acme", "chat"));
        await thread.AppendManyAsync(table.Log, 2);
        await DamageAsync(table, thread.Key, item => item["version"] = new("x"));

        await Should.ThrowAsync<CorruptStateException>(() => thread.AppendAsync(table.Log));
        await Should.ThrowAsync<CorruptStateException>(() => new ThreadWriter(thread.Key).AppendAsync(table.Log));

        (await table.ScanAsync()).Count.ShouldBe(3);
    }

    private static AttributeValue Number(string number) => new() { N = number };

    private static async Task WriteAsync(DynamoDbCommitLog log, string tenant, int count)
    {
        for (var number = 0; number < count; number++)
        {
            await new ThreadWriter(ThreadKey.Of(tenant, $"chat-{number}")).AppendAsync(
                log, new() { Head = head => head with { UserId = "ann", Agent = "a", UpdatedAt = Time.AddSeconds(number), ExpiresAt = Time.AddYears(99) } });
        }
    }

    private static async Task DamageAsync(OwnTable table, ThreadKey key, Action<Item> damage)
    {
        using var client = await SharedServer.ClientAsync();
        var item = (await client.GetItemAsync(table.Name, new() { ["pk"] = new($"0:{key.Tenant}\t{key.Id}"), ["sk"] = new("h") }, true)).Item;
        damage(item);
        await client.PutItemAsync(table.Name, item);
    }

    private static async Task<List<string>> ListAsync(DynamoDbCommitLog log, string? tenant, ThreadQuery filter)
    {
        var ids = new List<string>();
        do
        {
            var page = await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = tenant, AsOf = default, Expired = ExpiredFilter.Include, Filter = filter });
            ids.AddRange(page.Heads.Select(head => head.Key.Id.Value));
            filter = filter with { Continuation = page.Continuation };
        }
        while (filter.Continuation is not null);

        return ids;
    }
}

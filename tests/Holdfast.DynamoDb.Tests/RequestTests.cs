using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.DynamoDb.Tests;

/// <summary>What operations cost in requests, and what they ask for.</summary>
public sealed class RequestTests
{
    private static readonly ThreadKey Key = ThreadKey.Of("acme", "chat-7");

    [Fact]
    public async Task Append_TakesOneRequest()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();

        await new ThreadWriter(Key).AppendManyAsync(log, 3);

        table.Proxy.Operations.ShouldBe(["TransactWriteItems", "TransactWriteItems", "TransactWriteItems"]);
    }

    [Fact]
    public async Task Commits_OfASessionThatIsKept_TakeOneRequestEach()
    {
        await using var table = await OwnTable.CreateAsync();
        await using var store = new AgentStateStore(table.OpenThroughProxy());
        var session = await store.OpenAsync("chat");
        session.Variables.Set("turn", 0);
        await session.CommitAsync();
        table.Proxy.Operations.Clear();

        for (var turn = 1; turn <= 5; turn++)
        {
            session.Variables.Set("turn", turn);
            await session.CommitAsync();
        }

        table.Proxy.Operations.ShouldBe(Enumerable.Repeat("TransactWriteItems", 5));
    }

    [Fact]
    public async Task Conflicts_AndDuplicates_AreToldOfByTheSameRequest()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var thread = new ThreadWriter(Key);
        var first = await thread.AppendAsync(table.Log);
        await thread.AppendAsync(table.Log);

        (await log.AppendAsync(first)).ShouldBe(AppendResult.Duplicate(2));
        (await log.AppendAsync(new ThreadWriter(Key).Next())).ShouldBe(AppendResult.Conflict(2));

        table.Proxy.Operations.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Conflicts_AndDuplicates_OfWhichOneReasonIsToldOnly_AreUnderstood(int reason)
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var thread = new ThreadWriter(Key);
        var first = await thread.AppendAsync(table.Log);
        var rival = thread.Copy();
        await thread.AppendAsync(table.Log);
        table.Proxy.Change = new OneReason(reason);

        (await log.AppendAsync(first)).ShouldBe(AppendResult.Duplicate(2));
        (await log.AppendAsync(rival.Next())).ShouldBe(AppendResult.Conflict(2));
    }

    [Fact]
    public async Task ReadTail_TakesOneConsistentRequest()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var thread = new ThreadWriter(Key);
        await thread.AppendManyAsync(table.Log, 60, keyframes: [10, 40]);

        (await log.ReadTailAsync(Key, 20))!.Entries.Select(entry => entry.Version).ShouldBe(Enumerable.Range(40, 21).Select(version => (long)version));

        var (operation, body) = table.Proxy.Requests.ShouldHaveSingleItem();
        operation.ShouldBe("Query");
        var request = JsonElement.Parse(body);
        request.GetProperty("ConsistentRead").GetBoolean().ShouldBeTrue();
        request.TryGetProperty("IndexName", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Listings_ReadIndexesAndHeadsAndNoEntries()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        await new ThreadWriter(Key).AppendAsync(table.Log, new() { Head = head => head with { UserId = "ann" } });
        foreach (var tenant in (string?[])["acme", null])
        {
            foreach (var filter in (ThreadQuery[])[new(), new() { Order = ThreadOrder.Id }, new() { UserId = "ann" }, new() { UserId = "ann", Order = ThreadOrder.Id }])
            {
                (await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = tenant, AsOf = default, Filter = filter })).Heads.Count.ShouldBe(1);
            }
        }

        foreach (var (operation, body) in table.Proxy.Requests)
        {
            var request = JsonElement.Parse(body);
            if (operation == "Query")
            {
                request.TryGetProperty("IndexName", out _).ShouldBeTrue();
            }
            else
            {
                operation.ShouldBe("BatchGetItem");
                request.GetProperty("RequestItems").GetProperty(table.Name).GetProperty("Keys").EnumerateArray().ShouldAllBe(key => key.GetProperty("sk").GetProperty("S").GetString() == "h");
            }
        }
    }

    [Fact]
    public async Task Listing_ByUserOfATenant_ReadsNoOtherUsersThreads()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        for (var i = 0; i < 20; i++)
        {
            await new ThreadWriter(ThreadKey.Of("acme", $"chat-{i}")).AppendAsync(table.Log, new() { Head = head => head with { UserId = i == 0 ? "ann" : "bob" } });
        }

        (await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "acme", AsOf = default, Filter = new() { UserId = "ann" } })).Heads.Count.ShouldBe(1);

        var queries = table.Proxy.Requests.Where(request => request.Operation == "Query").ToList();
        queries.Count.ShouldBe(8);
        queries.ShouldAllBe(query => query.Body.Contains("\"by-user\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Listing_WhoseIndexIsBehind_HasNoThreadThatIsGoneAndNoOldHead()
    {
        // An index that lags tells what was so a moment ago: here, what was so before the erase and the update that come between index and heads.
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var threads = new[] { "a", "b", "c" }.Select(id => new ThreadWriter(ThreadKey.Of("acme", id))).ToList();
        foreach (var thread in threads)
        {
            await thread.AppendAsync(table.Log);
        }

        foreach (var order in Enum.GetValues<ThreadOrder>())
        {
            var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var held = table.Proxy.Hold((operation, _) => operation == "BatchGetItem", go.Task);
            var listing = Task.Run(async () => await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "acme", AsOf = default, Filter = new() { Order = order } }));
            await held;
            await table.Log.EraseAsync(threads[0].Key);
            await threads[2].AppendAsync(table.Log);
            go.SetResult();

            var heads = (await listing).Heads;
            heads.Select(head => head.Key.Id.Value).ShouldBe(order == ThreadOrder.Id ? ["b", "c"] : ["c", "b"]);
            heads.Select(head => head.ChainHash).ShouldContain(threads[2].Head!.ChainHash);
            threads[0] = new(threads[0].Key);
            await threads[0].AppendAsync(table.Log);
        }
    }

    [Fact]
    public async Task PlainBodies_AreStoredAsText()
    {
        await using var table = await OwnTable.CreateAsync();
        var body = """{"v":1,"messages":[{"text":"Größe 🦑"}]}""";
        await new ThreadWriter(Key).AppendAsync(table.Log, new() { Body = System.Text.Encoding.UTF8.GetBytes(body) });

        (await table.ScanAsync()).Single(item => item["sk"].S != "h")["body"].S.ShouldBe(body);
    }

    [Fact]
    public async Task Metadata_ThatIsTooLargeForTheHead_IsRefusedAndNothingIsWritten()
    {
        await using var log = await SharedServer.OpenAsync();
        var thread = new ThreadWriter(ThreadKey.Of("t" + Guid.NewGuid().ToString("N"), "chat"));
        var metadata = new Dictionary<string, JsonElement> { ["k"] = JsonSerializer.SerializeToElement(new string('x', 400_000)) };

        await Should.ThrowAsync<StateTooLargeException>(async () => await thread.AppendAsync(log, new() { Head = head => head with { Metadata = metadata } }));

        (await log.GetHeadAsync(thread.Key)).ShouldBeNull();
    }

    [Fact]
    public async Task EntryBeyondTheHead_IsReportedAndNotOverwritten()
    {
        await using var table = await OwnTable.CreateAsync();
        using var client = await SharedServer.ClientAsync();
        var thread = new ThreadWriter(Key);
        await thread.AppendAsync(table.Log);
        var stray = (await table.ScanAsync()).Single(item => item["sk"].S != "h");
        stray["sk"] = new(Crashes.Sort(thread, 2));
        await client.PutItemAsync(table.Name, stray);

        var error = await Should.ThrowAsync<CorruptStateException>(async () => await thread.AppendAsync(table.Log));

        error.Version.ShouldBe(2);
        (await table.Log.GetHeadAsync(Key))!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task EntryThatIsMissing_IsDamageAndNotAShorterThread()
    {
        await using var table = await OwnTable.CreateAsync();
        using var client = await SharedServer.ClientAsync();
        var thread = new ThreadWriter(Key);
        await thread.AppendManyAsync(table.Log, 4);
        await client.DeleteItemAsync(table.Name, new() { ["pk"] = new("0:acme\tchat-7"), ["sk"] = new(Crashes.Sort(thread, 3)) });

        (await Should.ThrowAsync<CorruptStateException>(async () => await table.Log.ReadTailAsync(Key))).Version.ShouldBe(3);
        var rest = await table.Log.ReadAsync(Key).Select(entry => entry.Version).ToListAsync();
        rest.ShouldBe([1, 2, 4]);
    }
}

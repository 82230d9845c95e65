using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Testing.Shared;

namespace Holdfast.DynamoDb.Tests;

/// <summary>Threads whose ids begin alike are found, whatever characters they have, in each order and page by page.</summary>
public sealed class IdPrefixTests
{
    private static readonly string[] Prefixes =
    [
        "a", "a%", "a_", "a\\", "a/", "a~", "a\ud7ff", "a\uffff", "~", "🦑", "\udbff\udfff", "\udbff\udfff\udbff\udfff", "'", "%", "nothing begins like this",
    ];

    [Fact]
    public async Task List_ByPrefix_HasWhatBeginsWithItAndNothingElse()
    {
        await using var table = await OwnTable.CreateAsync();
        await IdPrefixes.WriteAsync(table.Log);

        foreach (var prefix in Prefixes)
        {
            await IdPrefixes.ExpectAsync(table.Log, prefix, (null, 100), ("ann", 2));
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

        (await IdPrefixes.ListAsync(log, "acme", new() { IdPrefix = "b", Order = ThreadOrder.Id })).Count.ShouldBe(4);

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

                (await IdPrefixes.ListAsync(log, tenant, filter with { IdPrefix = "b" })).Count.ShouldBe(4);

                seen.Heads.ShouldBe(4);
            }
        }
    }

    [Fact]
    public async Task List_ByAPrefixThatNoIdCanHave_IsRefused()
    {
        await using var log = await SharedServer.OpenAsync();

        await IdPrefixes.ExpectRefusalsAsync(log);
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

using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Holdfast.DynamoDb.Bodies;
using Holdfast.DynamoDb.Rows;
using Holdfast.Logs;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace Holdfast.DynamoDb.Tests;

/// <summary>A table of its own for a test that looks at what is stored, and a proxy before the server that a log can be opened through.</summary>
internal sealed class OwnTable : IAsyncDisposable
{
    private readonly List<ICommitLog> _logs = [];
    private readonly AmazonDynamoDBClient _client;

    private OwnTable(FaultProxy proxy, AmazonDynamoDBClient client, DynamoDbCommitLog log)
    {
        (Proxy, _client, Log) = (proxy, client, log);
        _logs.Add(log);
    }

    public FaultProxy Proxy { get; }

    /// <summary>A log that goes straight to the server.</summary>
    public DynamoDbCommitLog Log { get; }

    public string Name { get; private init; } = "";

    public static async Task<OwnTable> CreateAsync()
    {
        var name = "t-" + Guid.NewGuid().ToString("N");
        var log = await SharedServer.OpenAsync(options => options.TableName = name);
        await log.GetHeadAsync(ThreadKey.Of("makes the table"));
        return new(await FaultProxy.StartAsync(), await SharedServer.ClientAsync(), log) { Name = name };
    }

    /// <summary>A log that goes through the proxy.</summary>
    public DynamoDbCommitLog OpenThroughProxy(Action<DynamoDbLogOptions>? configure = null)
    {
        var options = SharedServer.OptionsFor(Proxy.Url);
        (options.TableName, options.CreateTable) = (Name, false);
        configure?.Invoke(options);
        var log = new DynamoDbCommitLog(options);
        _logs.Add(log);
        return log;
    }

    public async Task<List<Item>> ScanAsync()
    {
        var items = new List<Item>();
        Item? next = null;
        do
        {
            var response = await _client.ScanAsync(new ScanRequest { TableName = Name, ConsistentRead = true, ExclusiveStartKey = next });
            items.AddRange(response.Items);
            next = response.LastEvaluatedKey is { Count: > 0 } more ? more : null;
        }
        while (next is not null);

        return items;
    }

    /// <summary>That nothing is stored but living threads: every chunk belongs to an entry, and no work is left.</summary>
    public async Task ShouldHaveNoOrphansAsync()
    {
        var items = await ScanAsync();
        var lives = items.Where(item => item["sk"].S == "h").Select(PlaceOf).ToHashSet();
        var entries = items.Where(item => item["sk"].S.StartsWith("e:", StringComparison.Ordinal)).ToList();
        items.Where(item => Place.LifeIn(item["sk"].S) is not null).ShouldAllBe(item => lives.Contains(new(item["pk"].S, Place.LifeIn(item["sk"].S)!)));
        var expected = entries.Select(ChunkRange.Read).OfType<ChunkRange>().SelectMany(chunks => chunks.ItemKeys).Select(key => key["pk"].S);
        items.Select(item => item["pk"].S).Where(partition => partition.StartsWith("c:", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .ShouldBe(expected.Order(StringComparer.Ordinal));
        items.ShouldAllBe(item => !item["pk"].S.StartsWith("w:", StringComparison.Ordinal) && !item["sk"].S.StartsWith("w:", StringComparison.Ordinal) && !item.ContainsKey("rewriting"));
    }

    private static Place PlaceOf(Item head)
        => Keys.TryParseThread(head["pk"].S, out var key) ? Place.Of(key, new(Guid.Parse(head["life"].S))) : throw new InvalidOperationException($"'{head["pk"].S}' is not the partition of a thread.");

    public async ValueTask DisposeAsync()
    {
        foreach (var log in _logs)
        {
            await log.DisposeAsync();
        }

        await Proxy.DisposeAsync();
        await _client.DeleteTableAsync(Name);
        _client.Dispose();
    }
}

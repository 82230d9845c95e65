using System.Text;
using Holdfast.Logs;
using Holdfast.Testing;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace Holdfast.DynamoDb.Tests;

/// <summary>What operations cost, as docs/dynamodb.md tells it.</summary>
public sealed class CostTests
{
    private static readonly ThreadKey Key = ThreadKey.Of("acme", "0199f0c2-7d3e-7b52-9c8e-1f2a3b4c5d6e");

    [Fact]
    public async Task Items_OfAKilobyteCommit_TakeTwoKilobytesAndOne()
    {
        await using var table = await OwnTable.CreateAsync();
        var thread = new ThreadWriter(Key);
        await thread.AppendAsync(
            table.Log, new() { Body = Text(1000), Head = head => head with { UserId = "ann@example.com", Agent = "Billing", ExpiresAt = head.UpdatedAt.AddDays(30) } });

        var items = await table.ScanAsync();

        // A unit of writing is for one KB of names and values.
        SizeOf(items.Single(item => item["sk"].S != "h")).ShouldBeLessThan(1300);
        SizeOf(items.Single(item => item["sk"].S == "h")).ShouldBeLessThan(800);
    }

    [Fact]
    public async Task Load_OfKilobyteTurns_CostsAUnitForFourKilobytes()
    {
        await using var table = await OwnTable.CreateAsync();
        var thread = new ThreadWriter(Key);
        for (var version = 1; version <= 100; version++)
        {
            await thread.AppendAsync(table.Log, new() { Body = Text(1000), IsKeyframe = version % 20 == 0 });
        }

        var units = new CountedUnits();
        table.Proxy.Change = units;
        await table.OpenThroughProxy().ReadTailAsync(Key);

        units.Total.ShouldBeInRange(5, 11);
    }

    private static byte[] Text(int size) => [.. Enumerable.Repeat((byte)'x', size)];

    private static long SizeOf(Item item) => item.Sum(attribute => Encoding.UTF8.GetByteCount(attribute.Key) + attribute.Value switch
    {
        { S: { } text } => Encoding.UTF8.GetByteCount(text),
        { N: { } number } => (number.Length / 2) + 2,
        { B: { } bytes } => bytes.Length,
        _ => 1,
    });
}

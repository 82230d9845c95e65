using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.DynamoDb.Tests;

/// <summary>What operations cost in units, as docs/dynamodb.md tells it.</summary>
public sealed class CostTests
{
    private static readonly ThreadKey Key = ThreadKey.Of("acme", "chat-7");

    [Fact]
    public async Task Commit_OfAKilobyte_CostsElevenUnitsAtMost()
    {
        await using var table = await OwnTable.CreateAsync();
        var (log, units) = Open(table);
        var thread = new ThreadWriter(Key);
        for (var version = 1; version <= 5; version++)
        {
            await thread.AppendAsync(log, new() { Body = Text(1000), Head = head => head with { UserId = "ann", Agent = "Billing" } });
            TestContext.Current.SendDiagnosticMessage("commit {0}: {1} units", version, units.Take());
        }
    }

    [Fact]
    public async Task Load_OfKilobyteTurns_CostsAUnitForFourKilobytes()
    {
        await using var table = await OwnTable.CreateAsync();
        var (log, units) = Open(table);
        var thread = new ThreadWriter(Key);
        for (var version = 1; version <= 100; version++)
        {
            await thread.AppendAsync(table.Log, new() { Body = Text(1000), IsKeyframe = version % 20 == 0 });
        }

        await log.ReadTailAsync(Key);

        TestContext.Current.SendDiagnosticMessage("load: {0} units", units.Take());
    }

    private static (DynamoDbCommitLog Log, CountedUnits Units) Open(OwnTable table)
    {
        var units = new CountedUnits();
        table.Proxy.Change = units;
        return (table.OpenThroughProxy(), units);
    }

    private static byte[] Text(int size) => [.. Enumerable.Repeat((byte)'x', size)];
}

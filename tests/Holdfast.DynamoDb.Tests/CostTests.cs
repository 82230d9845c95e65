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

    [Theory]
    [InlineData(Kind.Plain, 12, 8, 0, 0, 0)]
    [InlineData(Kind.OfAUser, 12, 8, 8, 0, 0)]
    [InlineData(Kind.OfAUser | Kind.Expires, 12, 8, 8, 0, 0)]
    [InlineData(Kind.OfAUser | Kind.Expires | Kind.Maintained, 12, 8, 8, 0, 0)]
    [InlineData(Kind.OfAUser | Kind.ChangesStatus, 12, 8, 8, 4, 0)]
    [InlineData(Kind.OfAUser | Kind.IsDue, 12, 8, 8, 0, 8)]
    public async Task Append_OfAKilobyte_WritesTheEntryTheHeadAndFewIndexes(Kind kind, double entryAndHead, double byUpdate, double byUser, double byId, double byDue)
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var thread = new ThreadWriter(Key);
        await thread.AppendAsync(log, DraftOf(kind, ThreadStatus.Idle));
        if (kind.HasFlag(Kind.Maintained))
        {
            var pin = new Pin { Life = CommitId.New(TimeProvider.System), Key = ThreadKey.Of("acme", "fork"), From = 1, To = 1 };
            await log.UpdateHeadAsync(new() { Key = Key, Properties = new Dictionary<string, string?> { ["note"] = "kept" }, AddPins = [pin], Beats = true });
        }

        var units = new UnitsByIndex();
        table.Proxy.Change = units;

        await thread.AppendAsync(log, DraftOf(kind, kind.HasFlag(Kind.ChangesStatus) ? ThreadStatus.Thinking : ThreadStatus.Idle));

        // DynamoDB Local counts every write of a transaction, and of the indexes that follow it, twice as often as docs/dynamodb.md does.
        (units["table"], units["by-update"], units["by-user"], units["by-id"], units["by-due"]).ShouldBe((entryAndHead, byUpdate, byUser, byId, byDue));
    }

    [Fact]
    public async Task Heartbeat_CostsAUnitAndNoIndex()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        await new ThreadWriter(Key).AppendAsync(log, DraftOf(Kind.OfAUser | Kind.IsDue, ThreadStatus.Idle));
        var units = new UnitsByIndex();
        table.Proxy.Change = units;

        await log.UpdateHeadAsync(new() { Key = Key, Beats = true });

        (units["table"], units.Total).ShouldBe((1, 1));
    }

    [Fact]
    public async Task Trunk_OfALongThread_CostsAsMuchAsOfAShortOne()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var costs = new List<double>();
        foreach (var length in (int[])[1, 150])
        {
            var thread = new ThreadWriter(ThreadKey.Of("acme", $"chat-{length:D3}"));
            await thread.AppendManyAsync(table.Log, length);
            var units = new CountedUnits();
            table.Proxy.Change = units;
            (await log.EraseAsync(new EraseRequest { Key = thread.Key, KeepAsTrunk = true })).ShouldBeTrue();
            costs.Add(units.Total);
        }

        costs[1].ShouldBe(costs[0]);
    }

    [Fact]
    public async Task Tail_SinceTheHead_CostsAUnit()
    {
        await using var table = await OwnTable.CreateAsync();
        var thread = new ThreadWriter(Key);
        for (var version = 1; version <= 30; version++)
        {
            await thread.AppendAsync(table.Log, new() { Body = Text(1000) });
        }

        var units = new CountedUnits();
        table.Proxy.Change = units;
        var tail = await table.OpenThroughProxy().ReadTailAsync(new TailRequest { Key = Key, Since = thread.Head!.Position });

        tail!.Entries.ShouldBeEmpty();
        units.Total.ShouldBe(1);
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

    private static EntryDraft DraftOf(Kind kind, ThreadStatus status) => new()
    {
        Body = Text(1000),
        Head = head => head with
        {
            UserId = kind.HasFlag(Kind.OfAUser) ? "ann@example.com" : null,
            Agent = "Billing",
            Status = status,
            ExpiresAt = kind.HasFlag(Kind.Expires) ? head.UpdatedAt.AddDays(30) : null,
            DueAt = kind.HasFlag(Kind.IsDue) ? head.UpdatedAt.AddSeconds(30) : null,
        },
    };

    private static byte[] Text(int size) => Encoding.UTF8.GetBytes("{" + new string('x', size - 2) + "}");

    private static long SizeOf(Item item) => item.Sum(attribute => Encoding.UTF8.GetByteCount(attribute.Key) + attribute.Value switch
    {
        { S: { } text } => Encoding.UTF8.GetByteCount(text),
        { N: { } number } => (number.Length / 2) + 2,
        { B: { } bytes } => bytes.Length,
        _ => 1,
    });

    /// <summary>What a thread is like.</summary>
    [Flags]
    public enum Kind
    {
        /// <summary>It has no user, no expiry and nothing else that an index would know.</summary>
        Plain = 0,

        /// <summary>It has a user.</summary>
        OfAUser = 1,

        /// <summary>Its expiry moves with each commit.</summary>
        Expires = 2,

        /// <summary>It has properties, pins and a heartbeat.</summary>
        Maintained = 4,

        /// <summary>Its status changes with the commit.</summary>
        ChangesStatus = 8,

        /// <summary>Its due time changes with each commit.</summary>
        IsDue = 16,
    }
}

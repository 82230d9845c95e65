using Holdfast.DynamoDb.Rows;
using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.DynamoDb.Tests;

/// <summary>A trunk is the thread under another name: its entries and pins stay where they are, and a process may end at any point.</summary>
public sealed class TrunkTests
{
    private static readonly EraseRequest Keep = new() { Key = Crashes.Key, KeepAsTrunk = true };

    [Fact]
    public async Task Trunk_ThatCrashesAfterAnyRequest_IsThereUnderOneOfTheNames()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        await Crashes.CrashAfterEveryRequestAsync(table, async crash =>
        {
            var thread = await Crashes.WriteAsync(table.Log);
            await PinAsync(table.Log, thread);
            await crash(async () => await log.EraseAsync(Keep));
            if (await table.Log.GetHeadAsync(Crashes.Key) is null)
            {
                thread.AcceptTrunk();
            }

            await ExpectAsync(table, thread);
            (await table.Log.EraseAsync(thread.Key)).ShouldBeTrue();
            (await table.ScanAsync()).ShouldBeEmpty();
        });
    }

    [Fact]
    public async Task Trunk_OfAThreadWhoseRewriteCrashed_IsRewrittenWhollyOrNotAtAll()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [4] = Crashes.Bytes(100_000), [5] = Crashes.Bytes(60) };
        await Crashes.CrashAfterEveryRequestAsync(table, async crash =>
        {
            var thread = await Crashes.WriteAsync(table.Log);
            await crash(async () => await log.RewriteAsync(Crashes.Key, replacements, dropBelow: 3));
            if ((await table.Log.GetHeadAsync(Crashes.Key))!.Revision > 0)
            {
                thread.AcceptRewrite(replacements, dropBelow: 3);
            }

            (await table.Log.EraseAsync(Keep)).ShouldBeTrue();
            thread.AcceptTrunk();

            await ExpectAsync(table, thread);
            (await table.Log.EraseAsync(thread.Key)).ShouldBeTrue();
            (await table.ScanAsync()).ShouldBeEmpty();
        });
    }

    [Fact]
    public async Task Rename_AnyOfWhoseRequestsArrivesAgain_TouchesNeitherTheTrunkNorTheNextLife()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var old = await Crashes.WriteAsync(table.Log);
        (await log.EraseAsync(Keep)).ShouldBeTrue();
        old.AcceptTrunk();
        await old.AppendAsync(table.Log);
        var next = await Crashes.WriteAsync(table.Log);

        foreach (var request in table.Proxy.Requests.ToList())
        {
            await table.Proxy.RepeatAsync(request);

            await Crashes.ExpectAsync(table.Log, old);
            await Crashes.ExpectAsync(table.Log, next);
        }
    }

    [Fact]
    public async Task Begin_OfALifeThatWasKeptAsATrunk_IsRefused()
    {
        await using var table = await OwnTable.CreateAsync();
        var thread = new ThreadWriter(Crashes.Key);
        var first = await thread.AppendAsync(table.Log);
        await thread.AppendManyAsync(table.Log, 3);
        (await table.Log.EraseAsync(Keep)).ShouldBeTrue();
        thread.AcceptTrunk();

        // A repetition that comes late, and a copy of the thread that begins later.
        (await table.Log.AppendAsync(first)).ShouldBe(AppendResult.Conflict(0));
        var copy = new ThreadWriter(Crashes.Key).Next(new() { FirstVersion = 9, IsKeyframe = true, Life = thread.Head!.Life, After = thread.Head.ChainHash });
        (await table.Log.AppendAsync(copy)).ShouldBe(AppendResult.Conflict(0));

        await ExpectAsync(table, thread);
    }

    [Fact]
    public async Task Load_OfAnOlderLifeBesideANewerTrunk_TakesASecondQuery()
    {
        await using var table = await OwnTable.CreateAsync();
        var older = new CommitId(Guid.CreateVersion7(TimeProvider.System.GetUtcNow().AddDays(-1)));
        var trunk = new ThreadWriter(Crashes.Key);
        await trunk.AppendManyAsync(table.Log, 40);
        (await table.Log.EraseAsync(Keep)).ShouldBeTrue();
        trunk.AcceptTrunk();
        var thread = new ThreadWriter(Crashes.Key);
        await thread.AppendAsync(table.Log, new() { Life = older });
        await thread.AppendManyAsync(table.Log, 3);
        var log = table.OpenThroughProxy();

        (await log.ReadTailAsync(Crashes.Key))!.Entries.Count.ShouldBe(4);

        table.Proxy.Operations.ShouldBe(["Query", "Query"]);
        await Crashes.ExpectAsync(table.Log, thread);
        await Crashes.ExpectAsync(table.Log, trunk);
    }

    [Fact]
    public async Task Trunk_IsMadeByOneTransaction()
    {
        await using var table = await OwnTable.CreateAsync();
        var thread = await Crashes.WriteAsync(table.Log);
        var log = table.OpenThroughProxy();

        (await log.EraseAsync(Keep)).ShouldBeTrue();

        table.Proxy.Operations.ShouldBe(["GetItem", "TransactWriteItems"]);
        thread.AcceptTrunk();
        var items = await table.ScanAsync();
        items.Count(item => item["sk"].S == Keys.Head).ShouldBe(1);
        items.Single(item => item["sk"].S == Keys.Head)["pk"].S.ShouldBe(Keys.Thread(thread.Key));
    }

    private static async Task PinAsync(DynamoDbCommitLog log, ThreadWriter thread)
    {
        var update = new HeadUpdate
        {
            Key = thread.Key,
            AddPins = [new() { Life = CommitId.New(TimeProvider.System), Key = ThreadKey.Of("acme", "fork"), From = 2, To = 5 }],
            Properties = new Dictionary<string, string?> { ["note"] = "kept" },
        };
        (await log.UpdateHeadAsync(update)).ShouldNotBeNull();
        thread.AcceptUpdate(update);
    }

    private static async Task ExpectAsync(OwnTable table, ThreadWriter thread)
    {
        var head = (await table.Log.GetHeadAsync(new HeadRequest { Key = thread.Key, WithPins = true }))!;
        head.Pins.ShouldBe(thread.Pins);
        (head.Stamp, head.PinCount, head.LowestPin).ShouldBe((thread.Head!.Stamp, thread.Head.PinCount, thread.Head.LowestPin));
        head.Properties.ShouldBe(thread.Head.Properties);
        await Crashes.ExpectAsync(table.Log, thread);
        await table.Log.CollectOrphansAsync(TimeSpan.Zero);
        await table.ShouldHaveNoOrphansAsync();
        await Crashes.ExpectAsync(table.Log, thread);
    }
}

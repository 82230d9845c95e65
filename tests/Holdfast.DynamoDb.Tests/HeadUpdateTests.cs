using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.DynamoDb.Tests;

/// <summary>What changes of a head by maintenance take in requests, and what becomes of them when something is in the way.</summary>
public sealed class HeadUpdateTests
{
    private static readonly ThreadKey Key = ThreadKey.Of("acme", "chat-7");

    [Fact]
    public async Task Updates_TakeFewRequests()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        await new ThreadWriter(Key).AppendAsync(table.Log);
        var pin = NewPin(1);

        (await OperationsOfAsync(new() { Key = Key, Beats = true })).ShouldBe(["UpdateItem"]);
        (await OperationsOfAsync(new() { Key = Key, Expiry = new(DateTimeOffset.MaxValue) })).ShouldBe(["GetItem", "TransactWriteItems"]);
        (await OperationsOfAsync(new() { Key = Key, AddPins = [pin] })).ShouldBe(["GetItem", "Query", "TransactWriteItems"]);
        (await OperationsOfAsync(new() { Key = Key })).ShouldBe(["GetItem"]);
        (await OperationsOfAsync(new() { Key = Key, Properties = new Dictionary<string, string?> { ["a"] = "b" }, IfRevision = 0 }, isDone: false)).ShouldBe(["GetItem"]);

        async Task<List<string>> OperationsOfAsync(HeadUpdate update, bool isDone = true)
        {
            table.Proxy.Operations.Clear();
            (await log.UpdateHeadAsync(update) is not null).ShouldBe(isDone);
            return [.. table.Proxy.Operations];
        }
    }

    [Theory]
    [InlineData(Passage.Throttled)]
    [InlineData(Passage.InTheWay)]
    [InlineData(Passage.Fails)]
    [InlineData(Passage.Cut)]
    public async Task Updates_ThatFailInPassing_AreTriedAgain(Passage fault)
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        await new ThreadWriter(Key).AppendAsync(table.Log);

        table.Proxy.Next("UpdateItem", fault, fault);
        (await log.UpdateHeadAsync(new() { Key = Key, Beats = true }))!.Heartbeat.ShouldBe(1);
        table.Proxy.Next("TransactWriteItems", fault, fault);
        (await log.UpdateHeadAsync(new() { Key = Key, AddPins = [NewPin(1)] }))!.PinCount.ShouldBe(1);
    }

    [Theory]
    [InlineData(Passage.DoneButFails)]
    [InlineData(Passage.DoneButCut)]
    public async Task Update_WhoseAnswerIsLost_IsDoneOnce(Passage fault)
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        await new ThreadWriter(Key).AppendAsync(table.Log);
        table.Proxy.Next("TransactWriteItems", fault, fault);

        (await log.UpdateHeadAsync(new() { Key = Key, AddPins = [NewPin(3), NewPin(2)], IfRevision = 0 }))!.LowestPin.ShouldBe(2);

        (await log.GetHeadAsync(Key))!.Revision.ShouldBe(1);
    }

    [Fact]
    public async Task Pins_ThatChangeWhileTheyAreRead_AreReadAgain()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        await new ThreadWriter(Key).AppendAsync(table.Log);
        var (first, second) = (NewPin(1), NewPin(2));
        await table.Log.UpdateHeadAsync(new() { Key = Key, AddPins = [first] });
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = table.Proxy.Hold((operation, _) => operation == "Query", go.Task);
        var reading = Task.Run(async () => await log.GetHeadAsync(new HeadRequest { Key = Key, WithPins = true }));
        await held;

        await table.Log.UpdateHeadAsync(new() { Key = Key, AddPins = [second], RemovePins = [first.Life] });
        go.SetResult();

        var head = (await reading)!;
        head.Pins.ShouldBe([second]);
        (head.Revision, head.LowestPin).ShouldBe((2, 2));
    }

    [Fact]
    public async Task Pins_ThatAreNotAsManyAsTheHeadSays_AreDamage()
    {
        await using var table = await OwnTable.CreateAsync();
        await new ThreadWriter(Key).AppendAsync(table.Log);
        await table.Log.UpdateHeadAsync(new() { Key = Key, AddPins = [NewPin(1), NewPin(2)] });
        var lost = (await table.ScanAsync()).First(item => item["sk"].S.StartsWith("p:", StringComparison.Ordinal));
        using var client = await SharedServer.ClientAsync();
        await client.DeleteItemAsync(table.Name, new() { ["pk"] = lost["pk"], ["sk"] = lost["sk"] });

        (await Should.ThrowAsync<CorruptStateException>(async () => await table.Log.GetHeadAsync(new HeadRequest { Key = Key, WithPins = true }))).Key.ShouldBe(Key);
        (await table.Log.GetHeadAsync(Key))!.PinCount.ShouldBe(2);
    }

    [Fact]
    public async Task Update_OfMorePinsThanATransactionHolds_IsRefused()
    {
        await using var table = await OwnTable.CreateAsync();
        await new ThreadWriter(Key).AppendAsync(table.Log);
        var pins = Enumerable.Range(1, 100).Select(i => NewPin(i)).ToList();

        await Should.ThrowAsync<StateTooLargeException>(async () => await table.Log.UpdateHeadAsync(new() { Key = Key, AddPins = pins }));
        (await table.Log.UpdateHeadAsync(new() { Key = Key, AddPins = pins[1..] }))!.PinCount.ShouldBe(99);
        (await table.Log.UpdateHeadAsync(new() { Key = Key, AddPins = pins[..1] }))!.PinCount.ShouldBe(100);
    }

    private static Pin NewPin(long from) => new() { Life = CommitId.New(TimeProvider.System), Key = ThreadKey.Of("acme", $"fork-{from}"), From = from, To = from + 3 };
}

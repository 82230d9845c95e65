using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.DynamoDb.Tests;

/// <summary>A life that was erased may come back, in a copy or in a commit that is repeated, while its old items are still being removed.</summary>
public sealed class LifeCrashTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(20)]
    public async Task Begin_OfALifeWhoseEraseCrashed_MeetsNothingOfTheOldOne(long firstVersion)
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        await Crashes.CrashAfterEveryRequestAsync(table, async crash =>
        {
            var old = await Crashes.WriteAsync(table.Log);
            await PinAsync(table.Log);
            await crash(async () => await log.EraseAsync(Crashes.Key));
            if (await table.Log.GetHeadAsync(Crashes.Key) is not null)
            {
                (await table.Log.EraseAsync(Crashes.Key)).ShouldBeTrue();
            }

            var copy = new ThreadWriter(Crashes.Key);
            await copy.AppendAsync(table.Log, new() { FirstVersion = firstVersion, IsKeyframe = true, Life = old.Head!.Life });
            await copy.AppendManyAsync(table.Log, 10);
            await ExpectAsync(table, copy);
        });
    }

    [Fact]
    public async Task Begin_ThatIsRepeatedAfterAnEraseThatCrashed_MeetsNothingOfTheOldLife()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        await Crashes.CrashAfterEveryRequestAsync(table, async crash =>
        {
            var thread = new ThreadWriter(Crashes.Key);
            var first = thread.Next();
            (await table.Log.AppendAsync(first)).Outcome.ShouldBe(AppendOutcome.Appended);
            thread.Accept(first);
            await thread.AppendManyAsync(table.Log, 4);
            await PinAsync(table.Log);
            await crash(async () => await log.EraseAsync(Crashes.Key));
            if (await table.Log.GetHeadAsync(Crashes.Key) is not null)
            {
                (await table.Log.EraseAsync(Crashes.Key)).ShouldBeTrue();
            }

            (await table.Log.AppendAsync(first)).Outcome.ShouldBe(AppendOutcome.Appended);
            var again = new ThreadWriter(Crashes.Key);
            again.Accept(first);
            await again.AppendManyAsync(table.Log, 6);
            await ExpectAsync(table, again);
        });
    }

    [Fact]
    public async Task Append_WhoseHeadNamesAnotherLife_FollowsTheOneThatIsStored()
    {
        await using var table = await OwnTable.CreateAsync();
        var thread = new ThreadWriter(Crashes.Key);
        await thread.AppendAsync(table.Log);
        var life = thread.Head!.Life;

        await thread.AppendAsync(table.Log, new() { Body = Crashes.Bytes(100_000), Head = head => head with { Life = CommitId.New(TimeProvider.System) } });

        (await table.Log.GetHeadAsync(Crashes.Key))!.Life.ShouldBe(life);
        await Crashes.ExpectAsync(table.Log, thread);
        await table.ShouldHaveNoOrphansAsync();
    }

    private static async Task PinAsync(DynamoDbCommitLog log) => (await log.UpdateHeadAsync(new()
    {
        Key = Crashes.Key,
        AddPins = [.. Enumerable.Range(1, 3).Select(i => new Pin { Life = CommitId.New(TimeProvider.System), Key = ThreadKey.Of("acme", $"fork-{i}"), From = i, To = 9 })],
    })).ShouldNotBeNull();

    private static async Task ExpectAsync(OwnTable table, ThreadWriter thread)
    {
        await Crashes.ExpectAsync(table.Log, thread);
        (await table.Log.GetHeadAsync(new HeadRequest { Key = Crashes.Key, WithPins = true }))!.Pins.ShouldBeEmpty();
        await table.Log.CollectOrphansAsync(TimeSpan.Zero);
        await Crashes.ExpectAsync(table.Log, thread);
        await table.ShouldHaveNoOrphansAsync();
        (await table.Log.EraseAsync(Crashes.Key)).ShouldBeTrue();
        (await table.ScanAsync()).ShouldBeEmpty();
    }
}

using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.DynamoDb.Tests;

/// <summary>A process may end after any request of an erase: the thread is there or not, and what is left is removed.</summary>
public sealed class EraseCrashTests
{
    [Fact]
    public async Task Erase_ThatCrashesAfterAnyRequest_LeavesTheThreadOrNothingAndTheNextLifeIsClean()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        await Crashes.CrashAfterEveryRequestAsync(table, async crash =>
        {
            var old = await Crashes.WriteAsync(table.Log);
            await crash(async () => await log.EraseAsync(Crashes.Key));
            if (await table.Log.GetHeadAsync(Crashes.Key) is null)
            {
                await Crashes.ExpectAsync(table.Log, new(Crashes.Key));
                (await table.Log.AppendAsync(old.Next())).ShouldBe(AppendResult.Conflict(0));
            }
            else
            {
                await Crashes.ExpectAsync(table.Log, old);
                (await table.Log.EraseAsync(Crashes.Key)).ShouldBeTrue();
            }

            // Without any collecting: who begins the thread again meets nothing of the old one.
            var anew = new ThreadWriter(Crashes.Key);
            await anew.AppendManyAsync(table.Log, 2);
            await Crashes.ExpectAsync(table.Log, anew);
            await table.Log.CollectOrphansAsync(TimeSpan.Zero);
            await table.ShouldHaveNoOrphansAsync();
            await Crashes.ExpectAsync(table.Log, anew);
            (await table.Log.EraseAsync(Crashes.Key)).ShouldBeTrue();
            (await table.ScanAsync()).ShouldBeEmpty();
        });
    }

    [Fact]
    public async Task CollectOrphans_AfterAnEraseThatCrashed_RemovesTheRest()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        await Crashes.CrashAfterEveryRequestAsync(table, async crash =>
        {
            await Crashes.WriteAsync(table.Log);
            await crash(async () => await log.EraseAsync(Crashes.Key));
            if (await table.Log.GetHeadAsync(Crashes.Key) is not null)
            {
                (await table.Log.EraseAsync(Crashes.Key)).ShouldBeTrue();
            }

            await table.Log.CollectOrphansAsync(TimeSpan.Zero);

            (await table.Log.GetHeadAsync(Crashes.Key)).ShouldBeNull();
            (await table.ScanAsync()).ShouldBeEmpty();
        });
    }

    [Fact]
    public async Task Erase_ThatComesLateWithItsRemovals_DoesNotTouchTheNextLife()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        await Crashes.WriteAsync(table.Log);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = table.Proxy.Hold((operation, body) => operation == "TransactWriteItems" && body.Contains("\"ConditionCheck\"", StringComparison.Ordinal), go.Task);
        var erasing = Task.Run(async () => await log.EraseAsync(Crashes.Key));
        await held;

        var anew = await Crashes.WriteAsync(table.Log);
        go.SetResult();

        (await erasing).ShouldBeTrue();
        await Crashes.ExpectAsync(table.Log, anew);
        await table.ShouldHaveNoOrphansAsync();
    }
}

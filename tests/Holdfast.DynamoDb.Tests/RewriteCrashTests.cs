using Holdfast.Logs;
using Holdfast.Testing;
using NewBodies = System.Collections.Generic.Dictionary<long, System.ReadOnlyMemory<byte>>;

namespace Holdfast.DynamoDb.Tests;

/// <summary>A process may end after any request of a rewrite: it has taken effect wholly or not at all, and what is left is removed.</summary>
public sealed class RewriteCrashTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rewrite_ThatCrashesAfterAnyRequest_TookEffectWhollyOrNotAtAll(bool collects)
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var replacements = new NewBodies { [3] = Crashes.Bytes(50), [4] = Crashes.Bytes(400_000), [6] = Crashes.Bytes(100_000) };
        await Crashes.CrashAfterEveryRequestAsync(table, async crash =>
        {
            var thread = await Crashes.WriteAsync(table.Log);
            await crash(async () => await log.RewriteAsync(Crashes.Key, replacements, dropBelow: 3));
            var dropped = (await Crashes.CountAsync(table.Log, Crashes.Key)) < thread.Entries.Count;
            if (dropped)
            {
                thread.AcceptRewrite(replacements, dropBelow: 3);
            }

            await Crashes.ExpectAsync(table.Log, thread);
            await thread.AppendAsync(table.Log);
            await Crashes.ExpectAsync(table.Log, thread);

            // Either the sweeper or the next rewrite goes on.
            if (collects)
            {
                await table.Log.CollectOrphansAsync(TimeSpan.Zero);
            }
            else
            {
                (await table.Log.RewriteAsync(Crashes.Key, replacements, dropBelow: 3)).ShouldBeTrue();
                thread.AcceptRewrite(replacements, dropBelow: 3);
                await table.Log.CollectOrphansAsync(TimeSpan.Zero);
            }

            await Crashes.ExpectAsync(table.Log, thread);
            await table.ShouldHaveNoOrphansAsync();
            (await table.Log.EraseAsync(Crashes.Key)).ShouldBeTrue();
            (await table.ScanAsync()).ShouldBeEmpty();
        });
    }

    [Fact]
    public async Task Erase_OfAThreadWhoseRewriteCrashed_LeavesNothing()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        await Crashes.CrashAfterEveryRequestAsync(table, async crash =>
        {
            await Crashes.WriteAsync(table.Log);
            await crash(async () => await log.RewriteAsync(Crashes.Key, new NewBodies { [4] = Crashes.Bytes(100_000), [5] = Crashes.Bytes(60) }, dropBelow: 3));
            (await table.Log.EraseAsync(Crashes.Key)).ShouldBeTrue();
            await table.Log.CollectOrphansAsync(TimeSpan.Zero);

            (await table.ScanAsync()).ShouldBeEmpty();
        });
    }

    [Fact]
    public async Task Rewrite_ThatComesLateWithItsBodies_DoesNotTouchTheNextLife()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        await Crashes.WriteAsync(table.Log);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = table.Proxy.Hold((operation, body) => operation == "TransactWriteItems" && body.Contains("\"Delete\"", StringComparison.Ordinal), go.Task);
        var rewriting = Task.Run(async () => await log.RewriteAsync(Crashes.Key, new NewBodies { [4] = Crashes.Bytes(100_000), [5] = Crashes.Bytes(60) }, dropBelow: 4));
        await held;

        (await table.Log.EraseAsync(Crashes.Key)).ShouldBeTrue();
        var anew = await Crashes.WriteAsync(table.Log);
        go.SetResult();

        (await rewriting).ShouldBeTrue();
        await Crashes.ExpectAsync(table.Log, anew);
        await table.ShouldHaveNoOrphansAsync();
    }
}

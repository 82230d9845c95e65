using Holdfast.Logs;
using Holdfast.Testing;
using NewBodies = System.Collections.Generic.Dictionary<long, System.ReadOnlyMemory<byte>>;

namespace Holdfast.DynamoDb.Tests;

/// <summary>A request that was sent again because its first copy was held up may arrive twice, the second time when everything is long done.</summary>
public sealed class LateRequestTests
{
    private static readonly ThreadKey Key = ThreadKey.Of("acme", "chat-7");

    [Fact]
    public async Task AppendOfALargeBody_AnyOfWhoseRequestsArrivesAgain_KeepsItsBody()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var thread = new ThreadWriter(Key);
        await thread.AppendAsync(log, new() { Body = new byte[800_000] });

        await ExpectNothingFromRepetitionsAsync(table, thread);
    }

    [Fact]
    public async Task Rewrite_AnyOfWhoseRequestsArrivesAgain_KeepsItsBodies()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var thread = new ThreadWriter(Key);
        await thread.AppendManyAsync(table.Log, 8, keyframes: [2, 7]);
        var replacements = new NewBodies { [3] = new byte[500_000], [4] = new byte[80_000], [5] = new byte[20] };
        (await log.RewriteAsync(Key, replacements, dropBelow: 2)).ShouldBeTrue();
        thread.AcceptRewrite(replacements, dropBelow: 2);

        await ExpectNothingFromRepetitionsAsync(table, thread);
    }

    [Fact]
    public async Task Erase_AnyOfWhoseRequestsArrivesAgain_DoesNotTouchTheNextLife()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var old = new ThreadWriter(Key);
        await old.AppendManyAsync(table.Log, 3);
        await old.AppendAsync(table.Log, new() { Body = new byte[100_000] });
        (await log.EraseAsync(Key)).ShouldBeTrue();
        var anew = new ThreadWriter(Key);
        await anew.AppendManyAsync(table.Log, 2);
        await anew.AppendAsync(table.Log, new() { Body = new byte[100_000] });

        await ExpectNothingFromRepetitionsAsync(table, anew);
    }

    [Fact]
    public async Task ChangeOfExpiry_ThatArrivesAgain_DoesNotUndoALaterOne()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var thread = new ThreadWriter(Key);
        await thread.AppendAsync(table.Log);
        var soon = thread.Head!.UpdatedAt.AddSeconds(1);
        (await log.SetExpiryAsync(Key, soon)).ShouldBeTrue();
        (await table.Log.SetExpiryAsync(Key, null)).ShouldBeTrue();

        await ExpectNothingFromRepetitionsAsync(table, thread);
    }

    private static async Task ExpectNothingFromRepetitionsAsync(OwnTable table, ThreadWriter thread)
    {
        foreach (var request in table.Proxy.Requests.ToList())
        {
            await table.Proxy.RepeatAsync(request);
            await table.Log.CollectOrphansAsync(TimeSpan.Zero);

            var tail = (await table.Log.ReadTailAsync(thread.Key, int.MaxValue))!;
            (tail.Head.ChainHash, tail.Head.ExpiresAt).ShouldBe((thread.Head!.ChainHash, thread.Head.ExpiresAt));
            tail.Entries.Select(entry => (entry.Version, Digest.Compute(entry.Body.Span))).ShouldBe(thread.Entries.Select(entry => (entry.Version, Digest.Compute(entry.Body.Span))));
        }
    }
}

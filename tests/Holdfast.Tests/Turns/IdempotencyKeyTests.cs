using Holdfast.Tests.Chat;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Turns;

public sealed class IdempotencyKeyTests(ITestOutputHelper output)
{
    private readonly TestStore _test = new();

    private ThreadHandle Thread => _test.Store.Thread("chat");

    [Fact]
    public async Task TheSameKey_After10000Turns_ReturnsTheRecordedReply_AndCostsNoMore()
    {
        await RunAsync(1, 10);
        var early = await BytesOfAsync(11, 60);
        await EndManyAsync(61, 9_952);
        var late = await BytesOfAsync(9_953, 10_016);
        output.WriteLine($"a turn took {early} bytes at the beginning, {late} after 10,000");

        foreach (var i in new[] { 1, 2, 33, 60, 9_953, 9_999, 10_016 })
        {
            await using var again = await _test.Another().Thread("chat").BeginTurnAsync("hi", new() { Key = "key " + i });
            (again.IsReplay, again.Reply.Texts().Single()).ShouldBe((true, "reply " + i));
        }

        var book = new TurnBook((await _test.Another().OpenAsync("chat")).State);
        for (var i = 1; i <= 10_016; i++)
        {
            (await book.Keys.FindAsync("key " + i, CancellationToken.None)).ShouldNotBeNull();
        }

        (await book.Keys.FindAsync("new", CancellationToken.None)).ShouldBeNull();
        (late / (double)early).ShouldBeLessThan(1.10);
        var keys = book.Session.State.Find(TurnSections.Keys)!;
        keys.Sum(key => key.Key.Length + key.Value.Length).ShouldBeLessThan(3_000);
    }

    [Fact]
    public async Task AKeyThatEndsAgain_CountsAsItEndedLast()
    {
        await using (var turn = await Thread.BeginTurnAsync("hi", new() { Key = "key 0" }))
        {
            await turn.FailAsync(new InvalidOperationException("no luck"));
        }

        await RunAsync(1, 100);
        await using (var again = await Thread.BeginTurnAsync("hi", new() { Key = "key 0" }))
        {
            again.IsResumed.ShouldBeTrue();
            await again.ReplyAndCompleteAsync(new ScriptedModel("reply 0"));
        }

        await RunAsync(101, 250);
        await using var replay = await Thread.BeginTurnAsync("hi", new() { Key = "key 0" });

        (replay.IsReplay, replay.State, replay.Reply.Texts().Single()).ShouldBe((true, TurnState.Completed, "reply 0"));
    }

    [Fact]
    public async Task ParallelTurnsAndConflicts_LoseNoKey()
    {
        var options = new TurnOptions { WhenBusy = WhenBusy.Parallel };
        await Task.WhenAll(Enumerable.Range(0, 4).Select(runner => Task.Run(async () =>
        {
            var store = _test.Another();
            for (var i = 0; i < 40; i++)
            {
                await using var turn = await store.Thread("chat").BeginTurnAsync("hi", options with { Key = $"{runner}/{i}" });
                await turn.ReplyAndCompleteAsync(new ScriptedModel($"reply {runner}/{i}"));
            }
        })));

        for (var i = 0; i < 40; i++)
        {
            for (var runner = 0; runner < 4; runner++)
            {
                await using var again = await Thread.BeginTurnAsync("hi", options with { Key = $"{runner}/{i}" });
                (again.IsReplay, again.Reply.Texts().Single()).ShouldBe((true, $"reply {runner}/{i}"));
            }
        }
    }

    [Fact]
    public async Task KeysInPages_AreKnownAfterAReset()
    {
        await RunAsync(1, 100);
        await Thread.ResetAsync();
        await RunAsync(101, 200);

        await using var again = await Thread.BeginTurnAsync("hi", new() { Key = "key 1" });

        again.IsReplay.ShouldBeTrue();
    }

    [Fact]
    public void APage_FindsItsKeysAndNoOthers()
    {
        var keys = Enumerable.Range(0, 500).Select(i => ((ReadOnlyMemory<byte>)Digest.Compute(BitConverter.GetBytes(i)).ToByteArray()[..12], (long)(i * 1_000_000_007L))).ToList();

        var page = KeyPage.Pack(keys.Take(400).Concat([(keys[0].Item1, 1)]));

        keys.Select(key => KeyPage.Find(page, key.Item1.Span)).ShouldBe(keys.Select((key, i) => i < 400 ? key.Item2 : (long?)null));
        KeyPage.Pack(KeyPage.Unpack(page)).ShouldBe(page);
    }

    private async Task RunAsync(int from, int to)
    {
        for (var i = from; i <= to; i++)
        {
            await using var turn = await Thread.BeginTurnAsync("hi", new() { Key = "key " + i, HistoryWindow = 1 });
            await turn.ReplyAndCompleteAsync(new ScriptedModel("reply " + i));
        }
    }

    // As many turns, in commits that each end 32 of them.
    private async Task EndManyAsync(int from, int to)
    {
        for (var i = from; i <= to; i += 32)
        {
            var session = await _test.Store.OpenAsync("chat");
            var (book, batch) = (new TurnBook(session.State), new TurnBatch());
            (await book.Keys.PageAsync(CancellationToken.None))?.Invoke(batch);
            foreach (var key in Enumerable.Range(i, Math.Min(32, to - i + 1)).Select(number => "key " + number))
            {
                batch.AtVersion((current, version) => current.Keys.Remember(KeyHash.Of(key), version));
            }

            session.State.Addition = new BatchAddition(book, batch);
            session.Variables.Set("x", i);
            await session.CommitAsync();
        }
    }

    private async Task<long> BytesOfAsync(int from, int to)
    {
        _test.Log.Reset();
        await RunAsync(from, to);
        return _test.Log.BytesWritten / (to - from + 1);
    }
}

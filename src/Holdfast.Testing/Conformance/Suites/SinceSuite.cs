using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>Who has a thread up to a position is given what comes after it, or the whole tail where that would leave something out.</summary>
internal static class SinceSuite
{
    public static async Task Since_APositionOfTheThread_GivesTheEntriesAfterIt(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(12, 4, 8);
        foreach (var version in (long[])[1, 3, 4, 7, 8, 11])
        {
            await ExpectAsync(test, thread, At(thread, version), first: version + 1);
        }
    }

    public static async Task Since_TheHead_GivesNoEntries(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(12, 4, 8);
        var position = thread.Head!.Position;
        await ExpectAsync(test, thread, position, first: 13);

        // Maintenance is seen without any entry.
        await test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, Properties = new Dictionary<string, string?> { ["a"] = "1" } });
        await ExpectAsync(test, thread, position, first: 13);
    }

    public static async Task Since_TheBeginning_GivesAll(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(9, 4, 8);

        await ExpectAsync(test, thread, new(thread.Head!.Life, 0, ChainHash.Start), first: 1);
    }

    public static async Task Since_AVersionBeyondTheHead_GivesTheWholeTail(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(9, 4, 8);
        foreach (var version in (long[])[10, 11, 4_294_967_295, long.MaxValue])
        {
            await ExpectAsync(test, thread, new(thread.Head!.Life, version, thread.Head.ChainHash), first: 8);
        }
    }

    public static async Task Since_AnotherLife_GivesTheWholeTail(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(9, 4, 8);

        await ExpectAsync(test, thread, At(thread, 3) with { Life = CommitId.New(TimeProvider.System) }, first: 8);
        await ExpectAsync(test, thread, thread.Head!.Position with { Life = CommitId.New(TimeProvider.System) }, first: 8);
    }

    public static async Task Since_OfAMissingThread_GivesNothing(LogUnderTest test)
        => Expect.That(
            await test.Log.ReadTailAsync(new TailRequest { Key = test.NewThread().Key, Since = new(CommitId.New(TimeProvider.System), 0, ChainHash.Start) }) is null, "there is no tail");

    public static async Task Since_WithAMinimum_CountsOnlyWhereTheWholeTailIsGiven(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(12, 4, 8);

        await ExpectAsync(test, thread, At(thread, 10), first: 11, minimum: 9);
        await ExpectAsync(test, thread, thread.Head!.Position, first: 13, minimum: 9);
        await ExpectAsync(test, thread, At(thread, 10) with { Version = 13 }, first: 4, minimum: 9);
    }

    public static async Task Since_AfterATrim_GivesTheWholeTailWhereSomethingBetweenWasDropped(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(12, 5, 8);
        var positions = Enumerable.Range(0, 13).Select(version => At(thread, version)).ToList();
        await RewriteAsync(test, thread, new() { Key = thread.Key, DropBelow = 5 });

        foreach (var (version, position) in positions.Index())
        {
            await ExpectAsync(test, thread, position, first: version >= 4 ? version + 1 : 8);
        }

        await thread.AppendManyAsync(test.Log, 2, keyframes: [13]);
        await ExpectAsync(test, thread, positions[4], first: 5);
        await ExpectAsync(test, thread, positions[3], first: 13);
    }

    public static async Task Since_InAThreadThatBeganLater_KnowsWhereItBegan(LogUnderTest test)
    {
        var thread = test.NewThread();
        await thread.AppendAsync(test.Log, new() { FirstVersion = 20, IsKeyframe = true, After = Digest.Compute("before"u8) });
        await thread.AppendManyAsync(test.Log, 4, keyframes: [22]);
        var life = thread.Head!.Life;

        await ExpectAsync(test, thread, new(life, 19, Digest.Compute("before"u8)), first: 20);
        await ExpectAsync(test, thread, new(life, 20, ChainHash.Start), first: 21);
        await ExpectAsync(test, thread, new(life, 18, ChainHash.Start), first: 22);
        await ExpectAsync(test, thread, new(life, 0, ChainHash.Start), first: 22);
    }

    public static async Task Since_AfterARewrite_GivesEntriesAsTheyAreNow(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(9, 4, 8);
        var position = At(thread, 2);
        await RewriteAsync(test, thread, new() { Key = thread.Key, Replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [1] = "{}"u8.ToArray(), [5] = new byte[] { 0, 1 } } });

        await ExpectAsync(test, thread, position, first: 3);
    }

    public static async Task Since_AfterAnEraseAndABegin_GivesTheWholeTailOfTheNewLife(LogUnderTest test)
    {
        var old = await test.WriteThreadAsync(6, 3);
        var (positions, trunk) = (Enumerable.Range(0, 7).Select(version => At(old, version)).ToList(), await test.WriteThreadAsync(6, 3));
        var kept = trunk.Head!.Position;
        await test.Log.EraseAsync(old.Key);
        var keptKey = trunk.Key;
        await test.Log.ExpectKeptAsTrunkAsync(trunk);
        var (anew, other) = (new ThreadWriter(old.Key), new ThreadWriter(keptKey));
        await anew.AppendManyAsync(test.Log, 9, keyframes: [2, 5]);
        await other.AppendManyAsync(test.Log, 9, keyframes: [5]);

        foreach (var position in positions)
        {
            await ExpectAsync(test, anew, position, first: 5);
        }

        await ExpectAsync(test, other, kept, first: 5);
        await ExpectAsync(test, trunk, kept, first: 7);
    }

    public static async Task Since_BeforeSeveralMebibytes_GivesThemWhole(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(2);
        var position = thread.Head!.Position;
        foreach (var i in Enumerable.Range(0, 6))
        {
            var body = new byte[500_000];
            Array.Fill(body, (byte)('a' + i));
            await thread.AppendAsync(test.Log, new() { Body = body, IsKeyframe = i == 4 });
        }

        await ExpectAsync(test, thread, position, first: 3);
    }

    public static async Task Since_BeforeManyEntries_GivesEachOnce(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(150, 140);

        await ExpectAsync(test, thread, At(thread, 5), first: 6);
        await ExpectAsync(test, thread, At(thread, 100), first: 101);
    }

    public static async Task Since_WhileOthersAppend_AlwaysReachesTheChainOfTheHead(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(1);
        var position = thread.Head!.Position;
        var appending = Task.Run(() => thread.AppendManyAsync(test.Log, 60, keyframes: [10, 20, 30, 40, 50]));
        do
        {
            var tail = Expect.NotNull(await test.Log.ReadTailAsync(new TailRequest { Key = thread.Key, Since = position }), "a tail");
            Expect.Sequence(
                Enumerable.Range(1, (int)(tail.Head.Version - position.Version)).Select(i => position.Version + i), tail.Entries.Select(entry => entry.Version), "the versions after the position");
            Expect.Equal(tail.Head.ChainHash, tail.Entries.Aggregate(position.ChainHash, ChainHash.Next), "the chain hash from the position on");
            position = tail.Head.Position;
        }
        while (position.Version < 61 && !appending.IsFaulted);

        await appending;
    }

    private static LogPosition At(ThreadWriter thread, long version)
        => new(thread.Head!.Life, version, thread.Entries.Where(entry => entry.Version <= version).Aggregate(ChainHash.Start, ChainHash.Next));

    private static async Task RewriteAsync(LogUnderTest test, ThreadWriter thread, RewriteRequest request)
    {
        Expect.Equal(true, await test.Log.RewriteAsync(request), "the answer to the rewrite");
        thread.AcceptRewrite(request);
    }

    private static async Task ExpectAsync(LogUnderTest test, ThreadWriter thread, LogPosition since, long first, int minimum = 0)
    {
        foreach (var life in (CommitId?[])[null, thread.Head!.Life])
        {
            var tail = Expect.NotNull(await test.Log.ReadTailAsync(new TailRequest { Key = thread.Key, Since = since, Life = life, MinimumEntries = minimum }), "a tail");
            Expect.Head(thread.Head, tail.Head);
            Expect.Entries(thread.Entries.Where(entry => entry.Version >= first), tail.Entries, $"what comes after version {since.Version} of a thread at {thread.Version}");
        }
    }
}

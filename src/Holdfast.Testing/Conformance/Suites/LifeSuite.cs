using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>Whoever names the life of a thread is never given anything of another, and no read mixes two.</summary>
internal static class LifeSuite
{
    public static async Task Reads_ThatNameTheLife_GiveTheThread(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(6, 4);

        await ExpectReadsAsync(test.Log, thread, thread.Head!.Life);
    }

    public static async Task Reads_ThatNameAnotherLife_GiveNothing(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(6, 4);

        await ExpectNothingAsync(test.Log, thread.Key, CommitId.New(TimeProvider.System));
        await ExpectNothingAsync(test.Log, thread.Key, thread.Entries[1].CommitId);
        await ExpectNothingAsync(test.Log, test.NewThread().Key, thread.Head!.Life);
    }

    public static async Task Reads_AfterAnErase_GiveTheNewLifeOnly(LogUnderTest test)
    {
        var old = await test.WriteThreadAsync(6, 4);
        await test.Log.EraseAsync(old.Key);
        await ExpectNothingAsync(test.Log, old.Key, old.Head!.Life);

        var anew = new ThreadWriter(old.Key);
        await anew.AppendManyAsync(test.Log, 3);

        await ExpectNothingAsync(test.Log, old.Key, old.Head.Life);
        await ExpectReadsAsync(test.Log, anew, anew.Head!.Life);
    }

    public static async Task Reads_AfterALifeBecameATrunk_GiveEachUnderItsOwnKey(LogUnderTest test)
    {
        var old = await test.WriteThreadAsync(6, 4);
        var (life, anew) = (old.Head!.Life, new ThreadWriter(old.Key));
        await test.Log.ExpectKeptAsTrunkAsync(old);
        await anew.AppendManyAsync(test.Log, 3);

        await ExpectNothingAsync(test.Log, anew.Key, life);
        await ExpectReadsAsync(test.Log, old, life);
        await ExpectReadsAsync(test.Log, anew, anew.Head!.Life);
        await ExpectNothingAsync(test.Log, old.Key, anew.Head.Life);
    }

    public static async Task Reads_OfACopy_KnowItByTheLifeOfTheOriginal(LogUnderTest test)
    {
        var life = CommitId.New(TimeProvider.System);
        var copy = test.NewThread();
        await copy.AppendAsync(test.Log, new() { Life = life });
        await copy.AppendManyAsync(test.Log, 2, keyframes: [3]);

        await ExpectReadsAsync(test.Log, copy, life);
        await ExpectNothingAsync(test.Log, copy.Key, copy.Entries[0].CommitId);
    }

    public static async Task Read_DuringWhichTheThreadIsErasedAndBegunAnew_GivesNothingOfTheNewLife(LogUnderTest test)
    {
        foreach (var (direction, named) in (List<(ReadDirection, bool)>)[(ReadDirection.Forward, true), (ReadDirection.Forward, false), (ReadDirection.Backward, true), (ReadDirection.Backward, false)])
        {
            await ExpectOneLifeAsync(test, direction, named, old => test.Log.EraseAsync(old.Key).AsTask());
        }
    }

    public static async Task Read_DuringWhichTheThreadBecomesATrunk_GivesNothingOfTheNewLife(LogUnderTest test)
    {
        foreach (var direction in Enum.GetValues<ReadDirection>())
        {
            await ExpectOneLifeAsync(test, direction, named: true, old => test.Log.EraseAsync(new EraseRequest { Key = old.Key, KeepAsTrunk = true }).AsTask());
        }
    }

    public static async Task Read_FromPageToPage_NeverMixesTwoLives(LogUnderTest test)
    {
        var old = await test.WriteThreadAsync(9);
        var life = old.Head!.Life;
        var read = await ReadAsync(test.Log, new() { Key = old.Key, To = 4, Life = life });
        await test.Log.EraseAsync(old.Key);
        var anew = new ThreadWriter(old.Key);
        await anew.AppendManyAsync(test.Log, 9);

        read.AddRange(await ReadAsync(test.Log, new() { Key = old.Key, From = 5, Life = life }));

        Expect.Entries(old.Entries.Take(4), read, "the pages of a life that ended between them");
    }

    public static async Task Tails_OfAThreadThatIsErasedAndBegunAgainAndAgain_AreOfOneLife(LogUnderTest test)
    {
        var key = test.NewThread().Key;
        using var ended = new CancellationTokenSource();
        var reading = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            while (!ended.IsCancellationRequested)
            {
                if (await test.Log.ReadTailAsync(key) is { } tail)
                {
                    await ExpectOneLifeAsync(tail);
                }
            }
        })).ToList();
        try
        {
            for (var round = 0; round < 15; round++)
            {
                var thread = new ThreadWriter(key);
                await thread.AppendManyAsync(test.Log, 4);
                await test.Log.EraseAsync(new EraseRequest { Key = key, KeepAsTrunk = round % 2 == 0 });
            }
        }
        finally
        {
            await ended.CancelAsync();
        }

        await Task.WhenAll(reading);

        async Task ExpectOneLifeAsync(ThreadTail tail)
        {
            Expect.Equal(tail.Head.Life, tail.Entries[0].CommitId, "the first commit of the life that the head names");
            Expect.Equal(tail.Head.ChainHash, tail.Entries.Aggregate(ChainHash.Start, ChainHash.Next), "the chain hash of the entries");
            var named = await test.Log.ReadTailAsync(new TailRequest { Key = key, Life = tail.Head.Life });
            Expect.That(named is null || named.Head.Life == tail.Head.Life, "a tail has the life that was asked for");
            foreach (var entry in await ReadAsync(test.Log, new() { Key = key, Life = tail.Head.Life }))
            {
                Expect.That(entry.Version > tail.Entries.Count || entry.CommitId == tail.Entries[(int)entry.Version - 1].CommitId, $"version {entry.Version} is of the life that was asked for");
            }
        }
    }

    // Large enough that every backend reads them in several pieces.
    private static async Task ExpectOneLifeAsync(LogUnderTest test, ReadDirection direction, bool named, Func<ThreadWriter, Task> end)
    {
        const int Count = 8;
        var old = test.NewThread();
        var anew = new ThreadWriter(old.Key);
        foreach (var i in Enumerable.Range(0, Count))
        {
            await old.AppendAsync(test.Log, new() { Body = Filled('o') });
        }

        var read = new List<LogEntry>();
        await foreach (var entry in test.Log.ReadAsync(new() { Key = old.Key, Direction = direction, Life = named ? old.Head!.Life : null }))
        {
            read.Add(entry);
            if (read.Count == 1)
            {
                await end(old);
                foreach (var i in Enumerable.Range(0, Count + 2))
                {
                    await anew.AppendAsync(test.Log, new() { Body = Filled('n') });
                }
            }
        }

        var expected = direction == ReadDirection.Forward ? old.Entries : [.. old.Entries.Reverse()];
        Expect.Sequence(
            expected.Take(read.Count).Select(entry => entry.CommitId), read.Select(entry => entry.CommitId), $"the commits that are read {direction} of a life that ends meanwhile");
        read.ForEach(entry => Expect.Bytes(expected[0].Body, entry.Body, $"the body of version {entry.Version}"));
    }

    private static byte[] Filled(char with)
    {
        var body = new byte[300_000];
        Array.Fill(body, (byte)with);
        return body;
    }

    private static async Task ExpectReadsAsync(ICommitLog log, ThreadWriter thread, CommitId life)
    {
        Expect.Entries(thread.Entries, await ReadAsync(log, new() { Key = thread.Key, Life = life }), "the entries of the life");
        Expect.Entries(thread.Entries.Reverse(), await ReadAsync(log, new() { Key = thread.Key, Life = life, Direction = ReadDirection.Backward }), "the entries of the life, backwards");
        Expect.Entries(thread.Entries.Skip(1).Take(1), await ReadAsync(log, new() { Key = thread.Key, Life = life, From = 2, To = 2 }), "an entry of the life");
        foreach (var minimum in (int[])[0, 100])
        {
            var tail = Expect.NotNull(await log.ReadTailAsync(new TailRequest { Key = thread.Key, Life = life, MinimumEntries = minimum }), "the tail of the life");
            Expect.Head(thread.Head, tail.Head);
            Expect.Entries(thread.Entries.Where(entry => minimum > 0 || entry.Version >= thread.Head!.KeyframeVersion), tail.Entries, "the tail of the life");
        }
    }

    private static async Task ExpectNothingAsync(ICommitLog log, ThreadKey key, CommitId life)
    {
        Expect.Entries([], await ReadAsync(log, new() { Key = key, Life = life }), $"the entries of a life that thread '{key}' does not have");
        Expect.Entries([], await ReadAsync(log, new() { Key = key, Life = life, Direction = ReadDirection.Backward }), $"the entries of a life that thread '{key}' does not have");
        Expect.That(await log.ReadTailAsync(new TailRequest { Key = key, Life = life }) is null, $"there is no tail of a life that thread '{key}' does not have");
        Expect.That(
            await log.ReadTailAsync(new TailRequest { Key = key, Life = life, MinimumEntries = 9, Since = new(life, 1, ChainHash.Start) }) is null,
            $"there is nothing after a position of a life that thread '{key}' does not have");
    }

    private static async Task<List<LogEntry>> ReadAsync(ICommitLog log, ReadRequest request)
    {
        var entries = new List<LogEntry>();
        await foreach (var entry in log.ReadAsync(request))
        {
            entries.Add(entry);
        }

        return entries;
    }
}

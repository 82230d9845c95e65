using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>Callers at the same time lose nothing and see one consistent picture.</summary>
internal static partial class ConcurrencySuite
{
    public static async Task FiftyAppendersToOneThread_ThatRetry_KeepFiftyOfFifty(LogUnderTest test)
    {
        var key = test.NewThread().Key;

        var accepted = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => AppendWithRetryAsync(test.Log, key))));

        await ExpectAllAsync(test.Log, key, accepted);
    }

    public static async Task WritersOfTheSameVersion_OfAStandingThread_HaveOneWinner(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(3);
        await ExpectOneWinnerAsync(test, thread, [.. Enumerable.Range(0, 16).Select(_ => thread.Next())]);
    }

    public static async Task WritersOfVersionOne_OfANewThread_HaveOneWinner(LogUnderTest test)
    {
        for (var round = 0; round < 5; round++)
        {
            var thread = test.NewThread();
            await ExpectOneWinnerAsync(test, thread, [.. Enumerable.Range(0, 8).Select(_ => thread.Next())]);
        }
    }

    public static async Task SendersOfTheSameRequest_AreToldOnceOfAnAppendAndElseOfDuplicates(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(2);
        var request = thread.Next();

        var results = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () => await test.Log.AppendAsync(request))));

        Expect.Equal(1, results.Count(result => result == AppendResult.Appended(3)), "the count of answers that the entry was appended");
        Expect.Equal(15, results.Count(result => result == AppendResult.Duplicate(3)), "the count of answers that it was a duplicate");
        thread.Accept(request);
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task SixtyFourThreads_WrittenAtOnce_AreAllWhole(LogUnderTest test)
    {
        var threads = Enumerable.Range(0, 64).Select(_ => test.NewThread()).ToList();

        await Task.WhenAll(threads.Select(thread => Task.Run(() => thread.AppendManyAsync(test.Log, 5, keyframes: [3]))));

        foreach (var thread in threads)
        {
            Expect.Head(thread.Head, await test.Log.GetHeadAsync(thread.Key));
            Expect.Entries(thread.Entries, await test.Log.ReadAllAsync(thread.Key), $"thread '{thread.Key}'");
        }
    }

    public static async Task Readers_DuringAppends_SeeHeadAndEntriesOfOneMoment(LogUnderTest test)
    {
        var thread = test.NewThread();
        var key = thread.Key;
        await AppendMarkedAsync(test.Log, thread);
        await AppendDuringReadsAsync(
            _ => AppendMarkedAsync(test.Log, thread),
            [
                async seen =>
                {
                    var head = Expect.NotNull(await test.Log.GetHeadAsync(key), "the head of a thread that stands");
                    Expect.That(head.Version >= seen, $"version {head.Version} does not come after version {seen} was seen");
                    ExpectMarked(head);
                    var standing = await test.Log.ReadAllAsync(key, head.Version, head.Version);
                    Expect.Equal(1, standing.Count, $"the count of entries with the version {head.Version} of the head");
                    return head.Version;
                },
                seen => ReadTailAsync(seen, minimum: 0),
                seen => ReadTailAsync(seen, minimum: 3),
            ]);
        await test.Log.ExpectThreadAsync(thread);

        async Task<long> ReadTailAsync(long seen, int minimum)
        {
            var tail = Expect.NotNull(await test.Log.ReadTailAsync(key, minimum), "the tail of a thread that stands");
            Expect.That(tail.Head.Version >= seen, $"a tail at {tail.Head.Version} does not come after one at {seen} was seen");
            ExpectConsistent(tail);
            return tail.Head.Version;
        }
    }

    public static async Task Streams_DuringAppends_GiveVersionsWithoutGaps(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(10);
        var key = thread.Key;
        await AppendDuringReadsAsync(
            _ => thread.AppendAsync(test.Log),
            [.. Enum.GetValues<ReadDirection>().Select(direction => (Func<long, Task<long>>)(async seen =>
            {
                var versions = (await test.Log.ReadAllAsync(key, direction: direction)).ConvertAll(entry => entry.Version);
                Expect.That(versions.Count >= Math.Max(seen, 10), $"every one of the {seen} entries that were seen before is read again (it has {versions.Count})");
                var ordered = Enumerable.Range(1, versions.Count).Select(version => (long)version);
                Expect.Sequence(direction == ReadDirection.Forward ? ordered : ordered.Reverse(), versions, $"the versions read {direction}");
                return versions.Count;
            }))]);
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Lists_DuringAppends_HaveEveryStandingThreadOnce(LogUnderTest test)
    {
        var threads = new List<ThreadWriter>();
        for (var i = 0; i < 12; i++)
        {
            threads.Add(await test.WriteThreadAsync(1));
        }

        var standing = threads.Select(thread => thread.Key).Order(Comparer<ThreadKey>.Create(HeadOrder.Compare)).ToList();
        await AppendDuringReadsAsync(
            i => threads[i % threads.Count].AppendAsync(test.Log),
            [async seen =>
            {
                var listed = await test.Log.ListAllAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = default, Filter = new() { Order = ThreadOrder.Id, PageSize = 5 } });
                Expect.Sequence(standing, listed.Select(head => head.Key), "the threads listed while they are written");
                return seen;
            }]);
    }

    public static async Task ErasesAndAppends_AtOnce_LeaveAWholeThreadOrNone(LogUnderTest test)
    {
        for (var round = 0; round < 8; round++)
        {
            var thread = await test.WriteThreadAsync(3);
            var (request, seen) = (thread.Next(), thread.Head);
            var append = Task.Run(async () => await test.Log.AppendAsync(request));
            var erase = Task.Run(async () => await test.Log.EraseAsync(thread.Key, round % 2 == 0 ? seen : null));
            var (result, erased) = (await append, await erase);

            thread.Accept(request);
            if (erased)
            {
                Expect.That(round % 2 == 1 || result.Outcome == AppendOutcome.Conflict, "an append that was accepted is not erased by one who had not seen it");
                await test.Log.ExpectNoThreadAsync(thread.Key);
            }
            else
            {
                Expect.Equal(AppendOutcome.Appended, result.Outcome, "the outcome of the append to a thread that was not erased");
                await test.Log.ExpectThreadAsync(thread);
            }
        }
    }

    public static async Task RewritesAndAppends_AtOnce_BothTakeEffect(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(10, 1, 2, 3, 4, 5, 9);
        var replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [5] = "{}"u8.ToArray(), [6] = "[]"u8.ToArray() };
        var appending = Task.Run(() => thread.AppendManyAsync(test.Log, 10));
        for (var below = 1; below <= 5; below++)
        {
            Expect.Equal(true, await test.Log.RewriteAsync(thread.Key, replacements, below), "the answer to the rewrite");
        }

        await appending;
        for (var below = 1; below <= 5; below++)
        {
            thread.AcceptRewrite(replacements, below);
        }

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task SetExpiriesAndAppendsThatKeepIt_AtOnce_EndWithTheLastExpiry(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(1);
        var appending = Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                await thread.AppendAsync(test.Log, new() { KeepExpiry = true });
            }
        });
        List<DateTimeOffset> expiries = [.. Enumerable.Range(0, 20).Select(i => new DateTimeOffset(2190, 1, 1, 0, 0, 0, i, TimeSpan.Zero))];
        foreach (var expiry in expiries)
        {
            Expect.Equal(true, await test.Log.SetExpiryAsync(thread.Key, expiry), "the answer to the change of expiry");
        }

        await appending;
        expiries.ForEach(expiry => thread.AcceptExpiry(expiry));
        await test.Log.ExpectThreadAsync(thread);
    }

    /// <summary>Appends one entry, reading and trying again until nobody else was faster.</summary>
    internal static async Task<LogEntry> AppendWithRetryAsync(ICommitLog log, ThreadKey key)
    {
        while (true)
        {
            var request = ThreadWriter.From(key, await log.ReadTailAsync(key)).Next();
            var result = await log.AppendAsync(request);
            if (result.Outcome == AppendOutcome.Appended)
            {
                return request.Entry;
            }

            Expect.Equal(AppendOutcome.Conflict, result.Outcome, "the outcome for the slower one");
            Expect.That(result.CurrentVersion >= request.Entry.Version, $"a conflict at version {request.Entry.Version} tells of a thread that is that far (it tells {result.CurrentVersion})");
        }
    }

    /// <summary>Whether the thread has exactly the accepted entries, in order.</summary>
    internal static async Task ExpectAllAsync(ICommitLog log, ThreadKey key, IReadOnlyCollection<LogEntry> accepted)
    {
        var read = await log.ReadAllAsync(key);
        Expect.Entries(accepted.OrderBy(entry => entry.Version), read, "the thread that all wrote to");
        Expect.Equal(read.Aggregate(ChainHash.Start, ChainHash.Next), (await log.GetHeadAsync(key))!.ChainHash, "the chain hash of the head");
    }

    /// <summary>Appends while others read: once for each read, when it has just begun. Each reader is told what it saw last.</summary>
    private static async Task AppendDuringReadsAsync(Func<int, Task> append, IReadOnlyList<Func<long, Task<long>>> readers)
    {
        const int Rounds = 20;
        using var begun = new SemaphoreSlim(0);
        var reading = readers.Select(reader => Task.Run(async () =>
        {
            var (round, seen) = (0, 0L);
            try
            {
                for (; round < Rounds; round++)
                {
                    begun.Release();
                    seen = await reader(seen);
                }
            }
            finally
            {
                // A reader that fails leaves the writer nothing to wait for.
                if (round < Rounds - 1)
                {
                    begun.Release(Rounds - 1 - round);
                }
            }
        })).ToList();
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < readers.Count * Rounds; i++)
            {
                await begun.WaitAsync();
                await append(i);
            }
        });
        await Task.WhenAll(reading.Append(writing));
    }

    private static async Task ExpectOneWinnerAsync(LogUnderTest test, ThreadWriter thread, List<AppendRequest> requests)
    {
        var version = thread.Version + 1;
        var results = await Task.WhenAll(requests.Select(request => Task.Run(async () => await test.Log.AppendAsync(request))));

        Expect.Equal(1, results.Count(result => result == AppendResult.Appended(version)), "the count of winners");
        Expect.Equal(requests.Count - 1, results.Count(result => result == AppendResult.Conflict(version)), "the count of conflicts");
        thread.Accept(requests[Array.IndexOf(results, AppendResult.Appended(version))]);
        await test.Log.ExpectThreadAsync(thread);
    }

    private static Task<AppendRequest> AppendMarkedAsync(ICommitLog log, ThreadWriter thread)
    {
        var mark = $"{thread.Version + 1}";
        return thread.AppendAsync(log, new() { IsKeyframe = thread.Version % 7 == 0, Head = head => (head with { UserId = mark }).WithMetadata("mark", mark) });
    }

    private static void ExpectMarked(ThreadHead head)
    {
        Expect.Equal($"{head.Version}", head.UserId, "the mark in the head's user");
        Expect.Equal($"{head.Version}", head.Metadata["mark"].GetRawText(), "the mark in the head's metadata");
    }

    private static void ExpectConsistent(ThreadTail tail)
    {
        ExpectMarked(tail.Head);
        var first = tail.Entries[0].Version;
        Expect.That(first <= Math.Max(1, tail.Head.KeyframeVersion), $"the tail from {first} begins with the keyframe {tail.Head.KeyframeVersion} or before");
        Expect.Sequence(
            Enumerable.Range(0, (int)(tail.Head.Version - first + 1)).Select(i => first + i), tail.Entries.Select(entry => entry.Version), $"the versions of the tail at {tail.Head.Version}");
        var keyframe = tail.Entries.LastOrDefault(entry => entry.IsKeyframe)?.Version ?? 0;
        Expect.Equal(tail.Head.KeyframeVersion, keyframe, "the newest keyframe among the entries");
    }
}

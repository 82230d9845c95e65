using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>A thread that is kept as a trunk is the same thread under another key, and its own key is free at once.</summary>
internal static class TrunkSuite
{
    public static async Task Trunk_KeepsEverythingOfTheThread(LogUnderTest test)
    {
        var thread = await WriteFullAsync(test);
        var key = thread.Key;

        await test.Log.ExpectKeptAsTrunkAsync(thread);

        Expect.Equal(ThreadSpace.Trunks, thread.Key.Space, "the space that the writer expects");
        await test.Log.ExpectThreadAsync(thread);
        await test.Log.ExpectNoThreadAsync(key);
    }

    public static async Task Trunk_OfABigThread_IsWhole(LogUnderTest test)
    {
        var thread = test.NewThread();
        foreach (var i in Enumerable.Range(0, 4))
        {
            var body = new byte[900_000];
            Array.Fill(body, (byte)('a' + i));
            await thread.AppendAsync(test.Log, new() { Body = body });
        }

        await thread.AppendManyAsync(test.Log, 150, keyframes: [100]);
        var key = thread.Key;
        await test.Log.ExpectKeptAsTrunkAsync(thread);

        await test.Log.ExpectThreadAsync(thread);
        await test.Log.ExpectNoThreadAsync(key);
    }

    public static async Task Trunk_AndANewLifeUnderTheKey_StandSideBySide(LogUnderTest test)
    {
        var old = await WriteFullAsync(test);
        var anew = new ThreadWriter(old.Key);
        await test.Log.ExpectKeptAsTrunkAsync(old);
        await anew.AppendManyAsync(test.Log, 3, keyframes: [2]);
        foreach (var thread in (ThreadWriter[])[old, anew, old, anew])
        {
            await thread.AppendAsync(test.Log, new() { KeepExpiry = true });
            await test.Log.ExpectThreadAsync(old);
            await test.Log.ExpectThreadAsync(anew);
        }

        await test.Log.ExpectUpdateAsync(old, new() { Key = old.Key, Beats = true, RemovePins = [old.Pins[0].Life], Properties = new Dictionary<string, string?> { ["closed"] = "1" } });
        await test.Log.ExpectUpdateAsync(anew, new() { Key = anew.Key, AddPins = [test.NewPin()] });
        await test.Log.ExpectThreadAsync(old);
        await test.Log.ExpectThreadAsync(anew);
    }

    public static async Task Begin_RepeatedAfterTheThreadBecameATrunk_IsRefused_UntilTheTrunkIsGone(LogUnderTest test)
    {
        var thread = test.NewThread();
        var first = await thread.AppendAsync(test.Log, cancellationToken: test.Cancellation);
        await thread.AppendAsync(test.Log, cancellationToken: test.Cancellation);
        var key = thread.Key;
        await test.Log.ExpectKeptAsTrunkAsync(thread);

        await test.Log.ExpectAppendAsync(first, AppendResult.Conflict(0));

        await test.Log.ExpectNoThreadAsync(key);
        await test.Log.ExpectThreadAsync(thread);
        Expect.Equal(true, await test.Log.EraseAsync(thread.Key), "the answer to the erase of the trunk");
        await test.Log.ExpectAppendAsync(first, AppendResult.Appended(1));
    }

    public static async Task Trunk_IsClosedAndEmptied_AsAnyThreadIs(LogUnderTest test)
    {
        var thread = await WriteFullAsync(test);
        await test.Log.ExpectKeptAsTrunkAsync(thread);
        await thread.AppendAsync(test.Log, new()
        {
            IsKeyframe = true,
            Head = head => head with { UserId = null, Agent = null, Metadata = ThreadHead.EmptyMetadata, Terms = [], DueAt = null, MessageCount = 0 },
        });

        var emptied = thread.Entries.SkipLast(1).ToDictionary(entry => entry.Version, _ => (ReadOnlyMemory<byte>)"{\"v\":1,\"dropped\":true}"u8.ToArray());
        var request = new RewriteRequest { Key = thread.Key, Replacements = emptied, IfUnchanged = thread.Head!.Stamp };
        Expect.Equal(true, await test.Log.RewriteAsync(request), "the answer to the rewrite of a trunk");
        thread.AcceptRewrite(request);

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Erase_OfATrunk_LeavesTheNewLifeAlone(LogUnderTest test)
    {
        var old = await WriteFullAsync(test);
        var anew = new ThreadWriter(old.Key);
        await test.Log.ExpectKeptAsTrunkAsync(old);
        await anew.AppendManyAsync(test.Log, 3);

        Expect.Equal(true, await test.Log.EraseAsync(old.Key, old.Head), "the answer to the erase of the trunk");

        await test.Log.ExpectNoThreadAsync(old.Key);
        await test.Log.ExpectThreadAsync(anew);
    }

    public static async Task Erase_OfTheNewLife_LeavesTheTrunkAlone(LogUnderTest test)
    {
        var old = await WriteFullAsync(test);
        var anew = new ThreadWriter(old.Key);
        await test.Log.ExpectKeptAsTrunkAsync(old);
        await anew.AppendManyAsync(test.Log, 3);

        Expect.Equal(true, await test.Log.EraseAsync(anew.Key), "the answer to the erase of the new life");

        await test.Log.ExpectNoThreadAsync(anew.Key);
        await test.Log.ExpectThreadAsync(old);
        await old.AppendAsync(test.Log, new() { KeepExpiry = true });
        await test.Log.ExpectThreadAsync(old);
    }

    public static async Task Trunks_OfTwoLivesOfOneThread_AreBothThere(LogUnderTest test)
    {
        var key = test.NewThread().Key;
        var (first, second, third) = (new ThreadWriter(key), new ThreadWriter(key), new ThreadWriter(key));
        await first.AppendManyAsync(test.Log, 4);
        await test.Log.ExpectKeptAsTrunkAsync(first);
        await second.AppendManyAsync(test.Log, 6, keyframes: [2]);
        await test.Log.ExpectKeptAsTrunkAsync(second);
        await third.AppendManyAsync(test.Log, 2);

        foreach (var thread in (ThreadWriter[])[first, second, third])
        {
            await test.Log.ExpectThreadAsync(thread);
        }

        await test.Log.EraseAsync(second.Key);
        await test.Log.ExpectNoThreadAsync(second.Key);
        await test.Log.ExpectThreadAsync(first);
        await test.Log.ExpectThreadAsync(third);
    }

    public static async Task Begin_OfAnOlderLifeOverATrunk_StandsBesideIt(LogUnderTest test)
    {
        var older = CommitId.New(TimeProvider.System);
        var trunk = await test.WriteThreadAsync(5);
        var imported = new ThreadWriter(trunk.Key);
        await test.Log.ExpectKeptAsTrunkAsync(trunk);

        await imported.AppendAsync(test.Log, new() { Life = older, FirstVersion = 3, IsKeyframe = true, After = Digest.Compute("before"u8) });
        await imported.AppendManyAsync(test.Log, 3);

        await test.Log.ExpectThreadAsync(imported);
        await test.Log.ExpectThreadAsync(trunk);
        await test.Log.ExpectKeptAsTrunkAsync(imported);
        await test.Log.ExpectThreadAsync(imported);
        await test.Log.ExpectThreadAsync(trunk);
    }

    public static async Task Trunk_IfUnchanged_IsMadeOnlyOfWhatWasSeen(LogUnderTest test)
    {
        var thread = await WriteFullAsync(test);
        foreach (var change in (Func<Task>[])
            [
                () => thread.AppendAsync(test.Log, new() { KeepExpiry = true }),
                () => test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, AddPins = [test.NewPin()] }),
                () => test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, Expiry = new(null) }),
            ])
        {
            var seen = thread.Head!.Stamp;
            await change();
            Expect.Equal(false, await test.Log.EraseAsync(new EraseRequest { Key = thread.Key, KeepAsTrunk = true, IfUnchanged = seen }), "the answer for a thread that changed");
        }

        await test.Log.ExpectThreadAsync(thread);
        await test.Log.ExpectNoThreadAsync(ThreadKey.Trunk(thread.Key, thread.Head!.Life));
    }

    public static async Task Trunk_OfAMissingThread_IsNotMade(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(2);
        var key = thread.Key;
        await test.Log.ExpectKeptAsTrunkAsync(thread);

        Expect.Equal(false, await test.Log.EraseAsync(new EraseRequest { Key = key, KeepAsTrunk = true }), "the answer for a thread that became a trunk before");
        Expect.Equal(false, await test.Log.EraseAsync(new EraseRequest { Key = test.NewThread().Key, KeepAsTrunk = true }), "the answer for a missing thread");

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Trunk_OfAThreadOfAnotherSpace_IsRefused(LogUnderTest test)
    {
        var (user, trunk) = (test.NewThread(ThreadSpace.Users, "ann"), await test.WriteThreadAsync(2));
        await user.AppendManyAsync(test.Log, 2);
        await test.Log.ExpectKeptAsTrunkAsync(trunk);
        foreach (var thread in (ThreadWriter[])[user, trunk])
        {
            await Expect.ThrowsAsync<ArgumentException>(async () => await test.Log.EraseAsync(new EraseRequest { Key = thread.Key, KeepAsTrunk = true }), $"keeping '{thread.Key}' as a trunk");
            await test.Log.ExpectThreadAsync(thread);
        }
    }

    public static async Task Append_ToAThreadThatBecameATrunk_ReportsConflictAtZero(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(3);
        var sent = await thread.AppendAsync(test.Log);
        var session = thread.Copy();
        await test.Log.ExpectKeptAsTrunkAsync(thread);

        await test.Log.ExpectAppendAsync(sent, AppendResult.Conflict(0));
        await test.Log.ExpectAppendAsync(session.Next(), AppendResult.Conflict(0));
        await test.Log.ExpectAppendAsync(session.Next(new() { IsKeyframe = true }), AppendResult.Conflict(0));
        await test.Log.ExpectAppendAsync(
            sent with { Entry = sent.Entry with { Key = thread.Key }, Head = sent.Head with { Key = thread.Key } }, AppendResult.Duplicate(4));
        await test.Log.ExpectNoThreadAsync(session.Key);
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task List_OfTrunks_HasThemAndNoThreads(LogUnderTest test)
    {
        var (one, two) = (test.NewThread("a"), test.NewThread("b"));
        await one.AppendAsync(test.Log, new() { Head = head => (head with { UserId = "ann" }).WithMetadata("k", "1") });
        await two.AppendAsync(test.Log, new() { Head = head => (head with { UserId = "ann" }).WithMetadata("k", "1") });
        await test.Log.ExpectKeptAsTrunkAsync(one);

        foreach (var filter in (ThreadQuery[])[new(), new() { UserId = "ann" }, new ThreadQuery().WithMetadata("k", 1), new() { Order = ThreadOrder.Id }])
        {
            Expect.Sequence([two.Key], await ListAsync(ThreadSpace.Threads, filter), "the threads that are listed");
            Expect.Sequence([one.Key], await ListAsync(ThreadSpace.Trunks, filter), "the trunks that are listed");
        }

        Expect.Sequence([one.Key], await ListAsync(ThreadSpace.Trunks, new() { IdPrefix = "a~" }), "the trunks of a thread");
        Expect.Sequence([], await ListAsync(ThreadSpace.Trunks, new() { IdPrefix = "b~" }), "the trunks of another thread");

        async Task<IEnumerable<ThreadKey>> ListAsync(ThreadSpace space, ThreadQuery filter)
            => (await test.Log.ListAllAsync(new() { Space = space, Tenant = test.Tenant, AsOf = default, Filter = filter })).Select(head => head.Key);
    }

    public static async Task Trunks_OfThreadsWithHostileIds_AreKeptApart(LogUnderTest test)
    {
        List<ThreadWriter> threads = [];
        foreach (var id in (string[])["a", "A", "a~", "~", "a:b", "../x", "%", "{a}", "e\u0301", "\u00e9", "🦑", " ", "a b", new('x', 512), new('é', 256), string.Concat(Enumerable.Repeat("🦑", 128))])
        {
            threads.Add(test.NewThread(id));
            await threads[^1].AppendManyAsync(test.Log, 2);
            await test.Log.ExpectKeptAsTrunkAsync(threads[^1]);
        }

        foreach (var thread in threads)
        {
            await test.Log.ExpectThreadAsync(thread);
            await thread.AppendAsync(test.Log);
        }

        var listed = await test.Log.ListAllAsync(new() { Space = ThreadSpace.Trunks, Tenant = test.Tenant, AsOf = default, Filter = new() { Order = ThreadOrder.Id, PageSize = 3 } });
        Expect.Sequence(threads.Select(thread => thread.Key).Order(Comparer<ThreadKey>.Create(HeadOrder.Compare)), listed.Select(head => head.Key), "the trunks in order of their ids");
    }

    public static async Task AppendsAndTrunks_AtOnce_LoseNothing(LogUnderTest test)
    {
        for (var round = 0; round < 10; round++)
        {
            var thread = await test.WriteThreadAsync(2);
            var (key, request) = (thread.Key, thread.Next());
            var append = Task.Run(async () => await test.Log.AppendAsync(request));
            Expect.Equal(true, await Task.Run(async () => await test.Log.EraseAsync(new EraseRequest { Key = key, KeepAsTrunk = true })), "the answer for a thread that is there");

            var result = await append;
            Expect.That(result == AppendResult.Appended(3) || result == AppendResult.Conflict(0), $"an append to a thread that becomes a trunk comes before or after it (the answer is {result})");
            if (result.Outcome == AppendOutcome.Appended)
            {
                thread.Accept(request);
            }

            thread.AcceptTrunk();
            await test.Log.ExpectThreadAsync(thread);
            await test.Log.ExpectNoThreadAsync(key);
        }
    }

    [When(has: LogCapabilities.Durable)]
    public static async Task Trunk_AfterARestart_IsThere(LogUnderTest test)
    {
        var old = await WriteFullAsync(test);
        var anew = new ThreadWriter(old.Key);
        await test.Log.ExpectKeptAsTrunkAsync(old);
        await test.RestartAsync();
        await test.Log.ExpectThreadAsync(old);
        await test.Log.ExpectNoThreadAsync(anew.Key);

        await anew.AppendManyAsync(test.Log, 2);
        await old.AppendAsync(test.Log, new() { KeepExpiry = true });
        await test.RestartAsync();

        await test.Log.ExpectThreadAsync(old);
        await test.Log.ExpectThreadAsync(anew);
    }

    // With all that a thread can have.
    private static async Task<ThreadWriter> WriteFullAsync(LogUnderTest test)
    {
        var thread = test.NewThread();
        await thread.AppendManyAsync(test.Log, 3, keyframes: [3]);
        await thread.AppendAsync(test.Log, new()
        {
            Head = head => (head with
            {
                UserId = "ann",
                Agent = "A",
                Status = ThreadStatus.Sleeping,
                ExpiresAt = new(2190, 1, 1, 0, 0, 0, TimeSpan.Zero),
                DueAt = new(2091, 1, 1, 0, 0, 0, TimeSpan.Zero),
                Terms = ["t1", "t2"],
            }).WithMetadata("k", "1"),
        });
        await thread.AppendAsync(test.Log, new() { IsKeyframe = true });
        await test.Log.ExpectUpdateAsync(
            thread, new() { Key = thread.Key, Beats = true, AddPins = [test.NewPin(3, 4), test.NewPin(4, 5)], Properties = new Dictionary<string, string?> { ["a"] = "1" } });
        var rewrite = new RewriteRequest { Key = thread.Key, DropBelow = 3, Replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [4] = "{}"u8.ToArray() } };
        Expect.Equal(true, await test.Log.RewriteAsync(rewrite), "the answer to the rewrite");
        thread.AcceptRewrite(rewrite);
        return thread;
    }
}

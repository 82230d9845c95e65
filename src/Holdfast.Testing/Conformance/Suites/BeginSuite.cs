using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>A thread begins only when it is asked to, at any version, and never where one stands.</summary>
internal static class BeginSuite
{
    private const long HighestVersion = 4_294_967_295;
    private static readonly Digest Before = Digest.Compute("before"u8);

    public static async Task Begin_AtALaterVersion_MakesAThreadThatBeginsThere(LogUnderTest test)
    {
        var thread = test.NewThread();
        await thread.AppendAsync(test.Log, At(57));
        await test.Log.ExpectThreadAsync(thread);
        Expect.Equal(57, (await test.Log.GetHeadAsync(thread.Key))!.FirstVersion, "the first version");

        await thread.AppendManyAsync(test.Log, 4, keyframes: [60]);
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Begin_NearTheHighestVersion_GoesOnUpToIt(LogUnderTest test)
    {
        var thread = test.NewThread();
        await thread.AppendAsync(test.Log, At(HighestVersion - 3));

        await thread.AppendManyAsync(test.Log, 3);

        Expect.Equal(HighestVersion, thread.Version, "the version");
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Begin_AtALaterVersion_HasNothingBeforeIt(LogUnderTest test)
    {
        var thread = test.NewThread();
        await thread.AppendAsync(test.Log, At(20));
        await thread.AppendManyAsync(test.Log, 2);

        Expect.Entries([], await test.Log.ReadAllAsync(thread.Key, 1, 19), "what is before the first version");
        var tail = Expect.NotNull(await test.Log.ReadTailAsync(thread.Key, 100), "a tail");
        Expect.Entries(thread.Entries, tail.Entries, "the tail with a larger minimum");
        await test.Log.ExpectAppendAsync(thread.Copy().Next() with { Entry = thread.Entries[0] with { Version = 19 }, Head = thread.Head! with { Version = 19 } }, AppendResult.Dropped(22));
    }

    public static async Task Begin_WithTheLifeOfTheOriginal_KeepsIt(LogUnderTest test)
    {
        var original = await test.WriteThreadAsync(3, 3);
        var copy = test.NewThread();

        await copy.AppendAsync(test.Log, new() { FirstVersion = 3, IsKeyframe = true, After = Before, Life = original.Head!.Life });
        await copy.AppendAsync(test.Log);

        Expect.Equal(original.Head.Life, copy.Head!.Life, "the life that the writer expects");
        await test.Log.ExpectThreadAsync(copy);
        await test.Log.ExpectThreadAsync(original);
    }

    public static async Task Begin_OfAThread_TakesPropertiesTermsAndDueTime(LogUnderTest test)
    {
        foreach (var version in (long[])[1, 9])
        {
            var thread = test.NewThread();
            await thread.AppendAsync(test.Log, At(version) with { Head = WithEverything });
            await test.Log.ExpectThreadAsync(thread);
        }
    }

    public static async Task Begin_WhoseHeadClaimsToHaveBeenMaintained_TakesOfThatThePropertiesOnly(LogUnderTest test)
    {
        var thread = test.NewThread();
        await thread.AppendAsync(test.Log, At(5) with { Head = head => WithEverything(head) with { Revision = 7, Heartbeat = 3, PinCount = 2, LowestPin = 1, FirstVersion = 2 } });

        Expect.Equal(0, thread.Head!.Revision, "the revision that the writer expects");
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Append_ToAThread_LeavesWhatMaintenanceOwns(LogUnderTest test)
    {
        var thread = test.NewThread();
        await thread.AppendAsync(test.Log, At(5) with { Head = WithEverything });
        await test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, Beats = true, AddPins = [test.NewPin(5, 9)] });

        await thread.AppendAsync(test.Log, new()
        {
            Head = head => head with
            {
                Properties = new Dictionary<string, string> { ["other"] = "1" },
                Life = CommitId.New(TimeProvider.System),
                FirstVersion = 1,
                Revision = 99,
                Heartbeat = 99,
                PinCount = 99,
                LowestPin = 2,
            },
        });
        await test.Log.ExpectThreadAsync(thread);

        await thread.AppendAsync(test.Log, new() { IsKeyframe = true, Head = head => head with { Properties = ThreadHead.NoProperties, PinCount = 0, LowestPin = null } });
        Expect.Equal(1, thread.Head!.PinCount, "the number of pins that the writer expects");
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Begin_WhereAThreadStands_ReportsConflict(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(4, 3);
        var ahead = thread.Copy();
        ahead.Accept(ahead.Next());

        foreach (var request in (AppendRequest[])
            [
                new ThreadWriter(thread.Key).Next(), // version 1, of another life
                new ThreadWriter(thread.Key).Next(At(3)),
                new ThreadWriter(thread.Key).Next(At(4) with { Life = thread.Head!.Life }), // another commit of the same life
                new ThreadWriter(thread.Key).Next(At(5)),
                thread.Next(new() { IsKeyframe = true }) with { Begins = true }, // it would fit as an append
                ahead.Next(new() { IsKeyframe = true }) with { Begins = true },
                new ThreadWriter(thread.Key).Next(At(900)),
            ])
        {
            await test.Log.ExpectAppendAsync(request, AppendResult.Conflict(4));
        }

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Begin_Repeated_ReportsDuplicate(LogUnderTest test)
    {
        foreach (var version in (long[])[1, 30])
        {
            var thread = test.NewThread();
            var request = await thread.AppendAsync(test.Log, At(version));
            await test.Log.ExpectAppendAsync(request, AppendResult.Duplicate(version));

            await thread.AppendManyAsync(test.Log, 2);
            await test.Log.ExpectAppendAsync(request, AppendResult.Duplicate(version + 2));

            await test.Log.ExpectThreadAsync(thread);
        }
    }

    public static async Task Begin_RepeatedAfterItsEntryWasDropped_ReportsDropped(LogUnderTest test)
    {
        var thread = test.NewThread();
        var request = await thread.AppendAsync(test.Log, At(30));
        await thread.AppendAsync(test.Log, new() { IsKeyframe = true });
        var drop = new RewriteRequest { Key = thread.Key, DropBelow = 31 };
        Expect.Equal(true, await test.Log.RewriteAsync(drop), "the answer to the rewrite");
        thread.AcceptRewrite(drop);

        await test.Log.ExpectAppendAsync(request, AppendResult.Dropped(31));
        await test.Log.ExpectAppendAsync(request with { Head = request.Head with { Life = CommitId.New(TimeProvider.System) } }, AppendResult.Conflict(31));

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Append_OfTheSameCommitForAnotherLife_ReportsConflict(LogUnderTest test)
    {
        var thread = test.NewThread();
        var requests = new List<AppendRequest> { await thread.AppendAsync(test.Log, At(30)), await thread.AppendAsync(test.Log), await thread.AppendAsync(test.Log) };

        foreach (var request in requests)
        {
            await test.Log.ExpectAppendAsync(request, AppendResult.Duplicate(32));
            await test.Log.ExpectAppendAsync(request with { Head = request.Head with { Life = CommitId.New(TimeProvider.System) } }, AppendResult.Conflict(32));
        }

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Copies_OfOneThreadAtOnce_AreOneThread(LogUnderTest test)
    {
        var original = new ThreadWriter(test.NewThread().Key);
        List<AppendRequest> requests = [];
        for (var i = 0; i < 8; i++)
        {
            requests.Add(original.Next(i == 0 ? At(12) : new() { IsKeyframe = i == 5 }));
            original.Accept(requests[^1]);
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            foreach (var request in requests)
            {
                var result = await test.Log.AppendAsync(request);
                Expect.That(result.Outcome is AppendOutcome.Appended or AppendOutcome.Duplicate, $"each of several equal copies is told that version {request.Entry.Version} stands (it is told {result})");
            }
        })));

        await test.Log.ExpectThreadAsync(original);
    }

    public static async Task Beginners_OfOneThreadAtOnce_HaveOneWinner(LogUnderTest test)
    {
        for (var round = 0; round < 5; round++)
        {
            var key = test.NewThread().Key;
            var writers = Enumerable.Range(1, 8).Select(i => (Writer: new ThreadWriter(key), Draft: At(i * 3))).ToList();
            var results = await Task.WhenAll(writers.Select(item => Task.Run(async () =>
            {
                var request = item.Writer.Next(item.Draft);
                var result = await test.Log.AppendAsync(request);
                item.Writer.Accept(request);
                return (Result: result, item.Writer);
            })));

            var winner = results.Single(item => item.Result.Outcome == AppendOutcome.Appended).Writer;
            Expect.Equal(7, results.Count(item => item.Result == AppendResult.Conflict(winner.Version)), "the count of those that are told of the conflict");
            await test.Log.ExpectThreadAsync(winner);
        }
    }

    public static async Task Append_WithoutBeginning_NeverMakesAThread(LogUnderTest test)
    {
        var thread = test.NewThread();
        var (first, later) = (thread.Next(), thread.Copy());
        later.Accept(later.Next());

        foreach (var request in (AppendRequest[])
            [
                first with { Begins = false },
                first with { Begins = false, After = Before },
                thread.Next(new() { IsKeyframe = true }) with { Begins = false },
                later.Next(),
                later.Next(new() { IsKeyframe = true }),
                later.Next(new() { IsKeyframe = true }) with { After = ChainHash.Start },
            ])
        {
            await test.Log.ExpectAppendAsync(request, AppendResult.Conflict(0));
        }

        await test.Log.ExpectNoThreadAsync(thread.Key);
    }

    public static async Task Append_OfAKeyframeToAThreadThatWasErased_DoesNotReviveIt(LogUnderTest test)
    {
        var (erased, kept) = (await test.WriteThreadAsync(57, 40), await test.WriteThreadAsync(3));
        var sent = await erased.AppendAsync(test.Log);
        await test.Log.EraseAsync(erased.Key);
        var session = kept.Copy();
        await test.Log.ExpectKeptAsTrunkAsync(kept);

        await test.Log.ExpectAppendAsync(erased.Next(new() { IsKeyframe = true }), AppendResult.Conflict(0));
        await test.Log.ExpectAppendAsync(session.Next(new() { IsKeyframe = true }), AppendResult.Conflict(0));

        // A retry of what had succeeded, of which the answer was lost.
        await test.Log.ExpectAppendAsync(sent, AppendResult.Conflict(0));
        await test.Log.ExpectNoThreadAsync(erased.Key);
        await test.Log.ExpectNoThreadAsync(session.Key);
    }

    public static async Task Begin_AfterAnErase_BringsNothingOfTheOldLife(LogUnderTest test)
    {
        var old = test.NewThread();
        await old.AppendAsync(test.Log, new() { Head = WithEverything });
        await old.AppendManyAsync(test.Log, 5);
        await test.Log.ExpectUpdateAsync(old, new() { Key = old.Key, Beats = true, AddPins = [test.NewPin()] });
        await test.Log.EraseAsync(old.Key);

        var anew = new ThreadWriter(old.Key);
        await anew.AppendAsync(test.Log, At(4));
        await test.Log.ExpectThreadAsync(anew);

        await anew.AppendManyAsync(test.Log, 3);
        await test.Log.ExpectThreadAsync(anew);
        await test.Log.ExpectAppendAsync(old.Next(), AppendResult.Conflict(7));
    }

    public static async Task Begin_ThatContradictsItself_IsRefused(LogUnderTest test)
    {
        var thread = test.NewThread();
        var (first, later) = (thread.Next(), thread.Next(At(5)));
        foreach (var (request, what) in (List<(AppendRequest, string)>)
            [
                (first with { Head = first.Head with { Life = default } }, "a begin without a life"),
                (later with { Entry = later.Entry with { IsKeyframe = false } }, "a begin at version 5 without a keyframe"),
                (first with { Head = first.Head with { Version = 2 } }, "an append whose head has another version"),
                (first with { Head = first.Head with { Key = test.NewThread().Key } }, "an append whose head is of another thread"),
                (first with { Entry = first.Entry with { Version = 0 }, Head = first.Head with { Version = 0 } }, "an append of version 0"),
            ])
        {
            await Expect.ThrowsAsync<ArgumentException>(async () => await test.Log.AppendAsync(request), what);
        }

        await test.Log.ExpectNoThreadAsync(thread.Key);
    }

    [When(has: LogCapabilities.Durable)]
    public static async Task Thread_BegunLater_IsWholeAfterARestart(LogUnderTest test)
    {
        var thread = test.NewThread();
        var first = await thread.AppendAsync(test.Log, At(12) with { Life = CommitId.New(TimeProvider.System), Head = WithEverything });
        await test.RestartAsync();
        await test.Log.ExpectThreadAsync(thread);

        await thread.AppendManyAsync(test.Log, 3);
        await test.RestartAsync();

        await test.Log.ExpectThreadAsync(thread);
        await test.Log.ExpectAppendAsync(first, AppendResult.Duplicate(15));
    }

    private static EntryDraft At(long version)
        => new() { FirstVersion = version, IsKeyframe = version > 1, After = version > 1 ? Before : ChainHash.Start };

    private static ThreadHead WithEverything(ThreadHead head) => (head with
    {
        UserId = "ann",
        Properties = new Dictionary<string, string> { ["incomplete"] = "", ["note"] = "it's \"odd\" 🦑" },
        Terms = ["a", "b"],
        DueAt = new(2090, 1, 1, 0, 0, 0, 5, TimeSpan.Zero),
    }).WithMetadata("k", "1");
}

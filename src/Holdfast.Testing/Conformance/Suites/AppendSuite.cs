using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>An append writes an entry once, or nothing.</summary>
internal static class AppendSuite
{
    public static async Task Append_ToANewThread_WritesVersionOne(LogUnderTest test)
    {
        var thread = test.NewThread();
        await test.Log.ExpectNoThreadAsync(thread.Key);

        var request = thread.Next();
        await test.Log.ExpectAppendAsync(request, AppendResult.Appended(1));

        thread.Accept(request);
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Append_AfterAnother_WritesTheNextVersion(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(4);

        var request = thread.Next();
        await test.Log.ExpectAppendAsync(request, AppendResult.Appended(5));

        thread.Accept(request);
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Append_TheSameRequestTwice_ReportsDuplicate(LogUnderTest test)
    {
        var thread = test.NewThread();
        var request = await thread.AppendAsync(test.Log);

        await test.Log.ExpectAppendAsync(request, AppendResult.Duplicate(1));

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Append_TheSameCommitAfterLaterAppends_ReportsDuplicateAndTheCurrentVersion(LogUnderTest test)
    {
        var thread = test.NewThread();
        var first = await thread.AppendAsync(test.Log);
        var second = await thread.AppendAsync(test.Log);
        await thread.AppendManyAsync(test.Log, 3, keyframes: [4]);

        await test.Log.ExpectAppendAsync(first, AppendResult.Duplicate(5));
        await test.Log.ExpectAppendAsync(second, AppendResult.Duplicate(5));

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Append_TheSameCommitWithAnotherBodyAndHead_ReportsDuplicateAndKeepsTheFirst(LogUnderTest test)
    {
        var thread = test.NewThread();
        var before = thread.Copy();
        var first = await thread.AppendAsync(test.Log);

        var other = before.Next(new() { CommitId = first.Entry.CommitId, Body = "{\"other\":true}"u8.ToArray(), Head = head => head with { UserId = "other" } });
        await test.Log.ExpectAppendAsync(other, AppendResult.Duplicate(1));

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Append_TheSameCommitWithAnotherChainBefore_ReportsDuplicate(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(1);
        var second = await thread.AppendAsync(test.Log);

        await test.Log.ExpectAppendAsync(second with { After = Digest.Compute("elsewhere"u8) }, AppendResult.Duplicate(2));

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Append_AnotherCommitAtAStandingVersion_ReportsConflictAndNeverOverwrites(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(2);
        var late = thread.Copy();
        await thread.AppendManyAsync(test.Log, 2);

        await test.Log.ExpectAppendAsync(late.Next(new() { Head = head => head with { UserId = "late" } }), AppendResult.Conflict(4));
        await test.Log.ExpectAppendAsync(test.NewThread(thread.Key.Id.Value).Next(), AppendResult.Conflict(4));

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Append_WithAGapBeforeIt_ReportsConflict(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(2);
        var ahead = thread.Copy();
        ahead.Accept(ahead.Next());

        await test.Log.ExpectAppendAsync(ahead.Next(), AppendResult.Conflict(2));
        await test.Log.ExpectAppendAsync(ahead.Next() with { After = thread.Head!.ChainHash }, AppendResult.Conflict(2));

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Append_OfALaterVersionToAMissingThread_ReportsConflictAtZeroAndMakesNoThread(LogUnderTest test)
    {
        var thread = test.NewThread();
        thread.Accept(thread.Next());

        await test.Log.ExpectAppendAsync(thread.Next(), AppendResult.Conflict(0));
        await test.Log.ExpectAppendAsync(thread.Next() with { After = ChainHash.Start }, AppendResult.Conflict(0));

        await test.Log.ExpectNoThreadAsync(thread.Key);
    }

    public static async Task Append_AfterAnotherChainHash_ReportsConflictThoughTheVersionFits(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(3);

        await test.Log.ExpectAppendAsync(thread.Next() with { After = Digest.Compute("elsewhere"u8) }, AppendResult.Conflict(3));
        await test.Log.ExpectAppendAsync(thread.Next() with { After = ChainHash.Start }, AppendResult.Conflict(3));

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Append_ToAThreadThatWasErasedAndBegunAnew_ReportsConflict(LogUnderTest test)
    {
        var old = await test.WriteThreadAsync(3);
        Expect.That(await test.Log.EraseAsync(old.Key), "the thread is erased");
        var anew = test.NewThread(old.Key.Id.Value);
        await anew.AppendManyAsync(test.Log, 3);

        await test.Log.ExpectAppendAsync(old.Next(), AppendResult.Conflict(3));

        await test.Log.ExpectThreadAsync(anew);
    }

    public static async Task Append_OfACommitThatStandsAtAnotherVersion_IsNoDuplicate(LogUnderTest test)
    {
        var thread = test.NewThread();
        var first = await thread.AppendAsync(test.Log);
        var ahead = thread.Copy();
        ahead.Accept(ahead.Next());

        await test.Log.ExpectAppendAsync(ahead.Next(new() { CommitId = first.Entry.CommitId }), AppendResult.Conflict(1));

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Append_OfTheSameCommitIdToTwoThreads_WritesBoth(LogUnderTest test)
    {
        var (one, two) = (test.NewThread(), test.NewThread());
        var request = await one.AppendAsync(test.Log);

        await two.AppendAsync(test.Log, new() { CommitId = request.Entry.CommitId });

        await test.Log.ExpectThreadAsync(one);
        await test.Log.ExpectThreadAsync(two);
    }

    public static async Task Append_AfterAConflict_SucceedsFromWhatWasRead(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(1);
        var late = thread.Copy();
        await thread.AppendAsync(test.Log);
        await test.Log.ExpectAppendAsync(late.Next(), AppendResult.Conflict(2));

        var reloaded = ThreadWriter.From(thread.Key, await test.Log.ReadTailAsync(thread.Key));
        await reloaded.AppendAsync(test.Log);

        await test.Log.ExpectThreadAsync(reloaded);
    }

    public static async Task Append_WhoseBufferIsReusedAfterwards_KeepsWhatWasGiven(LogUnderTest test)
    {
        var thread = test.NewThread();
        var buffer = "{\"given\":1}"u8.ToArray();
        await thread.AppendAsync(test.Log, new() { Body = buffer });

        Array.Clear(buffer);

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Append_ToManyThreads_KeepsThemApart(LogUnderTest test)
    {
        var threads = Enumerable.Range(0, 5).Select(_ => test.NewThread()).ToList();
        for (var round = 0; round < 3; round++)
        {
            foreach (var thread in threads)
            {
                await thread.AppendAsync(test.Log);
            }
        }

        foreach (var thread in threads)
        {
            await test.Log.ExpectThreadAsync(thread);
        }
    }

    public static async Task Append_OfAHundredEntries_KeepsTheChainWhole(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(100, 30, 60);

        await test.Log.ExpectThreadAsync(thread);

        var chain = ChainHash.Start;
        foreach (var entry in await test.Log.ReadAllAsync(thread.Key))
        {
            chain = ChainHash.Next(chain, entry);
        }

        Expect.Equal(thread.Head!.ChainHash, chain, "the chain hash computed from the entries");
    }
}

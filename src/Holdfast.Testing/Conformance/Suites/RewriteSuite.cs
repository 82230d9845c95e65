using Holdfast.Logs;
using Bodies = System.Collections.Generic.Dictionary<long, System.ReadOnlyMemory<byte>>;

namespace Holdfast.Testing.Suites;

/// <summary>A rewrite replaces old bodies and drops the oldest entries, all or nothing, and never touches what a load needs.</summary>
internal static class RewriteSuite
{
    private static readonly ReadOnlyMemory<byte> Redacted = "{\"redacted\":true}"u8.ToArray();

    public static async Task Rewrite_OfABody_ReplacesItAndKeepsTheRest(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(6, 5);

        await RewriteAsync(test, thread, new() { [2] = Redacted });

        await test.Log.ExpectThreadAsync(thread);
        Expect.That((await test.Log.ReadAllAsync(thread.Key, 2, 2))[0].RewrittenHash is not null, "the entry has the hash of the body that replaced the first one");
    }

    public static async Task Rewrite_OfSeveralBodies_ReplacesEach(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(8, 2, 7);

        await RewriteAsync(test, thread, new()
        {
            [1] = Array.Empty<byte>(),
            [2] = new byte[700_000],
            [4] = new byte[] { 0xff, 0x00, 0x0a },
            [6] = " { \"odd\" : 1.0 } "u8.ToArray(),
        });

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Rewrite_OfARewrittenBody_ReplacesItAgain(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(4, 4);

        await RewriteAsync(test, thread, new() { [2] = new byte[700_000] });
        await RewriteAsync(test, thread, new() { [2] = Redacted, [3] = Redacted });

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Rewrite_OfALargeBody_LeavesNothingOfIt(LogUnderTest test)
    {
        var thread = test.NewThread();
        await thread.AppendAsync(test.Log, new() { Body = new byte[900_000] });
        await thread.AppendAsync(test.Log, new() { IsKeyframe = true });

        await RewriteAsync(test, thread, new() { [1] = Redacted });

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Rewrite_ThatDropsTheOldest_KeepsTheOthers(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(9, 3, 6);

        await RewriteAsync(test, thread, [], dropBelow: 3);
        await test.Log.ExpectThreadAsync(thread);

        await RewriteAsync(test, thread, [], dropBelow: 6);
        await test.Log.ExpectThreadAsync(thread);
        Expect.Equal(6, (await test.Log.ReadAllAsync(thread.Key))[0].Version, "the oldest version that is left");
    }

    public static async Task Rewrite_ThatDropsAndReplaces_DoesBoth(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(9, 4, 6);

        await RewriteAsync(test, thread, new() { [4] = Redacted }, dropBelow: 4);

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Rewrite_ThatDropsWhatIsGone_ChangesNothing(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(9, 5, 6);
        await RewriteAsync(test, thread, [], dropBelow: 5);

        await RewriteAsync(test, thread, [], dropBelow: 2);
        await RewriteAsync(test, thread, [], dropBelow: 5);
        await RewriteAsync(test, thread, [], dropBelow: -3);
        await RewriteAsync(test, thread, []);

        Expect.Equal(1, thread.Head!.Revision, "the revision after one rewrite that changed something");

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Rewrite_OfAMissingThread_AnswersFalse(LogUnderTest test)
    {
        var missing = test.NewThread().Key;

        Expect.Equal(false, await test.Log.RewriteAsync(missing, new Bodies()), "the answer for a missing thread");
        Expect.Equal(false, await test.Log.RewriteAsync(missing, new Bodies { [1] = Redacted }, dropBelow: 1), "the answer for a missing thread");

        await test.Log.ExpectNoThreadAsync(missing);
    }

    public static async Task Rewrite_OfTheNewestKeyframe_IsRefused(LogUnderTest test)
        => await ExpectRefusedAsync(test, await test.WriteThreadAsync(6, 2, 4), new() { [4] = Redacted });

    public static async Task Rewrite_OfAnEntryAfterTheNewestKeyframe_IsRefused(LogUnderTest test)
        => await ExpectRefusedAsync(test, await test.WriteThreadAsync(6, 2, 4), new() { [6] = Redacted });

    public static async Task Rewrite_OfAThreadWithoutAKeyframe_IsRefused(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(3);

        await ExpectRefusedAsync(test, thread, new() { [1] = Redacted });
        await ExpectRefusedAsync(test, thread, [], dropBelow: 2);
    }

    public static async Task Rewrite_ThatDropsTheNewestKeyframe_IsRefused(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(6, 4);

        await ExpectRefusedAsync(test, thread, [], dropBelow: 5);
        await ExpectRefusedAsync(test, thread, [], dropBelow: long.MaxValue);
    }

    public static async Task Rewrite_ThatDropsBelowAnEntryThatIsNoKeyframe_IsRefused(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(8, 3, 6);

        await ExpectRefusedAsync(test, thread, [], dropBelow: 2);
        await ExpectRefusedAsync(test, thread, new() { [5] = Redacted }, dropBelow: 5);
        await RewriteAsync(test, thread, [], dropBelow: 3);
        await ExpectRefusedAsync(test, thread, [], dropBelow: 4);
    }

    public static async Task Rewrite_OfAVersionThatIsNotThere_IsRefused(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(6, 2, 4);
        await RewriteAsync(test, thread, [], dropBelow: 2);

        await ExpectRefusedAsync(test, thread, new() { [1] = Redacted });
        await ExpectRefusedAsync(test, thread, new() { [0] = Redacted });
        await ExpectRefusedAsync(test, thread, new() { [-1] = Redacted });
        await ExpectRefusedAsync(test, thread, new() { [7] = Redacted });
    }

    public static async Task Rewrite_OfAVersionThatItDrops_IsRefused(LogUnderTest test)
        => await ExpectRefusedAsync(test, await test.WriteThreadAsync(6, 3, 5), new() { [2] = Redacted }, dropBelow: 3);

    public static async Task Rewrite_WithOneVersionThatIsRefused_WritesNoneOfThem(LogUnderTest test)
        => await ExpectRefusedAsync(test, await test.WriteThreadAsync(6, 2, 4), new() { [2] = Redacted, [3] = Redacted, [5] = Redacted }, dropBelow: 2);

    public static async Task Append_AfterARewrite_ContinuesTheChain(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(5, 2, 4);
        await RewriteAsync(test, thread, new() { [2] = Redacted }, dropBelow: 2);

        await thread.AppendManyAsync(test.Log, 2, keyframes: [7]);
        await test.Log.ExpectThreadAsync(thread);

        await RewriteAsync(test, thread, new() { [5] = Redacted, [6] = Redacted }, dropBelow: 4);
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Append_OfACommitWhoseBodyWasRewritten_ReportsDuplicate(LogUnderTest test)
    {
        var thread = test.NewThread();
        var first = await thread.AppendAsync(test.Log);
        await thread.AppendAsync(test.Log, new() { IsKeyframe = true });
        await RewriteAsync(test, thread, new() { [1] = Redacted });

        await test.Log.ExpectAppendAsync(first, AppendResult.Duplicate(2));

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Append_OfACommitThatWasDropped_ReportsDroppedAndDoesNotBringItBack(LogUnderTest test)
    {
        var thread = test.NewThread();
        var first = await thread.AppendAsync(test.Log);
        await thread.AppendAsync(test.Log, new() { IsKeyframe = true });
        await RewriteAsync(test, thread, [], dropBelow: 2);

        await test.Log.ExpectAppendAsync(first, AppendResult.Dropped(2));
        await test.Log.ExpectAppendAsync(first with { Begins = false }, AppendResult.Dropped(2));

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Rewrite_WhoseBufferIsReusedAfterwards_KeepsWhatWasGiven(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(3, 3);
        var buffer = "{\"given\":1}"u8.ToArray();
        await RewriteAsync(test, thread, new() { [1] = buffer });

        Array.Clear(buffer);

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Rewrite_OfOneThread_LeavesOthersAlone(LogUnderTest test)
    {
        var (one, two) = (await test.WriteThreadAsync(4, 3, 4), await test.WriteThreadAsync(4, 3, 4));

        await RewriteAsync(test, one, new() { [3] = Redacted }, dropBelow: 3);

        await test.Log.ExpectThreadAsync(one);
        await test.Log.ExpectThreadAsync(two);
    }

    private static async Task RewriteAsync(LogUnderTest test, ThreadWriter thread, Bodies replacements, long dropBelow = 0)
    {
        Expect.Equal(true, await test.Log.RewriteAsync(thread.Key, replacements, dropBelow), "the answer for a thread that is there");
        thread.AcceptRewrite(replacements, dropBelow);
    }

    private static async Task ExpectRefusedAsync(LogUnderTest test, ThreadWriter thread, Bodies replacements, long dropBelow = 0)
    {
        await Expect.ThrowsAsync<ArgumentException>(
            async () => await test.Log.RewriteAsync(thread.Key, replacements, dropBelow),
            $"a rewrite of versions {string.Join(", ", replacements.Keys)} that drops those below {dropBelow}");
        await test.Log.ExpectThreadAsync(thread);
    }
}

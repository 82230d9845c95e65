using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>An erased thread is gone at once and for good, and no other is.</summary>
internal static class EraseSuite
{
    public static async Task Erase_OfAThread_RemovesEverythingOfIt(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(6, 3);

        Expect.Equal(true, await test.Log.EraseAsync(thread.Key), "the answer for a thread that is there");

        await test.Log.ExpectNoThreadAsync(thread.Key);
        Expect.Entries([], await test.Log.ReadAllAsync(thread.Key, 2, 4, ReadDirection.Backward), "the erased thread");
        Expect.Equal(false, await test.Log.SetExpiryAsync(thread.Key, null), "whether the erased thread can be given an expiry");
    }

    public static async Task Erase_OfAMissingThread_AnswersFalse(LogUnderTest test)
    {
        var thread = test.NewThread();
        Expect.Equal(false, await test.Log.EraseAsync(thread.Key), "the answer for a missing thread");
        await thread.AppendAsync(test.Log);
        await test.Log.EraseAsync(thread.Key);

        Expect.Equal(false, await test.Log.EraseAsync(thread.Key), "the answer for a thread that was erased before");
    }

    public static async Task Erase_OfAThreadThatIsAsExpected_RemovesIt(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(2);

        Expect.Equal(true, await test.Log.EraseAsync(thread.Key, await test.Log.GetHeadAsync(thread.Key)), "the answer for an unchanged thread");

        await test.Log.ExpectNoThreadAsync(thread.Key);
    }

    public static async Task Erase_OfAThreadThatExpiresAsExpected_RemovesIt(LogUnderTest test)
    {
        var thread = test.NewThread();
        await thread.AppendAsync(test.Log, new() { Head = head => head with { ExpiresAt = new(2190, 1, 1, 0, 0, 0, 1, TimeSpan.Zero) } });

        Expect.Equal(true, await test.Log.EraseAsync(thread.Key, thread.Head), "the answer for an unchanged thread");

        await test.Log.ExpectNoThreadAsync(thread.Key);
    }

    public static async Task Erase_OfAThreadThatWasAppendedToMeanwhile_LeavesIt(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(2);
        var seen = thread.Head;
        await thread.AppendAsync(test.Log);

        Expect.Equal(false, await test.Log.EraseAsync(thread.Key, seen), "the answer for a thread that was appended to");

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Erase_OfAThreadWhoseExpiryChangedMeanwhile_LeavesIt(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(2);
        var (never, expiry) = (thread.Head, new DateTimeOffset(2190, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await test.Log.SetExpiryAsync(thread.Key, expiry);
        thread.AcceptExpiry(expiry);
        var once = thread.Head;

        Expect.Equal(false, await test.Log.EraseAsync(thread.Key, never), "the answer for a thread that was given an expiry");
        await test.Log.SetExpiryAsync(thread.Key, expiry.AddMilliseconds(1));
        thread.AcceptExpiry(expiry.AddMilliseconds(1));
        Expect.Equal(false, await test.Log.EraseAsync(thread.Key, once), "the answer for a thread whose expiry was put off");
        await test.Log.SetExpiryAsync(thread.Key, null);
        thread.AcceptExpiry(null);
        Expect.Equal(false, await test.Log.EraseAsync(thread.Key, once), "the answer for a thread whose expiry was taken away");

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Erase_OfAThreadThatWasBegunAnewMeanwhile_LeavesIt(LogUnderTest test)
    {
        var old = await test.WriteThreadAsync(2);
        await test.Log.EraseAsync(old.Key);
        var anew = test.NewThread(old.Key.Id.Value);
        await anew.AppendManyAsync(test.Log, 2);

        Expect.Equal(false, await test.Log.EraseAsync(old.Key, old.Head), "the answer for a thread begun anew");

        await test.Log.ExpectThreadAsync(anew);
    }

    public static async Task Erase_OfAMissingThreadWithAnExpectation_AnswersFalse(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(1);
        await test.Log.EraseAsync(thread.Key);

        Expect.Equal(false, await test.Log.EraseAsync(thread.Key, thread.Head), "the answer for a missing thread");
    }

    public static async Task Erase_OfOneThread_LeavesThoseWithLikeNamesAlone(LogUnderTest test)
    {
        var doomed = test.NewThread("a");
        await doomed.AppendManyAsync(test.Log, 2);
        List<ThreadWriter> others = [test.NewThread("ab"), test.NewThread("a/b"), test.NewThread("a:b"), test.NewThread("A"), test.NewThread("a%"), test.NewThread("x", "a")];
        foreach (var other in others)
        {
            await other.AppendManyAsync(test.Log, 2);
        }

        await test.Log.EraseAsync(doomed.Key);

        await test.Log.ExpectNoThreadAsync(doomed.Key);
        foreach (var other in others)
        {
            await test.Log.ExpectThreadAsync(other);
        }
    }

    public static async Task Append_AfterAnErase_BeginsAtVersionOneWithNothingOfTheOld(LogUnderTest test)
    {
        var old = test.NewThread();
        await old.AppendManyAsync(test.Log, 5, keyframes: [2]);
        await old.AppendAsync(test.Log, new() { Body = new byte[900_000], Head = head => (head with { UserId = "old" }).WithMetadata("old", "true") });
        await test.Log.EraseAsync(old.Key);

        var anew = test.NewThread(old.Key.Id.Value);
        await anew.AppendManyAsync(test.Log, 2);

        await test.Log.ExpectThreadAsync(anew);
        var stale = await test.Log.ListAllAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = default, Filter = new() { UserId = "old" } });
        Expect.Equal(0, stale.Count, "how many threads are listed for the user of the erased one");
    }

    public static async Task Append_OfTheNextVersionAfterAnErase_ReportsConflictAtZero(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(3);
        await test.Log.EraseAsync(thread.Key);

        await test.Log.ExpectAppendAsync(thread.Next(), AppendResult.Conflict(0));

        await test.Log.ExpectNoThreadAsync(thread.Key);
    }

    public static async Task Erase_OfARewrittenThread_RemovesIt(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(6, 2, 4);
        await test.Log.RewriteAsync(thread.Key, new Dictionary<long, ReadOnlyMemory<byte>> { [3] = "{}"u8.ToArray() }, dropBelow: 2);

        Expect.Equal(true, await test.Log.EraseAsync(thread.Key), "the answer for a rewritten thread");

        await test.Log.ExpectNoThreadAsync(thread.Key);
    }
}

using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>Expiry belongs to maintenance: it changes nothing but itself, and an append keeps it when told to.</summary>
/// <remarks>Instants lie far ahead, so that a backend that removes expired threads leaves them alone.</remarks>
internal static class ExpirySuite
{
    private static readonly DateTimeOffset Far = new(2190, 1, 1, 0, 0, 0, 5, TimeSpan.Zero);
    private static readonly DateTimeOffset Farther = new(2195, 1, 1, 0, 0, 0, 7, TimeSpan.Zero);

    public static async Task SetExpiry_OfAThread_ChangesNothingElse(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(3, 2);

        await SetAsync(test, thread, Far);
        await test.Log.ExpectThreadAsync(thread);

        await SetAsync(test, thread, Farther);
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task SetExpiry_ToNull_MeansNever(LogUnderTest test)
    {
        var thread = test.NewThread();
        await thread.AppendAsync(test.Log, new() { Head = head => head with { ExpiresAt = Far } });

        await SetAsync(test, thread, null);
        await test.Log.ExpectThreadAsync(thread);

        await SetAsync(test, thread, null);
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task SetExpiry_ToTheEndOfTime_IsKept(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(1);

        await SetAsync(test, thread, DateTimeOffset.FromUnixTimeMilliseconds(253_402_300_799_999));

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task SetExpiry_OfAMissingThread_AnswersFalseAndMakesNone(LogUnderTest test)
    {
        var missing = test.NewThread().Key;

        Expect.Equal(false, await test.Log.SetExpiryAsync(missing, Far), "the answer for a missing thread");
        Expect.Equal(false, await test.Log.SetExpiryAsync(missing, null), "the answer for a missing thread");

        await test.Log.ExpectNoThreadAsync(missing);
    }

    public static async Task SetExpiry_OfOneThread_LeavesOthersAlone(LogUnderTest test)
    {
        var (one, two) = (await test.WriteThreadAsync(1), await test.WriteThreadAsync(1));

        await SetAsync(test, one, Far);

        await test.Log.ExpectThreadAsync(one);
        await test.Log.ExpectThreadAsync(two);
    }

    public static async Task Append_AfterSetExpiry_ContinuesTheSameChain(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(2);
        await SetAsync(test, thread, Far);

        await thread.AppendAsync(test.Log, new() { KeepExpiry = true });

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Append_ThatKeepsTheExpiry_KeepsTheStoredOneWhateverItsHeadSays(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(1);
        await SetAsync(test, thread, Far);
        var stored = Far;

        foreach (var claimed in (DateTimeOffset?[])[Farther, null, Far.AddYears(-1)])
        {
            await thread.AppendAsync(test.Log, new() { KeepExpiry = true, Head = head => head with { ExpiresAt = claimed } });
            Expect.Equal(stored, thread.Head!.ExpiresAt, "the expiry that the writer expects");
            await test.Log.ExpectThreadAsync(thread);
        }
    }

    public static async Task Append_ThatKeepsTheExpiryOfAThreadWithoutOne_KeepsNone(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(1);

        await thread.AppendAsync(test.Log, new() { KeepExpiry = true, Head = head => head with { ExpiresAt = Far } });

        Expect.Equal(null, (await test.Log.GetHeadAsync(thread.Key))!.ExpiresAt, "the expiry");
    }

    public static async Task Append_ThatSetsTheExpiry_ReplacesTheStoredOne(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(1);
        await SetAsync(test, thread, Far);

        await thread.AppendAsync(test.Log, new() { Head = head => head with { ExpiresAt = Farther } });
        await test.Log.ExpectThreadAsync(thread);

        await thread.AppendAsync(test.Log, new() { Head = head => head with { ExpiresAt = null } });
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Append_OfANewThreadThatKeepsTheExpiry_TakesTheOneOfItsHead(LogUnderTest test)
    {
        var thread = test.NewThread();

        await thread.AppendAsync(test.Log, new() { KeepExpiry = true, Head = head => head with { ExpiresAt = Far } });

        Expect.Equal(Far, (await test.Log.GetHeadAsync(thread.Key))!.ExpiresAt, "the expiry of the new thread");
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Append_ToAThreadBegunAnewThatKeepsTheExpiry_DoesNotTakeTheErasedOne(LogUnderTest test)
    {
        var old = await test.WriteThreadAsync(1);
        await SetAsync(test, old, Far);
        await test.Log.EraseAsync(old.Key);

        var anew = test.NewThread(old.Key.Id.Value);
        await anew.AppendAsync(test.Log, new() { KeepExpiry = true });

        Expect.Equal(null, (await test.Log.GetHeadAsync(anew.Key))!.ExpiresAt, "the expiry of the thread begun anew");
    }

    public static async Task Append_ThatIsADuplicate_LeavesTheExpiryAlone(LogUnderTest test)
    {
        var thread = test.NewThread();
        var request = await thread.AppendAsync(test.Log, new() { Head = head => head with { ExpiresAt = Far } });
        await SetAsync(test, thread, Farther);

        await test.Log.ExpectAppendAsync(request, AppendResult.Duplicate(1));

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Append_ThatConflicts_LeavesTheExpiryAlone(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(1);
        await SetAsync(test, thread, Far);
        var stale = test.NewThread(thread.Key.Id.Value).Next(new() { Head = head => head with { ExpiresAt = Farther } });

        await test.Log.ExpectAppendAsync(stale, AppendResult.Conflict(1));

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task List_AfterSetExpiry_JudgesTheNewExpiry(LogUnderTest test)
    {
        var thread = test.NewThread();
        await thread.AppendAsync(test.Log, new() { Head = head => head with { ExpiresAt = Far } });
        var between = Far.AddYears(1);
        await ExpectExpiredAsync(test, thread, between, expired: true);

        await SetAsync(test, thread, Farther);
        await ExpectExpiredAsync(test, thread, between, expired: false);

        await SetAsync(test, thread, Far);
        await thread.AppendAsync(test.Log, new() { KeepExpiry = true });
        await ExpectExpiredAsync(test, thread, between, expired: true);

        await SetAsync(test, thread, null);
        await ExpectExpiredAsync(test, thread, between, expired: false);
    }

    public static async Task List_AtTheInstantOfExpiry_TakesTheThreadForExpired(LogUnderTest test)
    {
        var thread = test.NewThread();
        await thread.AppendAsync(test.Log, new() { Head = head => head with { ExpiresAt = Far } });

        await ExpectExpiredAsync(test, thread, Far.AddMilliseconds(-1), expired: false);
        await ExpectExpiredAsync(test, thread, Far, expired: true);
    }

    private static async Task SetAsync(LogUnderTest test, ThreadWriter thread, DateTimeOffset? expiry)
    {
        Expect.Equal(true, await test.Log.SetExpiryAsync(thread.Key, expiry), "the answer for a thread that is there");
        thread.AcceptExpiry(expiry);
    }

    private static async Task ExpectExpiredAsync(LogUnderTest test, ThreadWriter thread, DateTimeOffset asOf, bool expired)
    {
        foreach (var filter in Enum.GetValues<ExpiredFilter>())
        {
            var listed = await test.Log.ListAllAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = asOf, Expired = filter });
            Expect.Equal(
                filter == ExpiredFilter.Include || expired == (filter == ExpiredFilter.Only),
                listed.Exists(head => head.Key == thread.Key),
                $"whether a listing at {asOf:O} with {filter} has a thread that expires at {thread.Head!.ExpiresAt:O}");
        }
    }
}

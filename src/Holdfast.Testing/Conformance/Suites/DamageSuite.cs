using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>Damage hides nothing that is whole, is told by its version, and is answered alike on every backend.</summary>
/// <remarks>
/// A log need not read what it does not have to: a body that does not have its digest may be found by the log, or by the store that reads through it. What a store says
/// is exact.
/// </remarks>
internal static partial class DamageSuite
{
    [When(CanDamage = true)]
    public static async Task Damage_OfTheNewestEntry_LeavesEarlierVersions(LogUnderTest test)
    {
        var thread = await DamagedThread.WriteAsync(test);
        await DamageAsync(test, thread, thread.Newest);

        await thread.ExpectReadsAsync(test.Log, thread.Newest);
        await thread.ExpectLoadsAsync(thread.Newest);
        await thread.ExpectNothingIsAppendedAsync(thread.Newest);
        await thread.ExpectReportAsync(thread.Newest);
        await thread.ExpectCanBeErasedAsync(test.Log);
    }

    [When(CanDamage = true)]
    public static async Task Damage_OfTheNewestKeyframe_LeavesEarlierVersions(LogUnderTest test)
    {
        var thread = await DamagedThread.WriteAsync(test);
        await DamageAsync(test, thread, thread.Keyframe);

        await thread.ExpectReadsAsync(test.Log, thread.Keyframe);
        await thread.ExpectLoadsAsync(thread.Keyframe);
        await thread.ExpectNothingIsAppendedAsync(thread.Keyframe);
        await thread.ExpectReportAsync(thread.Keyframe);
        await thread.ExpectCanBeErasedAsync(test.Log);
    }

    [When(CanDamage = true)]
    public static Task Damage_OfAnEntryInTheMiddle_LeavesWhatIsOnEitherSide(LogUnderTest test) => ExpectPastDamageAsync(test, thread => thread.Middle);

    [When(CanDamage = true)]
    public static Task Damage_OfAnEarlierKeyframe_LeavesWhatIsOnEitherSide(LogUnderTest test) => ExpectPastDamageAsync(test, thread => thread.EarlierKeyframe);

    [When(CanDamage = true)]
    public static Task Damage_OfTheFirstEntry_LeavesWhatFollows(LogUnderTest test) => ExpectPastDamageAsync(test, _ => 1);

    [When(CanDamage = true)]
    public static async Task Damage_OfTwoEntries_IsToldOneAfterTheOther(LogUnderTest test)
    {
        var thread = await DamagedThread.WriteAsync(test);
        await test.DamageAsync(async fixture =>
        {
            await fixture.DamageEntryAsync(thread.Key, thread.Newest, test.Cancellation);
            await fixture.DamageEntryAsync(thread.Key, thread.Middle, test.Cancellation);
        });

        await thread.ExpectReadsAsync(test.Log, thread.Middle, thread.Newest);
        await thread.ExpectReportAsync(thread.Middle);
        await thread.ExpectReportAsync(thread.Newest);
    }

    [When(CanDamage = true)]
    public static async Task Damage_OfOneThread_LeavesOthersAlone(LogUnderTest test)
    {
        var (damaged, other) = (await DamagedThread.WriteAsync(test), await test.WriteThreadAsync(6, 4));
        await DamageAsync(test, damaged, damaged.Newest);

        await other.AppendAsync(test.Log);

        Expect.Head(other.Head, await test.Log.GetHeadAsync(other.Key));
        Expect.Entries(other.Entries, await test.Log.ReadAllAsync(other.Key), "the thread beside the damaged one");
    }

    [When(CanDamage = true)]
    public static async Task Loss_OfAnEntryInTheMiddle_LeavesWhatIsOnEitherSide(LogUnderTest test)
    {
        var thread = await DamagedThread.WriteAsync(test);
        await LoseAsync(test, thread, thread.Middle);

        await thread.ExpectReadsAsync(test.Log, thread.Middle);
        await thread.ExpectLoadsAsync(thread.Middle);
        await thread.ExpectReportAsync(thread.Middle);
        await thread.ExpectGoesOnAsync(test.Log);
        await thread.ExpectCanBeErasedAsync(test.Log);
    }

    [When(CanDamage = true)]
    public static async Task Loss_OfTheFirstEntry_IsNoTrim(LogUnderTest test)
    {
        var thread = await DamagedThread.WriteAsync(test);
        await LoseAsync(test, thread, 1);

        await thread.ExpectReadsAsync(test.Log, 1);
        await thread.ExpectLoadsAsync(1);
        await thread.ExpectReportAsync(1);
    }

    [When(CanDamage = true)]
    public static async Task Loss_OfTheNewestKeyframe_IsTold(LogUnderTest test)
    {
        var thread = await DamagedThread.WriteAsync(test);
        await LoseAsync(test, thread, thread.Keyframe);

        await ExpectToldAsync(async () => await test.Log.ReadTailAsync(thread.Key), "reading a tail that lacks its keyframe", thread.Keyframe);
        await thread.ExpectReadsAsync(test.Log, thread.Keyframe);
        await thread.ExpectLoadsAsync(thread.Keyframe);
        await thread.ExpectNothingIsAppendedAsync(thread.Keyframe);
        await thread.ExpectReportAsync(thread.Keyframe);
    }

    [When(CanDamage = true)]
    public static async Task Loss_OfTheNewestEntry_IsToldOrLeavesTheThreadAsItWasBefore(LogUnderTest test)
    {
        var thread = await DamagedThread.WriteAsync(test);
        await LoseAsync(test, thread, thread.Newest);

        // Where the newest entry tells the head, nothing is left that knows of it.
        if (Expect.NotNull(await HeadAsync(test.Log, thread.Key), "the head of a thread that lost its newest entry").Version == thread.Newest)
        {
            await ExpectToldAsync(async () => await test.Log.ReadTailAsync(thread.Key), "reading a tail that lacks its newest entry", thread.Newest);
            await thread.ExpectLoadsAsync(thread.Newest);
            await thread.ExpectNothingIsAppendedAsync(thread.Newest);
        }
        else
        {
            await thread.ExpectVersionAsync(thread.Newest - 1);
        }
    }

    [When(CanDamage = true)]
    public static async Task Forgery_OfTheNewestEntry_IsTold(LogUnderTest test) => await ExpectForgeryIsToldAsync(test, thread => thread.Newest);

    [When(CanDamage = true)]
    public static async Task Forgery_OfTheNewestKeyframe_IsTold(LogUnderTest test) => await ExpectForgeryIsToldAsync(test, thread => thread.Keyframe);

    [When(CanDamage = true)]
    public static async Task Damage_OfTheHead_LeavesTheEntries(LogUnderTest test)
    {
        var thread = await DamagedThread.WriteAsync(test);
        await test.DamageAsync(fixture => fixture.DamageHeadAsync(thread.Key, test.Cancellation));

        await ExpectToldAsync(async () => await test.Log.GetHeadAsync(thread.Key), "reading a damaged head", 0, thread.Newest);
        await ExpectToldAsync(async () => await test.Log.ReadTailAsync(thread.Key), "reading a tail with a damaged head", 0, thread.Newest);
        var read = await thread.ReadUpToDamageAsync(test.Log, 1, thread.Newest);
        Expect.That(read >= thread.Newest - 1, $"every entry but the newest is read where the head is damaged ({read} are)");
        await thread.ExpectVersionAsync(thread.Newest - 1, isNewest: false);
        await thread.ExpectNothingIsAppendedAsync(0, thread.Newest);
        await thread.ExpectReportAsync(0, thread.Newest);
        await thread.ExpectCanBeErasedAsync(test.Log);
    }

    // Damage before the newest keyframe: the thread can be used, and only who asks for what was there is told.
    private static async Task ExpectPastDamageAsync(LogUnderTest test, Func<DamagedThread, long> choose)
    {
        var thread = await DamagedThread.WriteAsync(test);
        var version = choose(thread);
        await DamageAsync(test, thread, version);

        Expect.Equal(thread.Newest, (await test.Log.GetHeadAsync(thread.Key))?.Version, "the version of a thread whose newest entries are whole");
        var tail = Expect.NotNull(await test.Log.ReadTailAsync(thread.Key), "the tail of a thread whose newest entries are whole");
        Expect.Entries(thread.Entries.Where(entry => entry.Version >= thread.Keyframe), tail.Entries, "the tail of a thread whose newest entries are whole");
        await thread.ExpectReadsAsync(test.Log, version);
        await thread.ExpectLoadsAsync(version);
        await thread.ExpectReportAsync(version);
        await thread.ExpectGoesOnAsync(test.Log);
        await thread.ExpectCanBeErasedAsync(test.Log);
    }

    private static async Task ExpectForgeryIsToldAsync(LogUnderTest test, Func<DamagedThread, long> choose)
    {
        var thread = await DamagedThread.WriteAsync(test);
        var version = choose(thread);
        await test.DamageAsync(fixture => fixture.ForgeEntryAsync(thread.Key, version, thread.Forged(version), test.Cancellation));

        await thread.ExpectNewestIsToldAsync(version);
        await thread.ExpectNothingIsAppendedAsync(version);
        await thread.ExpectReportAsync(version);
    }

    private static Task DamageAsync(LogUnderTest test, DamagedThread thread, long version)
        => test.DamageAsync(fixture => fixture.DamageEntryAsync(thread.Key, version, test.Cancellation));

    private static Task LoseAsync(LogUnderTest test, DamagedThread thread, long version)
        => test.DamageAsync(fixture => fixture.LoseEntryAsync(thread.Key, version, test.Cancellation));

    private static async Task<ThreadHead?> HeadAsync(ICommitLog log, ThreadKey key) => await log.GetHeadAsync(key);

    private static async Task ExpectToldAsync(Func<Task> action, string what, params long[] versions)
    {
        var error = await Expect.ThrowsAsync<CorruptStateException>(action, what);
        Expect.That(versions.Contains(error.Version), $"{what} tells of version {string.Join(" or ", versions)} (it tells of {error.Version}: {error.Message})");
    }
}

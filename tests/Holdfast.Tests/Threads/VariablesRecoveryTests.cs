using System.Text;
using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Threads;

/// <summary>The variables of users and of the application are recovered as threads are.</summary>
public sealed class VariablesRecoveryTests : IDisposable
{
    private readonly TestStore _test = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("holdfast-recovery-");
    private readonly MemoryStream _quarantine = new();

    public enum Whose
    {
        User,
        App,
    }

    public void Dispose()
    {
        _directory.Delete(recursive: true);
        _quarantine.Dispose();
    }

    [Theory, InlineData(Whose.User), InlineData(Whose.App)]
    public async Task Recover_OfDamageAtTheEnd_GoesOnFromTheLastGoodVersion(Whose whose)
    {
        await FillAsync(_test, whose);
        await DamageAsync(_test, whose, 5);
        (await _test.Store.VerifyAllAsync()).Damaged.ShouldHaveSingleItem().Key.ShouldBe(KeyOf(whose));

        var plan = (await RecoverAsync(_test.Store, whose, new() { DryRun = true }))!;
        var report = (await RecoverAsync(_test.Store, whose, new() { Quarantine = _quarantine }))!;

        (plan.IsNeeded, plan.IsDryRun, plan.LastKept, plan.Id).ShouldBe((true, true, 4, KeyOf(whose).Id));
        (report.FirstKept, report.LastKept, report.LostVersions, report.Commit!.Version).ShouldBe((1, 4, 2, 5));
        (await ValueAsync(_test.Store, whose)).ShouldBe(4);
        Encoding.UTF8.GetString(_quarantine.ToArray()).ShouldContain($"\"space\":\"{KeyOf(whose).Space.ToName()}\"");
        (await SetAsync(_test.Store, whose, 7)).Version.ShouldBe(6);
        (await RecoverAsync(_test.Store, whose, new() { DryRun = true }))!.IsNeeded.ShouldBeFalse();
        await ShouldBeWholeAsync(_test, 1);
    }

    [Theory, InlineData(Whose.User), InlineData(Whose.App)]
    public async Task Recover_OfAHead_MakesItAgain(Whose whose)
    {
        await FillAsync(_test, whose);
        var before = (await _test.Memory.GetHeadAsync(KeyOf(whose)))!;
        _test.Log.ShowHead = head => head.Key == before.Key && head.Stamp == before.Stamp && head.Properties.Count == 0 ? throw new CorruptStateException(head.Key, 0, "torn.") : head;

        var store = whose == Whose.User ? _test.Store.ForUser("ann") : _test.Store;
        var report = (await RecoverAsync(store, whose, new() { Quarantine = _quarantine }))!;

        (report.FirstKept, report.LastKept, report.LostVersions).ShouldBe((1, 6, 0));
        (await _test.Memory.GetHeadAsync(KeyOf(whose)))!.Life.ShouldBe(before.Life);
        (await ValueAsync(_test.Store, whose)).ShouldBe(6);
        await ShouldBeWholeAsync(_test, 1);
    }

    [Fact]
    public async Task Recover_OfVariablesThatAreNotThere_IsNull()
    {
        (await RecoverAsync(_test.Store, Whose.User, new() { DryRun = true })).ShouldBeNull();
        (await RecoverAsync(_test.Store, Whose.App, new() { Quarantine = _quarantine })).ShouldBeNull();
        await Should.ThrowAsync<ArgumentException>(async () => await RecoverAsync(_test.Store, Whose.User, new()));
    }

    [Fact]
    public async Task Recover_ThroughAView_ReachesTheVariablesOfItsUserAlone()
    {
        await FillAsync(_test, Whose.User);
        await DamageAsync(_test, Whose.User, 6);

        await Should.ThrowAsync<ThreadAccessDeniedException>(async () => await RecoverAsync(_test.Store.ForUser("bob"), Whose.User, new() { Quarantine = _quarantine }));
        (_quarantine.Length, (await _test.Memory.GetHeadAsync(KeyOf(Whose.User)))!.Version).ShouldBe((0, 6));

        (await RecoverAsync(_test.Store.ForUser("ann"), Whose.User, new() { Quarantine = _quarantine }))!.LastKept.ShouldBe(5);
        await ShouldBeWholeAsync(_test, 1);
    }

    /// <summary>A thread and a user may have the same id: what one recovery holds is not taken for what another one does.</summary>
    [Fact]
    public async Task Recover_OfAThreadWithTheIdOfTheUser_LeavesWhatIsHeldOfTheVariables()
    {
        await CutOffAsync(_test, Whose.User, 7);
        (await _test.Memory.GetHeadAsync(KeyOf(Whose.User))).ShouldBeNull("the process was killed between removing the thread and bringing it back");

        (await _test.Store.Thread("ann").RecoverAsync(new() { Quarantine = _quarantine })).ShouldBeNull();
        (await _test.Store.Thread("users/ann").RecoverAsync(new() { Quarantine = _quarantine })).ShouldBeNull();
        (await _test.Store.Thread("ann").GetInfoAsync()).ShouldBeNull();

        (await RecoverAsync(_test.Store, Whose.User, new() { Quarantine = _quarantine })).ShouldNotBeNull();
        (await ValueAsync(_test.Store, Whose.User)).ShouldBe(5);
        await ShouldBeWholeAsync(_test, 1);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Erase_OfAUserOrTheVariables_AfterARecoveryThatWasCutOff_LeavesNothing(bool everything)
    {
        await CutOffAsync(_test, Whose.User, 7);
        await SetAsync(_test.Store, Whose.App, 1);

        if (everything)
        {
            (await _test.Store.EraseUserAsync("ann", dryRun: true)).HadVariables.ShouldBeTrue();
            (await _test.Store.EraseUserAsync("ann")).HadVariables.ShouldBeTrue();
        }
        else
        {
            (await _test.Store.EraseUserVariablesAsync("ann")).ShouldBeTrue();
        }

        (await RecoverAsync(_test.Store, Whose.User, new() { Quarantine = _quarantine })).ShouldBeNull();
        await ShouldBeWholeAsync(_test, 1);
    }

    /// <summary>Whatever call to the log is the last one of a process: the next recovery ends with the good versions, and nothing is left over.</summary>
    [Theory]
    [InlineData(Whose.User, true)]
    [InlineData(Whose.User, false)]
    [InlineData(Whose.App, true)]
    [InlineData(Whose.App, false)]
    public async Task Recover_CutOffAtAnyCall_IsFinishedByTheNext(Whose whose, bool isDone)
    {
        for (var call = 1; ; call++)
        {
            var test = new TestStore();
            using var quarantine = new MemoryStream();
            if (!await CutOffAsync(test, whose, call, isDone))
            {
                call.ShouldBeGreaterThan(12);
                return;
            }

            await test.Store.CleanupAsync(new() { CheckForks = true });
            (await RecoverAsync(test.Store, whose, new() { Quarantine = quarantine })).ShouldNotBeNull($"call {call}");

            (await ValueAsync(test.Store, whose)).ShouldBe(5, $"call {call}");
            await ShouldBeWholeAsync(test, 1);
        }
    }

    [Theory]
    [InlineData(OnCorrupt.LastGood, 3)]
    [InlineData(OnCorrupt.Empty, null)]
    public async Task Open_WithDamagedVariables_Throws_UnlessTheOptionsSayOtherwise(OnCorrupt what, int? value)
    {
        foreach (var whose in Enum.GetValues<Whose>())
        {
            await FillAsync(_test, whose);
        }

        var damaged = new[] { await CommitAsync(_test, Whose.User, 4), await CommitAsync(_test, Whose.App, 4) };
        _test.Log.ShowEntry = entry => damaged.Contains(entry.CommitId) ? entry with { Body = "{}"u8.ToArray() } : entry;
        var options = new OpenOptions { UserId = "ann", LoadApp = true };
        await Should.ThrowAsync<CorruptStateException>(async () => await _test.Store.OpenAsync("t", options));

        // Through a view, as the requests of users are served.
        var session = await With(what).ForUser("ann").OpenAsync("t", options);

        (session.User.Get<int?>("i"), session.App.Get<int?>("i")).ShouldBe((value, value));
        session.User.Set("i", 10);
        session.Say("x");
        await session.CommitAsync();
        (await ValueAsync(_test.Store, Whose.User)).ShouldBe(10);
        _directory.GetFiles().Select(file => file.Name[..file.Name.IndexOf('.', StringComparison.Ordinal)]).ShouldBe(["users", "app"], ignoreOrder: true);
        (await _test.Store.VerifyAllAsync()).IsIntact.ShouldBeTrue();
    }

    [Theory, InlineData(Whose.User), InlineData(Whose.App)]
    public async Task Update_OfDamagedVariables_RecoversThemAndIsDone(Whose whose)
    {
        await FillAsync(_test, whose);
        await DamageAsync(_test, whose, 6);
        await Should.ThrowAsync<CorruptStateException>(async () => await SetAsync(_test.Store, whose, 9));

        (await SetAsync(With(OnCorrupt.LastGood), whose, 9)).Version.ShouldBe(7);

        (await ValueAsync(_test.Store, whose)).ShouldBe(9);
        await ShouldBeWholeAsync(_test, 1);
    }

    private static ThreadKey KeyOf(Whose whose) => whose == Whose.User ? ThreadKey.Of(ThreadSpace.Users, "", "ann") : ThreadKey.Of(ThreadSpace.App, "", "variables");

    private static ValueTask<RecoveryReport?> RecoverAsync(AgentStateStore store, Whose whose, RecoverOptions options)
        => whose == Whose.User ? store.RecoverUserVariablesAsync("ann", options) : store.RecoverAppVariablesAsync(options);

    private static ValueTask<CommitInfo> SetAsync(AgentStateStore store, Whose whose, int value)
        => whose == Whose.User ? store.UpdateUserAsync("ann", user => user.Set("i", value)) : store.UpdateAppAsync(app => app.Set("i", value));

    private static async Task<int> ValueAsync(AgentStateStore store, Whose whose)
    {
        var session = await store.OpenAsync("reader", new() { UserId = "ann", LoadUser = whose == Whose.User, LoadApp = whose == Whose.App });
        return (whose == Whose.User ? session.User : session.App).Get<int>("i");
    }

    private static async Task FillAsync(TestStore test, Whose whose)
    {
        for (var i = 1; i <= 6; i++)
        {
            await SetAsync(test.Store, whose, i);
        }
    }

    // The variables have six versions, the last one of which is damaged. False where the recovery ends before the call that fails.
    private static async Task<bool> CutOffAsync(TestStore test, Whose whose, int call, bool isDone = true)
    {
        await FillAsync(test, whose);
        await DamageAsync(test, whose, 6);
        var fault = test.Faults.Nth(call, LogCall.Append | LogCall.UpdateHead | LogCall.Erase);
        if (isDone)
        {
            fault.FailsAfter();
        }
        else
        {
            fault.FailsBefore();
        }

        try
        {
            await RecoverAsync(test.Store, whose, new() { Quarantine = new MemoryStream() });
            return false;
        }
        catch (StoreUnavailableException)
        {
            return true;
        }
    }

    private static async Task<CommitId> CommitAsync(TestStore test, Whose whose, long version) => (await test.Memory.ReadAsync(KeyOf(whose), version, version).SingleAsync()).CommitId;

    // The entry is shown otherwise than it was written, wherever it stands.
    private static async Task DamageAsync(TestStore test, Whose whose, long version)
    {
        var damaged = await CommitAsync(test, whose, version);
        test.Log.ShowEntry = entry => entry.CommitId == damaged ? entry with { Body = "{}"u8.ToArray() } : entry;
    }

    private static async Task ShouldBeWholeAsync(TestStore test, int threads)
    {
        var all = await test.Store.VerifyAllAsync();
        (all.IsIntact, all.Threads).ShouldBe((true, threads), string.Join('\n', all.Damaged.SelectMany(report => report.Problems)));
    }

    private AgentStateStore With(OnCorrupt what) => _test.Another(options => (options.OnCorrupt, options.QuarantineDirectory) = (what, _directory.FullName));
}

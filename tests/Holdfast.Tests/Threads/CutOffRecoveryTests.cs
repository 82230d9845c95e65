using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Threads;

/// <summary>A process ends in the middle of a recovery: nobody begins another thread over the one that is held, and what is erased does not come back.</summary>
public sealed class CutOffRecoveryTests : IDisposable
{
    private static readonly ThreadKey Key = ThreadKey.Of("t");
    private static readonly ThreadKey Ann = ThreadKey.Of(ThreadSpace.Users, "", "ann");

    private readonly TestStore _test = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("holdfast-recovery-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Open_AfterARecoveryThatWasCutOffAtAnyCall_FindsTheThread()
    {
        for (var (call, isOver) = (1, false); !isOver; call++)
        {
            var test = new TestStore();
            isOver = !await CutOffAsync(test, call);

            var session = await Careful(test).OpenAsync("t");

            (await session.History.TextsAsync()).ShouldBe(["1", "2", "3"], $"call {call}");
            session.Say("more");
            await session.CommitAsync();
            await RecoverAsync(test);
            (await test.TextsAsync("t")).ShouldBe(["1", "2", "3", "more"], $"call {call}");
            await ShouldHaveAsync(test, 1, $"call {call}");
            (!isOver || call > 20).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Open_WithEmpty_BringsBackWhatIsHeld()
    {
        await InBetweenAsync(_test);

        (await (await Careful(_test, OnCorrupt.Empty).OpenAsync("t")).History.TextsAsync()).ShouldBe(["1", "2", "3"]);

        (await _test.Store.Thread("t").LogAsync().FirstAsync()).Reason.ShouldBe("recovered up to version 3");
        await ShouldHaveAsync(_test, 1, "brought back");
    }

    [Fact]
    public async Task Open_ThatFinishesARecovery_CutOffAtAnyCall_IsFinishedByTheNext()
    {
        for (var (call, isOver) = (1, false); !isOver; call++)
        {
            var test = new TestStore();
            await InBetweenAsync(test);
            isOver = !await EndsAtAsync(test, call, async () => await Careful(test).OpenAsync("t"));

            (await (await Careful(test).OpenAsync("t")).History.TextsAsync()).ShouldBe(["1", "2", "3"], $"call {call}");
            await RecoverAsync(test);
            await ShouldHaveAsync(test, 1, $"call {call}");
            (await test.Memory.GetHeadAsync(new HeadRequest { Key = Key, WithPins = true }))!.Pins!.ShouldHaveSingleItem();
        }
    }

    [Fact]
    public async Task Open_WhileAnotherProcessBringsTheThreadBack_ServesIt_AndBothAreDone()
    {
        for (var call = 1; ; call++)
        {
            var test = new TestStore();
            await InBetweenAsync(test);
            var gate = test.Faults.Nth(call, LogCall.Any).WaitsBefore();
            var slow = Careful(test).OpenAsync("t").AsTask();
            if (await Task.WhenAny(slow, gate.Reached) == slow)
            {
                call.ShouldBeGreaterThan(10);
                return;
            }

            await Careful(test).UpdateAsync("t", session => session.Say("fast"));
            gate.Open();
            var session = await slow;

            session.Say("slow");
            if (session.Version == 0)
            {
                // There was no thread when it looked, and nothing was held any more.
                await Should.ThrowAsync<CommitConflictException>(async () => await session.CommitAsync());
            }
            else
            {
                await session.CommitAsync();
                (await test.TextsAsync("t")).ShouldBe(["1", "2", "3", "fast", "slow"], $"call {call}");
            }

            await ShouldHaveAsync(test, 1, $"call {call}");
        }
    }

    [Fact]
    public async Task Fork_ToTheIdOfAThreadThatIsHeld_IsRefused()
    {
        await InBetweenAsync(_test);
        await _test.CommitAsync("other", session => session.Say("x"));

        await Should.ThrowAsync<ThreadExistsException>(async () => await Careful(_test).Thread("other").ForkAsync("t"));

        (await _test.TextsAsync("t")).ShouldBe(["1", "2", "3"]);
    }

    [Fact]
    public async Task Open_ThroughAnotherUsersView_LeavesTheIdToTheThreadThatIsHeld()
    {
        await InBetweenAsync(_test);

        var session = await Careful(_test).ForUser("bob").OpenAsync("t");
        session.Say("mine");
        await Should.ThrowAsync<CommitConflictException>(async () => await session.CommitAsync());

        (await _test.TextsAsync("t")).ShouldBe(["1", "2", "3"]);
    }

    [Fact]
    public async Task Open_LooksForWhatIsHeld_OnlyWhereNoThreadIs_AndRecoveriesAreOn()
    {
        await _test.CommitAsync("t", session => session.Say("x"));

        (await ListsAsync(_test.Store, "nobody")).ShouldBe((1, 0));
        (await ListsAsync(Careful(_test), "t")).ShouldBe((1, 0));
        (await ListsAsync(Careful(_test), "nobody")).ShouldBe((2, 1));
    }

    [Fact]
    public async Task Open_ForAUserWithoutVariables_LooksOnceAMinute()
    {
        await _test.CommitAsync("t", session => session.Say("x"));
        var store = Careful(_test);
        var open = new OpenOptions { UserId = "bob" };

        (await ListsAsync(store, "t", open)).ShouldBe((3, 1));
        (await ListsAsync(store, "t", open)).ShouldBe((2, 0));
        _test.Clock.Advance(TimeSpan.FromMinutes(2));
        (await ListsAsync(store, "t", open)).ShouldBe((3, 1));
    }

    [Fact]
    public async Task Open_ForAUserWhoseVariablesAreHeld_BringsThemBack()
    {
        for (var i = 1; i <= 4; i++)
        {
            await _test.Store.UpdateUserAsync("ann", user => user.Set("i", i));
        }

        await DamageAsync(_test, Ann, 4);
        await EndsBeforeTheEraseAsync(_test, async () => await Careful(_test).OpenAsync("t", new() { UserId = "ann" }));
        (await _test.Memory.GetHeadAsync(Ann)).ShouldBeNull();

        (await Careful(_test).OpenAsync("t", new() { UserId = "ann" })).User.Get<int>("i").ShouldBe(3);
        await ShouldHaveAsync(_test, 1, "the variables");
    }

    /// <summary>Whatever was held when the thread was erased: nothing comes back, and nothing is left.</summary>
    [Fact]
    public async Task Erase_AfterARecoveryThatWasCutOffAtAnyCall_LeavesNothing()
    {
        for (var (call, isOver) = (1, false); !isOver; call++)
        {
            var test = new TestStore();
            isOver = !await CutOffAsync(test, call);

            (await test.Store.Thread("t").EraseAsync()).ShouldBeTrue($"call {call}");

            await ShouldHaveNothingAsync(test, $"call {call}");
        }
    }

    [Fact]
    public async Task Erase_CutOffAtAnyCall_IsFinishedByTheNext()
    {
        for (var (call, isOver) = (1, false); !isOver; call++)
        {
            var test = new TestStore();
            await InBetweenAsync(test);
            isOver = !await EndsAtAsync(test, call, async () => await test.Store.Thread("t").EraseAsync());

            await test.Store.Thread("t").EraseAsync();

            (await test.TextsAsync("fork")).ShouldBe(["1", "2"], $"call {call}: what a fork shows is kept");
            await test.Store.Thread("fork").EraseAsync();
            await ShouldHaveNothingAsync(test, $"call {call}");
        }
    }

    [Fact]
    public async Task Erase_OfAForkThatIsHeld_LetsGoOfWhatItShowed()
    {
        await _test.CommitAsync("origin", session => session.Say("0"), new() { UserId = "ann", LoadUser = false });
        await _test.Store.Thread("origin").ForkAsync("t");
        await _test.CommitAsync("t", session => session.Say("1"));
        await _test.CommitAsync("t", session => session.Say("2"));
        await DamageAsync(_test, Key, 4);
        await EndsBeforeTheEraseAsync(_test, () => RecoverAsync(_test));

        (await _test.Store.Thread("t").EraseAsync()).ShouldBeTrue();

        (await _test.Memory.GetHeadAsync(ThreadKey.Of("origin")))!.PinCount.ShouldBe(0);
        await ShouldHaveAsync(_test, 1, "the origin");
    }

    [Fact]
    public async Task Erase_ThroughAnotherUsersView_LeavesWhatIsHeld()
    {
        await InBetweenAsync(_test);

        (await _test.Store.ForUser("bob").Thread("t").EraseAsync()).ShouldBeFalse();

        (await (await Careful(_test).OpenAsync("t")).History.TextsAsync()).ShouldBe(["1", "2", "3"]);
    }

    [Fact]
    public async Task Cleanup_OfAThreadOfWhichSomethingIsLeftHeld_RemovesThatToo()
    {
        await FillAsync(_test);
        await DamageAsync(_test, Key, 4);
        _test.Faults.Nth(2, LogCall.Erase).FailsBefore();
        await Should.ThrowAsync<StoreUnavailableException>(() => RecoverAsync(_test));
        (await _test.Memory.GetHeadAsync(Key)).ShouldNotBeNull();
        _test.Clock.Advance(TimeSpan.FromDays(2));

        (await _test.Store.CleanupAsync(new() { OlderThan = TimeSpan.FromDays(1) })).Old.ShouldBe(1);

        await ShouldHaveNothingAsync(_test, "cleaned up");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cleanup_CutOffAtAnyCall_OfAThreadOfWhichSomethingIsHeld_IsFinishedByTheNext(bool expires)
    {
        var cleanup = new CleanupOptions { OlderThan = expires ? null : TimeSpan.FromDays(1) };
        for (var (call, isOver) = (1, false); !isOver; call++)
        {
            var test = new TestStore();
            await FillAsync(test);
            await (expires ? test.Store.Thread("t").ExtendAsync(TimeSpan.FromDays(1)) : ValueTask.FromResult(true));
            await DamageAsync(test, Key, 4);
            test.Faults.Nth(2, LogCall.Erase).FailsBefore();
            await Should.ThrowAsync<StoreUnavailableException>(() => RecoverAsync(test));
            test.Clock.Advance(TimeSpan.FromDays(2));
            isOver = !await EndsAtAsync(test, call, async () => await test.Store.CleanupAsync(cleanup));

            await test.Store.CleanupAsync(cleanup);

            await ShouldHaveNothingAsync(test, $"call {call}");
        }
    }

    [Fact]
    public async Task Recover_OfAThreadThatHasExpired_BeginsNoOther()
    {
        await FillAsync(_test);
        await _test.Store.Thread("t").ExtendAsync(TimeSpan.FromMinutes(1));
        await DamageAsync(_test, Key, 4);
        _test.Clock.Advance(TimeSpan.FromMinutes(2));
        var life = (await _test.Memory.GetHeadAsync(Key))!.Life;

        await RecoverAsync(_test);

        (await _test.Memory.GetHeadAsync(Key))!.Life.ShouldBe(life);
    }

    private AgentStateStore Careful(TestStore test, OnCorrupt what = OnCorrupt.LastGood)
        => test.Another(options => (options.OnCorrupt, options.QuarantineDirectory) = (what, _directory.FullName));

    private static async Task RecoverAsync(TestStore test)
    {
        using var quarantine = new MemoryStream();
        await test.Store.Thread("t").RecoverAsync(new() { Quarantine = quarantine });
    }

    private static async Task FillAsync(TestStore test)
    {
        for (var i = 1; i <= 4; i++)
        {
            await test.CommitAsync("t", session => session.Say($"{i}"), new() { UserId = "ann", LoadUser = false });
        }
    }

    private static async Task DamageAsync(TestStore test, ThreadKey key, long version)
    {
        var damaged = (await test.Memory.ReadAsync(key, version, version).SingleAsync()).CommitId;
        test.Log.ShowEntry = entry => entry.CommitId == damaged ? entry with { Body = "{}"u8.ToArray() } : entry;
    }

    // The call is the last one of the process. False where it is done by then.
    private static async Task<bool> CutOffAsync(TestStore test, int call)
    {
        await FillAsync(test);
        await DamageAsync(test, Key, 4);
        return await EndsAtAsync(test, call, () => RecoverAsync(test));
    }

    // Between the removal of the damaged thread, which a fork shows, and its return.
    private static async Task InBetweenAsync(TestStore test)
    {
        await FillAsync(test);
        await test.Store.Thread("t").ForkAsync("fork", new() { At = 2 });
        await DamageAsync(test, Key, 4);
        await EndsBeforeTheEraseAsync(test, () => RecoverAsync(test));
        (await test.Memory.GetHeadAsync(Key)).ShouldBeNull();
    }

    /// <summary>A redaction that says that it is done has reached what the recovery held, too.</summary>
    [Fact]
    public async Task Redaction_AfterARecoveryThatWasCutOffAtAnyCall_ReachesWhatIsHeld_OrIsNotDone()
    {
        var done = 0;
        for (var (call, isOver) = (1, false); !isOver; call++)
        {
            var test = new TestStore();
            isOver = !await CutOffAsync(test, call);
            RedactionPlan? plan = null;
            try
            {
                plan = await test.Store.Thread("t").RedactAsync(new() { Pattern = "^2$" });
            }
            catch (CorruptStateException)
            {
                // The thread is damaged still.
            }

            if (plan is not null)
            {
                done++;
                foreach (var space in new[] { ThreadSpace.Threads, ThreadSpace.Trunks })
                {
                    var heads = (await test.Memory.ListAsync(new() { Space = space, AsOf = test.Clock.GetUtcNow() })).Heads;
                    var bodies = heads.SelectMany(head => test.Memory.ReadAsync(head.Key).ToBlockingEnumerable()).Select(entry => System.Text.Encoding.UTF8.GetString(entry.Body.Span));
                    string.Join('\n', bodies).ShouldNotContain("\"text\":\"2\"", Case.Sensitive, $"call {call}");
                }
            }
        }

        done.ShouldBeGreaterThan(3);
    }

    private static async Task EndsBeforeTheEraseAsync(TestStore test, Func<Task> work)
    {
        test.Faults.Nth(1, LogCall.Erase).FailsAfter();
        await Should.ThrowAsync<StoreUnavailableException>(work);
        test.Faults.Heal();
    }

    private static async Task<bool> EndsAtAsync(TestStore test, int call, Func<Task> work)
    {
        test.Faults.Nth(call, LogCall.Any).RunsAfter(() =>
        {
            test.Faults.Every(LogCall.Any).FailsBefore();
            return Task.CompletedTask;
        });
        try
        {
            await work();
            return false;
        }
        catch (StoreUnavailableException)
        {
            return true;
        }
        finally
        {
            test.Faults.Heal();
        }
    }

    private async Task<(int Calls, int Lists)> ListsAsync(AgentStateStore store, ThreadId id, OpenOptions? options = null)
    {
        _test.Log.Reset();
        await store.OpenAsync(id, options);
        return (_test.Log.Calls, _test.Log.Calls - _test.Log.TailReads);
    }

    private static async Task ShouldHaveAsync(TestStore test, long threads, string because)
    {
        var all = await test.Store.VerifyAllAsync();
        (all.IsIntact, all.Threads).ShouldBe((true, threads + (await test.Memory.GetHeadAsync(ThreadKey.Of("fork")) is null ? 0 : 1)), because);
    }

    private async Task ShouldHaveNothingAsync(TestStore test, string because)
    {
        (await Careful(test).OpenAsync("t")).Version.ShouldBe(0, because);
        await RecoverAsync(test);
        await ShouldHaveAsync(test, 0, because);
    }
}

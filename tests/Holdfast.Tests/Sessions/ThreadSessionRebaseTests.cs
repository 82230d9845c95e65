using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sessions;

public sealed class ThreadSessionRebaseTests
{
    private static readonly OpenOptions Rebasing = new() { RebaseOnConflict = true };

    private readonly TestStore _test = new();

    [Fact]
    public async Task Commit_OfOtherKeysThanOthersChanged_MergesBoth()
    {
        await _test.CommitAsync("a", session => session.Variables.Set("kept", "kept"));
        var mine = await _test.Store.OpenAsync("a", Rebasing);
        mine.Say("mine");
        mine.Variables.Set("mine", 1);
        mine.Metadata.Set("shared", "mine");
        mine.Tools["search"].Set("cursor", 1);
        mine.Status = ThreadStatus.Thinking;
        await _test.CommitAsync("a", other =>
        {
            other.Say("theirs");
            other.Variables.Set("theirs", 2);
            other.Variables.Set("shared", "theirs");
            other.Tools["browse"].Set("cursor", 2);
            other.Agent = "Billing";
        });

        var commit = await mine.CommitAsync();

        commit.Version.ShouldBe(3);
        (await mine.History.TextsAsync()).ShouldBe(["theirs", "mine"]);
        mine.Variables.Get("theirs", 0).ShouldBe(2);
        var reopened = await _test.Store.OpenAsync("a");
        (await reopened.History.TextsAsync()).ShouldBe(["theirs", "mine"]);
        reopened.Variables.Keys.ShouldBe(["kept", "theirs", "shared", "mine"]);
        reopened.Metadata.Get("shared", "").ShouldBe("mine");
        reopened.Tools.Names.ShouldBe(["search", "browse"], ignoreOrder: true);
        reopened.Status.ShouldBe(ThreadStatus.Thinking);
        reopened.Agent.ShouldBe("Billing");
        (await _test.Store.Thread("a").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task Commit_FiftySessionsThatRebaseThemselves_LoseNothing()
    {
        await Parallel.ForAsync(0, 50, async (i, cancellationToken) =>
        {
            var session = await _test.Store.OpenAsync("a", Rebasing, cancellationToken);
            session.Say("message " + i);
            session.Variables.Set("key " + i, i);
            await session.CommitAsync(null, cancellationToken);
        });

        (await _test.TextsAsync("a")).ShouldBe(Enumerable.Range(0, 50).Select(i => "message " + i), ignoreOrder: true);
        (await _test.Store.OpenAsync("a")).Variables.Count.ShouldBe(50);
    }

    [Fact]
    public async Task Commit_WhoseRebaseCannotReadTheThreadAnew_KeepsWhatTheSessionChanged()
    {
        await _test.CommitAsync("a", session => session.Variables.Set("kept", "kept"));
        var mine = await _test.Store.OpenAsync("a", Rebasing with { LastWriterWins = true });
        mine.Variables.Set("mine", 1);
        await _test.CommitAsync("a", other => other.Variables.Set("theirs", 2));

        // The newer entries do not lead from what the session knows to the head, so the whole thread is read; that fails.
        _test.Log.ShowHead = head => head with { ChainHash = Digest.Compute("brought back"u8) };
        await Should.ThrowAsync<CorruptStateException>(async () => await mine.CommitAsync());
        mine.Variables.Get("mine", 0).ShouldBe(1);
        mine.Variables.Get("kept", "").ShouldBe("kept");

        _test.Log.ShowHead = head => head;
        await mine.CommitAsync();
        (await _test.Store.OpenAsync("a")).Variables.Keys.ShouldBe(["kept", "theirs", "mine"]);
    }

    public static TheoryData<string> Overlaps => ["variables/x", "metadata/x", "tools/search/x", "todos/x", "the status", "the agent"];

    [Theory, MemberData(nameof(Overlaps))]
    public async Task Commit_OfWhatOthersChangedToo_IsAConflictThatNamesIt(string what)
    {
        var mine = await _test.Store.OpenAsync("a", Rebasing);
        mine.Say("mine");
        Change(mine, what, "mine");
        await _test.CommitAsync("a", other => Change(other, what, "theirs"));

        var error = await Should.ThrowAsync<CommitConflictException>(async () => await mine.CommitAsync());

        error.Message.ShouldContain(what);
        error.Message.ShouldContain("version 1");
        error.ActualVersion.ShouldBe(1);
        mine.HasChanges.ShouldBeTrue();
        mine.Version.ShouldBe(0);
        (await _test.TextsAsync("a")).ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Overlaps))]
    public async Task Rebase_OfWhatOthersChangedToo_LeavesTheSessionAsItWas(string what)
    {
        var mine = await _test.Store.OpenAsync("a");
        mine.Say("mine");
        Change(mine, what, "mine");
        await _test.CommitAsync("a", other => Change(other, what, "theirs"));

        await Should.ThrowAsync<CommitConflictException>(async () => await mine.RebaseAsync());

        mine.Version.ShouldBe(0);
        (await mine.History.TextsAsync()).ShouldBe(["mine"]);
    }

    [Fact]
    public async Task Commit_ARemovalOfAKeyThatOthersSet_IsAConflict()
    {
        await _test.CommitAsync("a", session => session.Variables.Set("x", 1));
        var mine = await _test.Store.OpenAsync("a", Rebasing);
        mine.Variables.Remove("x");
        await _test.CommitAsync("a", other => other.Variables.Set("x", 2));

        (await Should.ThrowAsync<CommitConflictException>(async () => await mine.CommitAsync())).Message.ShouldContain("variables/x");
    }

    [Fact]
    public async Task Commit_AClearOfMessagesThatWereNotSeen_IsAConflict()
    {
        await _test.CommitAsync("a", session => session.Say("seen"));
        var mine = await _test.Store.OpenAsync("a", Rebasing);
        mine.History.Clear();
        await _test.CommitAsync("a", other => other.Say("not seen"));

        (await Should.ThrowAsync<CommitConflictException>(async () => await mine.CommitAsync())).Message.ShouldContain("the history");
        (await _test.TextsAsync("a")).ShouldBe(["seen", "not seen"]);
    }

    [Fact]
    public async Task Commit_AClearWhileOthersSetVariables_Merges()
    {
        await _test.CommitAsync("a", session => session.Say("seen"));
        var mine = await _test.Store.OpenAsync("a", Rebasing);
        mine.History.Clear();
        mine.Say("anew");
        await _test.CommitAsync("a", other => other.Variables.Set("x", 1));

        await mine.CommitAsync();

        (await _test.TextsAsync("a")).ShouldBe(["anew"]);
    }

    [Fact]
    public async Task Commit_AKeepLastThatIsRebased_CountsTheMessagesOfOthersToo()
    {
        await _test.CommitAsync("a", session => session.Say("1", "2", "3"));
        var mine = await _test.Store.OpenAsync("a", Rebasing);
        mine.Say("mine");
        mine.History.KeepLast(4);
        await _test.CommitAsync("a", other => other.Say("4", "5"));

        await mine.CommitAsync();

        (await _test.TextsAsync("a")).ShouldBe(["3", "4", "5", "mine"]);
        (await _test.Store.LoadAsync("a", 2))!.Messages.Texts().ShouldBe(["1", "2", "3", "4", "5"]);
    }

    [Fact]
    public async Task Commit_WithAMessageLimit_RebasesEvenWhenNothingOfWhatWasStoredStays()
    {
        var test = new TestStore(options => options.Visibility = new() { MaxMessages = 2 });
        await test.CommitAsync("a", session => session.Say("1"));
        var mine = await test.Store.OpenAsync("a", Rebasing);
        mine.Say("a", "b", "c");
        await test.CommitAsync("a", other => other.Say("x", "y", "z"));

        await mine.CommitAsync();

        (await test.TextsAsync("a")).ShouldBe(["b", "c"]);
    }

    [Fact]
    public async Task Commit_WithAVariableLimit_DoesNotConflictOverVariablesThatWereTooMany()
    {
        var test = new TestStore(options => options.Visibility = new() { MaxVariables = 2 });
        await test.CommitAsync("a", session => Set(session, "1", "2"));
        var mine = await test.Store.OpenAsync("a", Rebasing);
        Set(mine, "3");
        await test.CommitAsync("a", other => other.Variables.Set("1", "changed"));

        await mine.CommitAsync();

        (await test.Store.OpenAsync("a")).Variables.Keys.ShouldBe(["2", "3"]);
        (await test.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();

        static void Set(ThreadSession session, params string[] keys) => Array.ForEach(keys, key => session.Variables.Set(key, key));
    }

    [Fact]
    public async Task Commit_AStatusThatIsTwoStepsAway_IsRebased()
    {
        await _test.CommitAsync("a", session => session.Status = ThreadStatus.Completed);
        var mine = await _test.Store.OpenAsync("a", Rebasing);
        mine.Status = ThreadStatus.Thinking;
        mine.Status = ThreadStatus.WaitingForInput;
        await _test.CommitAsync("a", other => other.Say("theirs"));

        await mine.CommitAsync();

        (await _test.Store.Thread("a").GetInfoAsync())!.Status.ShouldBe(ThreadStatus.WaitingForInput);
    }

    [Fact]
    public async Task Commit_SessionsOpenedForDifferentAgents_TakeTurns()
    {
        var mine = await _test.Store.OpenAsync("a", Rebasing with { Agent = "Sales" });
        mine.Say("mine");
        await _test.CommitAsync("a", other => other.Say("theirs"), new() { Agent = "Billing" });

        await mine.CommitAsync();

        (await _test.Store.Thread("a").GetInfoAsync())!.Agent.ShouldBe("Sales");
    }

    [Fact]
    public async Task Commit_AnAgentSetByHand_ConflictsEvenIfOneWasNamedOnOpening()
    {
        var mine = await _test.Store.OpenAsync("a", Rebasing with { Agent = "Sales" });
        mine.Agent = "Support";
        await _test.CommitAsync("a", other => other.Agent = "Billing");

        (await Should.ThrowAsync<CommitConflictException>(async () => await mine.CommitAsync())).Message.ShouldContain("the agent");
    }

    [Fact]
    public async Task Rebase_WhenNothingHappened_ChangesNothing()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        var mine = await _test.Store.OpenAsync("a");
        mine.Say("mine");

        await mine.RebaseAsync();

        mine.Version.ShouldBe(1);
        (await mine.History.TextsAsync()).ShouldBe(["1", "mine"]);
    }

    [Fact]
    public async Task Rebase_WritesNothing()
    {
        var mine = await _test.Store.OpenAsync("a");
        mine.Say("mine");
        await _test.CommitAsync("a", other => other.Say("theirs"));
        _test.Log.Reset();

        await mine.RebaseAsync();

        _test.Log.Calls.ShouldBe(1);
        mine.Version.ShouldBe(1);
        (await mine.History.TextsAsync()).ShouldBe(["theirs", "mine"]);
        (await mine.CommitAsync()).Version.ShouldBe(2);
    }

    [Fact]
    public async Task Rebase_OverMoreThanOneKeyframe_SeesEveryCommitBetween()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        var mine = await _test.Store.OpenAsync("a");
        mine.Variables.Set("x", "mine");
        await _test.CommitAsync("a", other => other.Variables.Set("x", "theirs"));
        var busy = await _test.Store.OpenAsync("a");
        for (var i = 0; i < 40; i++)
        {
            busy.Say(new string('x', 2000));
            await busy.CommitAsync();
        }

        (await _test.EntriesAsync("a")).Count(entry => entry.IsKeyframe).ShouldBeGreaterThan(1);
        (await Should.ThrowAsync<CommitConflictException>(async () => await mine.RebaseAsync())).Message.ShouldContain("version 2");
    }

    [Fact]
    public async Task Rebase_WhenTheThreadWasErased_IsAConflict()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        var mine = await _test.Store.OpenAsync("a", Rebasing);
        mine.Say("mine");
        await _test.Store.Thread("a").EraseAsync();

        (await Should.ThrowAsync<CommitConflictException>(async () => await mine.CommitAsync())).Message.ShouldContain("erased");
    }

    [Theory, InlineData(1), InlineData(3)]
    public async Task Rebase_WhenTheThreadWasErasedAndBegunAnew_IsAConflict(int versions)
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        var mine = await _test.Store.OpenAsync("a");
        mine.Say("mine");
        await _test.Store.Thread("a").EraseAsync();
        for (var i = 0; i < versions; i++)
        {
            await _test.CommitAsync("a", other => other.Say("anew"));
        }

        (await Should.ThrowAsync<CommitConflictException>(async () => await mine.RebaseAsync())).Message.ShouldContain("erased");
    }

    [Fact]
    public async Task Rebase_WhenTheThreadWasDeleted_IsRefused()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        var mine = await _test.Store.OpenAsync("a", Rebasing);
        mine.Say("mine");
        await _test.Store.Thread("a").DeleteAsync();

        (await Should.ThrowAsync<ThreadNotFoundException>(async () => await mine.CommitAsync())).IsDeleted.ShouldBeTrue();
    }

    [Fact]
    public async Task Rebase_WhenTheThreadGotAnotherOwner_IsRefused()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        var mine = await _test.Store.OpenAsync("a", Rebasing with { UserId = "ann" });
        mine.Say("mine");
        await _test.CommitAsync("a", other => other.Say("theirs"), new() { UserId = "bob" });

        await Should.ThrowAsync<ThreadAccessDeniedException>(async () => await mine.CommitAsync());
    }

    [Fact]
    public async Task Rebase_WhenTheThreadExpired_IsRefused()
    {
        var test = new TestStore(options => options.Expiry = ExpiryPolicy.After(TimeSpan.FromHours(1)));
        var mine = await test.Store.OpenAsync("a");
        mine.Say("mine");
        await test.CommitAsync("a", other => other.Say("theirs"));
        test.Clock.Advance(TimeSpan.FromHours(1));

        await Should.ThrowAsync<ThreadExpiredException>(async () => await mine.RebaseAsync());
    }

    private static void Change(ThreadSession session, string what, string value)
    {
        switch (what)
        {
            case "the status": session.Status = value == "mine" ? ThreadStatus.Thinking : ThreadStatus.UsingTool; break;
            case "the agent": session.Agent = value; break;
            case "variables/x": session.Variables.Set("x", value); break;
            case "metadata/x": session.Metadata.Set("x", value); break;
            case "tools/search/x": session.Tools["search"].Set("x", value); break;
            case "todos/x": session.Todos.Put(new() { Id = "x", Content = value }); break;
            default: throw new ArgumentOutOfRangeException(nameof(what), what, "");
        }
    }
}

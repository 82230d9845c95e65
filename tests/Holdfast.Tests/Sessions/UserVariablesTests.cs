using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sessions;

public sealed class UserVariablesTests
{
    private static readonly OpenOptions Ann = new() { UserId = "ann" };

    private readonly TestStore _test = new();

    [Fact]
    public async Task User_IsSharedByAllThreadsOfTheUser()
    {
        await _test.CommitAsync("a", session => session.User.Set("city", "Oslo"), Ann);
        await _test.CommitAsync("b", session => session.User.Set("language", "no"), Ann);

        var session = await _test.Another().OpenAsync("c", Ann);
        session.User.Keys.ShouldBe(["city", "language"]);
        (await _test.Store.OpenAsync("c", new() { UserId = "bob" })).User.Count.ShouldBe(0);
    }

    [Fact]
    public async Task User_ChangesAlone_LeaveTheThreadUntouched()
    {
        var session = await _test.Store.OpenAsync("a", Ann);
        session.User.Set("city", "Oslo");
        session.HasChanges.ShouldBeTrue();

        var commit = await session.CommitAsync();

        commit.IsEmpty.ShouldBeFalse();
        commit.CommitId.ShouldBe(default);
        commit.Scopes.Single().Scope.ShouldBe(ScopeCommit.User);
        commit.Scopes.Single().Commit.Set.ShouldBe(["variables/city"]);
        session.HasChanges.ShouldBeFalse();
        (await _test.Store.Thread("a").GetInfoAsync()).ShouldBeNull();
        (await _test.Store.OpenAsync("b", Ann)).User.Count.ShouldBe(1);
    }

    [Fact]
    public async Task User_IsNeitherListedNorOpenedAsAThread()
    {
        await _test.CommitAsync("a", session => session.User.Set("city", "Oslo"), Ann);

        (await _test.Store.ListAsync(new() { Deleted = DeletedFilter.Include }).ToListAsync()).ShouldBeEmpty();
        (await _test.Store.Thread("ann").GetInfoAsync()).ShouldBeNull();
        (await _test.Store.Thread("$users/ann").GetInfoAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task AnonymousUsers_ShareNothing()
    {
        await _test.CommitAsync("a", session => session.User.Set("city", "Oslo"));
        await _test.CommitAsync("b", session => session.User.Set("language", "no"));

        (await _test.Another().OpenAsync("a")).User.Keys.ShouldBe(["city"]);
        (await _test.Another().OpenAsync("b")).User.Keys.ShouldBe(["language"]);
        (await _test.Store.OpenAsync("c")).User.Count.ShouldBe(0);
        (await _test.Store.Thread("a").LogAsync().SingleAsync()).Scopes.ShouldBeEmpty();
        (await _test.Store.LoadAsync("a"))!.ShouldSatisfyAllConditions(state => state.Variables.ShouldBeEmpty(), state => state.OtherSections.ShouldBeEmpty());
    }

    [Fact]
    public async Task User_OfAThreadThatGetsAnOwner_IsTheOwnersAlone()
    {
        await _test.CommitAsync("a", session => session.User.Set("city", "Oslo"));
        await _test.CommitAsync("a", session => session.User.Set("language", "no"), Ann);

        (await _test.Store.OpenAsync("a", Ann)).User.Keys.ShouldBe(["language"]);
        (await _test.Store.OpenAsync("b", Ann)).User.Keys.ShouldBe(["language"]);
    }

    [Fact]
    public async Task User_OfAnOwnerForWhomTheThreadWasNotOpened_IsSetAndNotRead()
    {
        await _test.CommitAsync("a", session => session.User.Set("city", "Oslo"), Ann);
        await _test.CommitAsync("a", session => session.Say("now it has an owner"), Ann);
        var outcomes = new List<ScopeOutcome>();
        foreach (var session in new[] { await _test.Store.OpenAsync("a"), await _test.Store.OpenAsync("a", new() { UserId = "ann", LoadUser = false }) })
        {
            Should.Throw<InvalidOperationException>(() => session.User.Get("city", "")).Message.ShouldContain("OpenOptions.UserId and LoadUser");
            Should.Throw<InvalidOperationException>(() => session.User.Remove("city")).Message.ShouldContain("user 'ann'");
            session.User.Set("language", $"no {session.User}");
            session.User.Get("language", "").ShouldBe("no variables, not read");
            outcomes.Add((await session.CommitAsync()).Scopes.Single().Outcome);
            session.User.Get("city", "").ShouldBe("Oslo");
        }

        (await _test.Store.OpenAsync("b", Ann)).User.Keys.ShouldBe(["city", "language"]);
        outcomes.ShouldBe([ScopeOutcome.Committed, ScopeOutcome.Unchanged]);
    }

    [Fact]
    public async Task User_WithoutBeingLoaded_CostsNoRead()
    {
        await _test.Store.OpenAsync("a", new() { UserId = "ann", LoadUser = false });
        _test.Log.TailReads.ShouldBe(1);

        await _test.Store.OpenAsync("a", Ann);
        _test.Log.TailReads.ShouldBe(3);
    }

    [Fact]
    public async Task User_TwoSessionsThatSetDifferentKeys_BothHold()
    {
        var first = await _test.Store.OpenAsync("a", Ann);
        var second = await _test.Store.OpenAsync("b", Ann);
        first.User.Set("city", "Oslo");
        second.User.Set("language", "no");
        await first.CommitAsync();
        await second.CommitAsync();

        (await _test.Store.OpenAsync("c", Ann)).User.Keys.ShouldBe(["city", "language"]);
    }

    [Fact]
    public async Task User_TwoSessionsThatSetTheSameKey_TheLaterOneHolds()
    {
        var first = await _test.Store.OpenAsync("a", Ann);
        var second = await _test.Store.OpenAsync("b", Ann);
        first.User.Set("city", "Oslo");
        second.User.Set("city", "Bergen");
        second.Say("hello");
        await first.CommitAsync();
        await second.CommitAsync();

        (await _test.Store.OpenAsync("c", Ann)).User.Get("city", "").ShouldBe("Bergen");
    }

    [Fact]
    public async Task UpdateUser_FiftyAtOnce_LosesNone()
    {
        await Parallel.ForAsync(0, 50, async (_, cancellationToken) =>
            await _test.Another().UpdateUserAsync("ann", user => user.Set("count", user.Get("count", 0) + 1), cancellationToken));

        (await _test.Store.OpenAsync("a", Ann)).User.Get("count", 0).ShouldBe(50);
    }

    [Fact]
    public async Task EraseUser_RemovesWhatTheUsersThreadsShare()
    {
        await _test.CommitAsync("a", session => session.User.Set("city", "Oslo"), Ann);

        (await _test.Store.EraseUserVariablesAsync("ann")).ShouldBeTrue();

        (await _test.Store.EraseUserVariablesAsync("ann")).ShouldBeFalse();
        (await _test.Store.OpenAsync("b", Ann)).User.Count.ShouldBe(0);
    }

    [Fact]
    public async Task User_ErasedWhileASessionIsOpen_GetsWhatTheSessionSets()
    {
        await _test.Store.UpdateUserAsync("ann", user => user.Set("city", "Oslo"));
        var session = await _test.Store.OpenAsync("a", Ann);
        session.User.Set("language", "no");
        await _test.Store.EraseUserVariablesAsync("ann");

        await session.CommitAsync();

        (await _test.Store.OpenAsync("b", Ann)).User.Keys.ShouldBe(["language"]);
    }

    [Fact]
    public async Task Update_WhoseUserVariablesMeetAnErasure_IsNotRunTwice()
    {
        await _test.Store.UpdateUserAsync("ann", user => user.Set("city", "Oslo"));
        var runs = 0;
        _test.Faults.Nth(2, LogCall.Append).RunsBefore(async () => await new AgentStateStore(_test.Memory).EraseUserVariablesAsync("ann"));

        await _test.Store.UpdateAsync(
            "a",
            session =>
            {
                runs++;
                session.Say("once");
                session.User.Set("language", "no");
            },
            Ann);

        runs.ShouldBe(1);
        (await _test.TextsAsync("a")).ShouldBe(["once"]);
    }

    [Fact]
    public async Task Update_WhoseUserVariablesAreOvertakenAgainAndAgain_IsNotRunTwice()
    {
        var test = new TestStore(options => options.MaxUpdateAttempts = 2);
        var others = 0;
        test.Faults.Every(LogCall.Append).RunsBefore(async () =>
        {
            if (++others is > 1 and < 8)
            {
                await new AgentStateStore(test.Memory).UpdateUserAsync("ann", user => user.Set("other", others));
            }
        });

        await test.Store.UpdateAsync(
            "a",
            session =>
            {
                session.Say("once");
                session.User.Set("language", "no");
            },
            Ann);

        (await test.TextsAsync("a")).ShouldBe(["once"]);
        (await test.Store.OpenAsync("b", Ann)).User.Get("language", "").ShouldBe("no");
    }
}

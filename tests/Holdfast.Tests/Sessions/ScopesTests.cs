using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sessions;

/// <summary>A commit over three scopes: the thread, its user, the application. What is told is what is stored, and nothing is written twice.</summary>
public sealed class ScopesTests
{
    private static readonly OpenOptions Ann = new() { UserId = "ann" };
    private static readonly OpenOptions All = new() { UserId = "ann", LoadApp = true };

    private readonly TestStore _test = new();

    [Fact]
    public async Task Update_OfAllScopes_WritesThemInOrder()
    {
        var commit = await _test.Store.UpdateAsync("user-42/chat-7", Change, Ann);

        _test.Log.Requests.Select(request => request.Entry.Key.Space).ShouldBe([ThreadSpace.Threads, ThreadSpace.Users, ThreadSpace.App]);
        commit.Scopes.Select(scope => (scope.Scope, scope.Outcome, scope.Commit.Version))
            .ShouldBe([(ScopeCommit.User, ScopeOutcome.Committed, 1), (ScopeCommit.App, ScopeOutcome.Committed, 1)]);
        await ExpectAllAsync(_test);
    }

    [Theory]
    [InlineData(1, true, false)]
    [InlineData(2, false, false)]
    [InlineData(2, true, false)]
    [InlineData(2, true, true)]
    [InlineData(3, false, false)]
    [InlineData(3, true, false)]
    [InlineData(3, false, true)]
    public async Task Update_ThatFailsOnceAtAScope_StoresEachOnce(int append, bool answerIsLost, bool loadApp)
    {
        Fail(_test.Faults.Nth(append, LogCall.Append), answerIsLost);
        var runs = 0;

        var commit = await _test.Store.UpdateAsync(
            "user-42/chat-7",
            session =>
            {
                runs++;
                Change(session);
            },
            loadApp ? All : Ann);

        (runs, commit.Version, commit.Scopes.Count).ShouldBe((1, 1, 2));
        commit.Scopes.ShouldAllBe(scope => scope.Outcome == ScopeOutcome.Committed && scope.Commit.Version == 1);
        await ExpectAllAsync(_test);
    }

    [Fact]
    public async Task Update_ThatFailsBeforeItsThreadIsStored_WritesNoScope()
    {
        _test.Faults.Nth(1, LogCall.Append).FailsBefore();

        await Should.ThrowAsync<StoreUnavailableException>(async () => await _test.Store.UpdateAsync("user-42/chat-7", Change, Ann));

        _test.Log.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public async Task Commit_ThatFailsAtAScope_TellsOfEach_AndRepeatsOnlyTheRest(int append, bool answerIsLost)
    {
        var session = await _test.Store.OpenAsync("user-42/chat-7", Ann);
        Change(session);
        Fail(_test.Faults.Nth(append, LogCall.Append), answerIsLost);

        var error = await Should.ThrowAsync<PartialCommitException>(async () => await session.CommitAsync());

        (error.Scope, error.UserId, error.OutcomeUnknown).ShouldBe(append == 2 ? (ScopeCommit.User, "ann", answerIsLost) : (ScopeCommit.App, null, answerIsLost));
        error.Message.ShouldContain(append == 2 ? "variables of user 'ann' are not" : "variables of the application are not");
        error.Committed.Version.ShouldBe(1);
        error.Committed.Scopes.Select(scope => (scope.Scope, scope.Outcome)).ShouldBe(
            [(ScopeCommit.User, append == 2 ? ScopeOutcome.Failed : ScopeOutcome.Committed), (ScopeCommit.App, ScopeOutcome.Failed)]);
        session.HasChanges.ShouldBeTrue();
        _test.Log.Reset();

        var commit = await session.CommitAsync();

        commit.CommitId.ShouldBe(error.Committed.CommitId);
        commit.Scopes.Select(scope => (scope.Scope, scope.Outcome, scope.Commit.Version))
            .ShouldBe([(ScopeCommit.User, ScopeOutcome.Committed, 1), (ScopeCommit.App, ScopeOutcome.Committed, 1)]);
        ThreadSpace[] rest = append == 2 ? [ThreadSpace.Users, ThreadSpace.App] : [ThreadSpace.App];
        _test.Log.Requests.Select(request => request.Entry.Key.Space).ShouldBe(rest);
        session.HasChanges.ShouldBeFalse();
        (await session.CommitAsync()).Scopes.ShouldBeEmpty();
        await ExpectAllAsync(_test);
    }

    [Fact]
    public async Task Commit_OfScopesAlone_ThatFailsAtTheLast_SaysWhatStands()
    {
        var session = await _test.Store.OpenAsync("user-42/chat-7", Ann);
        session.User.Set("language", "de");
        session.App.Set("last_seen_model", "m-7");
        _test.Faults.Nth(2, LogCall.Append).FailsBefore();

        var error = await Should.ThrowAsync<PartialCommitException>(async () => await session.CommitAsync());

        error.Committed.CommitId.ShouldBe(default);
        error.Message.ShouldContain("The variables of the user of thread 'user-42/chat-7' are stored; the variables of the application are not");
        (await session.CommitAsync()).Scopes.ShouldAllBe(scope => scope.Outcome == ScopeOutcome.Committed);
        (await _test.Store.Thread("user-42/chat-7").GetInfoAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Commit_OneOfWhoseScopesIsTooLarge_WritesNothing()
    {
        var test = new TestStore(options => options.MaxCommitBytes = 100_000);
        var session = await test.Store.OpenAsync("user-42/chat-7", Ann);
        Change(session);
        session.App.Set("big", new string('x', 200_000));

        await Should.ThrowAsync<StateTooLargeException>(async () => await session.CommitAsync());
        test.Log.Requests.ShouldBeEmpty();
        session.App.Remove("big").ShouldBeTrue();
        await session.CommitAsync();

        await ExpectAllAsync(test);
    }

    [Fact]
    public async Task Commit_WhoseVariablesOfTheApplicationCannotBeRead_WritesNothing()
    {
        var session = await _test.Store.OpenAsync("user-42/chat-7", Ann);
        Change(session);
        _test.Faults.Next(LogCall.ReadTail).FailsBefore();

        await Should.ThrowAsync<StoreUnavailableException>(async () => await session.CommitAsync());

        _test.Log.Requests.ShouldBeEmpty();
        await session.CommitAsync();
        await ExpectAllAsync(_test);
    }

    [Fact]
    public async Task Commit_ThatMeetsAConflictOfTheThread_LeavesTheScopesForTheNextTry()
    {
        var session = await _test.Store.OpenAsync("user-42/chat-7", All);
        Change(session);
        await _test.CommitAsync("user-42/chat-7", other => other.Say("faster"), Ann);
        await Should.ThrowAsync<CommitConflictException>(async () => await session.CommitAsync());
        (await _test.Store.OpenAsync("x", All)).ShouldSatisfyAllConditions(stored => stored.User.Count.ShouldBe(0), stored => stored.App.Count.ShouldBe(0));

        await session.RebaseAsync();
        await session.CommitAsync();

        await ExpectAllAsync(_test);
    }

    private static void Change(ThreadSession session)
    {
        session.Variables.Set("otp", "123456", expiresIn: TimeSpan.FromMinutes(5));
        session.User.Set("language", "de");
        session.App.Set("last_seen_model", "m-7");
    }

    private static void Fail(FaultPlan plan, bool answerIsLost)
    {
        if (answerIsLost)
        {
            plan.FailsAfter();
        }
        else
        {
            plan.FailsBefore();
        }
    }

    private static async Task ExpectAllAsync(TestStore test)
    {
        var stored = await test.Another().OpenAsync("user-42/chat-7", All);
        stored.Variables.Get("otp", "").ShouldBe("123456");
        stored.User.Get("language", "").ShouldBe("de");
        stored.App.Get("last_seen_model", "").ShouldBe("m-7");
    }
}

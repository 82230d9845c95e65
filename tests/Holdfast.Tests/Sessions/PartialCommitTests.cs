using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sessions;

/// <summary>A session changes its thread and the user's variables: what is told is what is stored.</summary>
public sealed class PartialCommitTests
{
    private static readonly OpenOptions Ann = new() { UserId = "ann" };

    private readonly TestStore _test = new(options => options.MaxCommitBytes = 100_000);

    [Fact]
    public async Task Update_WhoseUserPartIsTooLarge_WritesNothing()
    {
        for (var i = 0; i < 3; i++)
        {
            (await Should.ThrowAsync<StateTooLargeException>(async () => await _test.Store.UpdateAsync("t", TooLargeForTheUser, Ann)))
                .Message.ShouldContain("Nothing was written");
        }

        (await _test.Store.LoadAsync("t")).ShouldBeNull();
    }

    [Fact]
    public async Task Commit_WhoseUserPartIsTooLarge_CanBeMendedAndCommitted()
    {
        var session = await _test.Store.OpenAsync("t", Ann);
        TooLargeForTheUser(session);
        await Should.ThrowAsync<StateTooLargeException>(async () => await session.CommitAsync());
        session.HasChanges.ShouldBeTrue();
        session.User.Set("big", "small");

        var commit = await session.CommitAsync();

        commit.Version.ShouldBe(1);
        commit.Scopes.Single().Commit.Version.ShouldBe(1);
        (await _test.Store.OpenAsync("t", Ann)).ShouldSatisfyAllConditions(
            stored => stored.Variables.Get("balance", 0).ShouldBe(100), stored => stored.User.Get("big", "").ShouldBe("small"));
    }

    [Fact]
    public async Task Update_WhoseUserPartFailsForAWhile_IsStoredOnceWithBothParts()
    {
        _test.Faults.Nth(2, LogCall.Append).FailsBefore();
        _test.Faults.Nth(3, LogCall.Append).FailsBefore();
        var runs = 0;

        var commit = await _test.Store.UpdateAsync("t", session => { runs++; Pay(session); }, Ann);

        (runs, commit.Version, commit.IsEmpty).ShouldBe((1, 1, false));
        commit.Scopes.Single().Commit.Set.ShouldBe(["variables/paid"]);
        (await _test.Store.OpenAsync("t", Ann)).ShouldSatisfyAllConditions(
            stored => stored.Variables.Get("balance", 0).ShouldBe(100), stored => stored.User.Get("paid", false).ShouldBeTrue());
    }

    [Fact]
    public async Task Update_WhoseUserPartFailsForGood_TellsWhatStands()
    {
        for (var append = 2; append < 20; append++)
        {
            _test.Faults.Nth(append, LogCall.Append).FailsBefore();
        }

        var error = await Should.ThrowAsync<PartialCommitException>(async () => await _test.Store.UpdateAsync("t", Pay, Ann));

        error.Code.ShouldBe(ErrorCodes.PartialCommit);
        (error.Committed.Version, error.Committed.Set.Single(), error.UserId, error.OutcomeUnknown).ShouldBe((1, "variables/balance", "ann", false));
        error.Message.ShouldContain("Version 1 of thread 't' is stored");
        error.Message.ShouldNotContain("Nothing was written");
        (await _test.Store.LoadAsync("t"))!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task Update_WhoseAnswersAreLostForBothParts_IsStoredOnce()
    {
        _test.Faults.Nth(1, LogCall.Append).FailsAfter();
        _test.Faults.Nth(3, LogCall.Append).FailsAfter();

        var commit = await _test.Store.UpdateAsync("t", Pay, Ann);

        (commit.Version, commit.Scopes.Single().Commit.Version).ShouldBe((1, 1));
        (await _test.Store.OpenAsync("t", Ann)).Variables.Get("balance", 0).ShouldBe(100);
    }

    [Fact]
    public async Task Commit_ThatMeetsAConflict_LeavesTheUserPartForTheNextTry()
    {
        var session = await _test.Store.OpenAsync("t", Ann);
        Pay(session);
        await _test.CommitAsync("t", other => other.Say("faster"), Ann);
        await Should.ThrowAsync<CommitConflictException>(async () => await session.CommitAsync());

        (await _test.Store.OpenAsync("u", Ann)).User.Contains("paid").ShouldBeFalse();
        session.User.Set("late", true);
        await session.RebaseAsync();
        await session.CommitAsync();

        (await _test.Store.OpenAsync("u", Ann)).User.Keys.ShouldBe(["paid", "late"]);
    }

    [Fact]
    public async Task Commit_OfAUserWhomOthersOvertakeForEver_EndsWithAConflict()
    {
        var test = new TestStore(options => options.MaxUpdateAttempts = 3);
        var session = await test.Store.OpenAsync("t", Ann);
        session.User.Set("mine", 1);
        var others = 0;
        test.Faults.Every(LogCall.Append).RunsBefore(async () =>
            await new AgentStateStore(test.Memory).UpdateUserAsync("ann", user => user.Set("other", ++others)));

        await Should.ThrowAsync<CommitConflictException>(async () => await session.CommitAsync());

        others.ShouldBe(3);
    }

    private static void Pay(ThreadSession session)
    {
        session.Variables.Set("balance", session.Variables.Get("balance", 0) + 100);
        session.User.Set("paid", true);
    }

    private static void TooLargeForTheUser(ThreadSession session)
    {
        session.Variables.Set("balance", session.Variables.Get("balance", 0) + 100);
        session.User.Set("big", new string('x', 200_000));
    }
}

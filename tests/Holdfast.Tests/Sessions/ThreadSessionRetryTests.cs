using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sessions;

public sealed class ThreadSessionRetryTests
{
    private readonly TestStore _test = new();

    public static TheoryData<bool> BeforeAndAfterItIsDurable => [false, true];

    [Theory, MemberData(nameof(BeforeAndAfterItIsDurable))]
    public async Task Commit_AfterAFailure_SendsTheSameCommitAgain(bool durable)
    {
        var session = await _test.Store.OpenAsync("a");
        session.Say("hello");
        session.Variables.Set("name", "Ann");
        Fail(durable);
        (await Should.ThrowAsync<StoreUnavailableException>(async () => await session.CommitAsync("turn"))).OutcomeUnknown.ShouldBe(durable);
        session.HasChanges.ShouldBeTrue();
        session.Version.ShouldBe(0);

        var commit = await session.CommitAsync("not the reason");

        commit.Version.ShouldBe(1);
        commit.Reason.ShouldBe("turn");
        session.Version.ShouldBe(1);
        session.HasChanges.ShouldBeFalse();
        var entry = (await _test.EntriesAsync("a")).ShouldHaveSingleItem();
        entry.CommitId.ShouldBe(commit.CommitId);
        _test.Log.Requests.ShouldAllBe(request => request.Entry.CommitId == commit.CommitId);
        (await _test.TextsAsync("a")).ShouldBe(["hello"]);
    }

    [Theory, MemberData(nameof(BeforeAndAfterItIsDurable))]
    public async Task Commit_AfterManyFailures_IsWrittenOnce(bool durable)
    {
        var session = await _test.Store.OpenAsync("a");
        session.Say("hello");
        for (var attempt = 0; attempt < 5; attempt++)
        {
            Fail(durable);
            await Should.ThrowAsync<StoreUnavailableException>(async () => await session.CommitAsync());
        }

        (await session.CommitAsync()).Version.ShouldBe(1);

        (await _test.EntriesAsync("a")).Count.ShouldBe(1);
    }

    [Theory, MemberData(nameof(BeforeAndAfterItIsDurable))]
    public async Task Commit_ChangesMadeSinceTheFailure_LandAsASecondCommit(bool durable)
    {
        var session = await _test.Store.OpenAsync("a");
        session.Say("1");
        session.Variables.Set("a", 1);
        session.Variables.Set("b", 1);
        await FailToCommitAsync(session, durable);
        session.Say("2");
        session.Variables.Set("b", 2);
        session.Variables.Set("c", 2);
        session.Status = ThreadStatus.Thinking;
        session.History.Count.ShouldBe(2);
        (await session.History.TextsAsync()).ShouldBe(["1", "2"]);
        (await session.History.LastAsync(1)).Texts().ShouldBe(["2"]);

        var commit = await session.CommitAsync();

        commit.Version.ShouldBe(2);
        commit.Set.ShouldBe(["variables/b", "variables/c"]);
        (await _test.EntriesAsync("a")).Select(entry => entry.MessageCount).ShouldBe([1, 1]);
        var reopened = await _test.Store.OpenAsync("a");
        (await reopened.History.TextsAsync()).ShouldBe(["1", "2"]);
        reopened.Variables.Keys.ShouldBe(["a", "b", "c"]);
        reopened.Variables.Get("b", 0).ShouldBe(2);
        reopened.Status.ShouldBe(ThreadStatus.Thinking);
        (await _test.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Commit_WhenTheOutcomeIsUnknownAndOthersCommittedAfterIt_ReportsSuccess()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Say("mine");
        await FailToCommitAsync(session, durable: true);
        await _test.CommitAsync("a", other => other.Say("theirs"));

        (await session.CommitAsync()).Version.ShouldBe(1);

        (await _test.TextsAsync("a")).ShouldBe(["mine", "theirs"]);
        session.Say("more");
        (await Should.ThrowAsync<CommitConflictException>(async () => await session.CommitAsync())).ActualVersion.ShouldBe(2);
    }

    [Fact]
    public async Task Commit_WhenItFailedAndOthersTookTheVersion_IsAConflictThatKeepsEveryChange()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Say("1");
        session.Variables.Set("a", 1);
        await FailToCommitAsync(session, durable: false);
        session.Say("2");
        session.Variables.Set("a", 2);
        await _test.CommitAsync("a", other => other.Say("theirs"));

        await Should.ThrowAsync<CommitConflictException>(async () => await session.CommitAsync());
        await session.RebaseAsync();
        var commit = await session.CommitAsync();

        commit.Version.ShouldBe(2);
        commit.MessageCount.ShouldBe(2);
        var reopened = await _test.Store.OpenAsync("a");
        (await reopened.History.TextsAsync()).ShouldBe(["theirs", "1", "2"]);
        reopened.Variables.Get("a", 0).ShouldBe(2);
    }

    [Fact]
    public async Task Rebase_WhileTheOutcomeIsUnknown_IsRefused()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Say("1");
        await FailToCommitAsync(session, durable: true);

        await Should.ThrowAsync<InvalidOperationException>(async () => await session.RebaseAsync());
    }

    [Fact]
    public async Task Commit_ThatWasRefusedForGood_TakesItsChangesBack()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Say("1");
        _test.Faults.Next(LogCall.Append).FailsBefore(new StateTooLargeException("The backend holds 400 KB."));
        await Should.ThrowAsync<StateTooLargeException>(async () => await session.CommitAsync());
        session.Say("2");

        (await session.CommitAsync()).MessageCount.ShouldBe(2);

        (await _test.TextsAsync("a")).ShouldBe(["1", "2"]);
    }

    [Fact]
    public async Task Commit_WhenTheUserVariablesFail_CommitsThemOnTheNextTryAndTheThreadOnce()
    {
        var session = await _test.Store.OpenAsync("a", new() { UserId = "ann" });
        session.Say("hello");
        session.User.Set("city", "Oslo");
        _test.Faults.Nth(2, LogCall.Append).FailsBefore();
        var error = await Should.ThrowAsync<PartialCommitException>(async () => await session.CommitAsync());
        (error.Committed.Version, error.UserId, error.InnerException).ShouldSatisfyAllConditions(
            told => told.Version.ShouldBe(1), told => told.UserId.ShouldBe("ann"), told => told.InnerException.ShouldBeOfType<StoreUnavailableException>());
        session.HasChanges.ShouldBeTrue();

        var commit = await session.CommitAsync();

        commit.Version.ShouldBe(1);
        commit.CommitId.ShouldBe(error.Committed.CommitId);
        commit.Scopes.Single().Commit.Set.ShouldBe(["variables/city"]);
        session.HasChanges.ShouldBeFalse();
        (await _test.TextsAsync("a")).ShouldBe(["hello"]);
        (await _test.Store.OpenAsync("b", new() { UserId = "ann" })).User.Get("city", "").ShouldBe("Oslo");
    }

    [Fact]
    public async Task Commit_ARetryOfACommitWhoseThreadExpired_IsRefused()
    {
        var test = new TestStore(options => options.Expiry = ExpiryPolicy.After(TimeSpan.FromHours(1)));
        var session = await test.Store.OpenAsync("a");
        session.Say("hello");
        test.Faults.Next(LogCall.Append).FailsBefore();
        await Should.ThrowAsync<StoreUnavailableException>(async () => await session.CommitAsync());
        test.Clock.Advance(TimeSpan.FromHours(2));

        await Should.ThrowAsync<ThreadExpiredException>(async () => await session.CommitAsync());
    }

    private async Task FailToCommitAsync(ThreadSession session, bool durable)
    {
        Fail(durable);
        await Should.ThrowAsync<StoreUnavailableException>(async () => await session.CommitAsync());
    }

    private void Fail(bool durable)
    {
        if (durable)
        {
            _test.Faults.Next(LogCall.Append).FailsAfter();
        }
        else
        {
            _test.Faults.Next(LogCall.Append).FailsBefore();
        }
    }
}

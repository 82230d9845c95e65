using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Policies;

public sealed class ExpiryTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly TestStore _test = new(options => options.Expiry = ExpiryPolicy.After(Hour));

    [Fact]
    public async Task ExpiredThread_BeforeItIsSwept_IsNeverServed()
    {
        await _test.CommitAsync("a", session => session.Say("1"), new() { UserId = "ann" });
        _test.Clock.Advance(Hour);

        (await _test.Store.Thread("a").GetInfoAsync()).ShouldBeNull();
        (await _test.Store.LoadAsync("a")).ShouldBeNull();
        (await _test.Store.LoadAsync("a", 1)).ShouldBeNull();
        (await _test.Store.Thread("a").LogAsync().ToListAsync()).ShouldBeEmpty();
        (await _test.Store.ListAsync().ToListAsync()).ShouldBeEmpty();
        (await _test.Store.ListAsync(new() { Deleted = DeletedFilter.Include }).ToListAsync()).ShouldBeEmpty();
        (await _test.Store.Thread("a").DeleteAsync()).ShouldBeFalse();
        (await _test.Store.Thread("a").RestoreDeletedAsync()).ShouldBeFalse();
        (await _test.Store.Thread("a").ExtendAsync(Hour)).ShouldBeFalse();
        var session = await _test.Store.OpenAsync("a", new() { UserId = "bob" });
        (session.Version, session.History.Count, session.UserId).ShouldBe((0, 0, "bob"));
        var error = await Should.ThrowAsync<ThreadExpiredException>(async () => await _test.Store.OpenAsync("a", new() { MustExist = true }));
        (error.Code, error.Key, error.ExpiredAt).ShouldBe((ErrorCodes.ThreadExpired, ThreadKey.Of("a"), _test.Clock.GetUtcNow()));
        (await _test.EntriesAsync("a")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Session_WithAPolicyOfItsOwn_CountsByIt_AndTheStoreByItsOwnAgain()
    {
        var day = new OpenOptions { Expiry = ExpiryPolicy.After(TimeSpan.FromDays(1)), UserId = "ann", RebaseOnConflict = true };
        var session = await _test.Store.OpenAsync("a", day);
        session.Say("1");
        session.User.Set("seen", true);
        await session.CommitAsync();
        (await ExpiryAsync()).ShouldBe(_test.Clock.GetUtcNow().AddDays(1));

        await _test.CommitAsync("a", other => other.Variables.Set("x", 1));
        (await ExpiryAsync()).ShouldBe(_test.Clock.GetUtcNow() + Hour);

        session.Say("2");
        await session.CommitAsync();
        (await ExpiryAsync()).ShouldBe(_test.Clock.GetUtcNow().AddDays(1));
        _test.Clock.Advance(TimeSpan.FromDays(2));
        (await _test.Store.OpenAsync("b", new() { UserId = "ann" })).User.Get("seen", false).ShouldBeTrue();

        async Task<DateTimeOffset?> ExpiryAsync() => (await _test.Store.Thread("a").GetInfoAsync())!.ExpiresAt;
    }

    [Fact]
    public async Task Thread_UntilTheInstantOfItsExpiry_Lives()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        _test.Clock.Advance(Hour - TimeSpan.FromMilliseconds(1));

        (await _test.Store.Thread("a").GetInfoAsync())!.ExpiresAt.ShouldBe(_test.Clock.GetUtcNow().AddMilliseconds(1));
        _test.Clock.Advance(TimeSpan.FromMilliseconds(1));
        (await _test.Store.Thread("a").GetInfoAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task SlidingExpiry_IsMovedByEachCommit()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        for (var i = 0; i < 10; i++)
        {
            _test.Clock.Advance(Hour * 0.9);
            await _test.CommitAsync("a", session => session.Say("again"));
        }

        (await _test.Store.Thread("a").GetInfoAsync())!.ExpiresAt.ShouldBe(_test.Clock.GetUtcNow() + Hour);
    }

    [Fact]
    public async Task SlidingExpiry_IsNotMovedByReading()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        _test.Clock.Advance(Hour * 0.9);
        await _test.TextsAsync("a");
        await (await _test.Store.OpenAsync("a")).CommitAsync();
        _test.Clock.Advance(Hour * 0.1);

        (await _test.Store.Thread("a").GetInfoAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task AbsoluteExpiry_IsNotMovedByCommits()
    {
        var test = new TestStore(options => options.Expiry = ExpiryPolicy.After(Hour).SinceCreation());
        await test.CommitAsync("a", session => session.Say("1"));
        test.Clock.Advance(Hour * 0.9);
        await test.CommitAsync("a", session => session.Say("2"));
        test.Clock.Advance(Hour * 0.1);

        (await test.Store.Thread("a").GetInfoAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Thread_ThatWaitsForAPerson_DoesNotExpire()
    {
        await _test.CommitAsync("a", session => session.Status = ThreadStatus.WaitingForApproval);
        _test.Clock.Advance(TimeSpan.FromDays(400));

        (await _test.Store.OpenAsync("a", new() { MustExist = true })).Status.ShouldBe(ThreadStatus.WaitingForApproval);
        (await _test.Store.CleanupAsync(new() { OlderThan = TimeSpan.FromDays(1) })).ShouldBe(new CleanupResult(0, 0, false));
        await _test.CommitAsync("a", session => session.Status = ThreadStatus.Thinking);
        _test.Clock.Advance(Hour);
        (await _test.Store.Thread("a").GetInfoAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task TaskLifetimes_FollowTheStatus()
    {
        var test = new TestStore(options => options.Expiry = ExpiryPolicy.TaskLifetimes);
        await test.CommitAsync("a", session => session.Status = ThreadStatus.Completed);
        await test.CommitAsync("b", session => session.Status = ThreadStatus.Failed);
        test.Clock.Advance(TimeSpan.FromHours(24));

        (await test.Store.ListAsync().ToListAsync()).Single().Id.Value.ShouldBe("b");
    }

    [Fact]
    public async Task ExpiredId_CanBeBegunAnew()
    {
        await _test.CommitAsync("a", session => session.Say("old"), new() { UserId = "ann" });
        await _test.CommitAsync("a", session => session.Variables.Set("x", "old"));
        _test.Clock.Advance(Hour);

        var commit = await _test.CommitAsync("a", session => session.Say("new"), new() { UserId = "bob" });

        commit.Version.ShouldBe(1);
        var state = (await _test.Store.LoadAsync("a"))!;
        (state.Version, state.UserId, state.Variables.Count).ShouldBe((1, "bob", 0));
        state.Messages.Texts().ShouldBe(["new"]);
        (await _test.Store.Thread("a").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task ExpiredId_OpenedAndDropped_IsLeftToTheCleanUp()
    {
        await _test.CommitAsync("a", session => session.Say("old"));
        _test.Clock.Advance(Hour);

        await (await _test.Store.OpenAsync("a")).CommitAsync();

        (await _test.EntriesAsync("a")).Count.ShouldBe(1);
        (await _test.Store.CleanupAsync()).Expired.ShouldBe(1);
    }

    [Fact]
    public async Task ExpiredId_ThatComesBackToLifeMeanwhile_IsNotOverwritten()
    {
        await _test.CommitAsync("a", session => session.Say("old"));
        _test.Clock.Advance(Hour);
        var session = await _test.Store.OpenAsync("a");
        session.Say("new");
        await _test.Memory.SetExpiryAsync(ThreadKey.Of("a"), null);

        await Should.ThrowAsync<CommitConflictException>(async () => await session.CommitAsync());

        (await _test.TextsAsync("a")).ShouldBe(["old"]);
        await _test.Store.UpdateAsync("a", again => again.Say("more"));
        (await _test.TextsAsync("a")).ShouldBe(["old", "more"]);
    }

    [Fact]
    public async Task ExpiredId_BegunAnewByTwo_IsAConflictForOne()
    {
        await _test.CommitAsync("a", session => session.Say("old"));
        _test.Clock.Advance(Hour);
        var first = await _test.Store.OpenAsync("a");
        var second = await _test.Store.OpenAsync("a");
        first.Say("first");
        second.Say("second");

        await first.CommitAsync();

        await Should.ThrowAsync<CommitConflictException>(async () => await second.CommitAsync());
        (await _test.TextsAsync("a")).ShouldBe(["first"]);
        await second.RebaseAsync();
        await second.CommitAsync();
        (await _test.TextsAsync("a")).ShouldBe(["first", "second"]);
    }

    [Theory, InlineData(LogCall.Erase, true), InlineData(LogCall.Erase, false), InlineData(LogCall.Append, true), InlineData(LogCall.Append, false)]
    public async Task ExpiredId_BegunAnewThroughAFailure_IsBegunOnce(LogCall call, bool durable)
    {
        await _test.CommitAsync("a", session => session.Say("old"));
        _test.Clock.Advance(Hour);
        var session = await _test.Store.OpenAsync("a");
        session.Say("new");
        if (durable)
        {
            _test.Faults.Next(call).FailsAfter();
        }
        else
        {
            _test.Faults.Next(call).FailsBefore();
        }

        await Should.ThrowAsync<StoreUnavailableException>(async () => await session.CommitAsync());
        await session.CommitAsync();

        (await _test.EntriesAsync("a")).Count.ShouldBe(1);
        (await _test.TextsAsync("a")).ShouldBe(["new"]);
    }

    [Fact]
    public async Task Session_WhoseThreadExpired_CannotCommitToIt()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Say("1");
        await session.CommitAsync();
        _test.Clock.Advance(Hour);
        session.Say("2");

        (await Should.ThrowAsync<ThreadExpiredException>(async () => await session.CommitAsync())).ExpiredAt.ShouldBe(_test.Clock.GetUtcNow());

        (await _test.EntriesAsync("a")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Session_WhoseThreadExpiredAndWasSwept_CannotCommitToIt()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Say("1");
        await session.CommitAsync();
        _test.Clock.Advance(Hour);
        await _test.Store.CleanupAsync();
        session.Say("2");

        await Should.ThrowAsync<ThreadExpiredException>(async () => await session.CommitAsync());
    }

    [Fact]
    public async Task Session_WhoseThreadWasExtendedMeanwhile_CommitsToIt()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Say("1");
        await session.CommitAsync();
        await _test.Store.Thread("a").ExtendAsync(Hour * 10);
        _test.Clock.Advance(Hour * 5);
        session.Say("2");

        (await session.CommitAsync()).Version.ShouldBe(2);
    }

    [Fact]
    public async Task Commits_UnderAPolicyOfNever_KeepAnExtensionMadeByHand()
    {
        var test = new TestStore();
        var warm = await test.Store.OpenAsync("a");
        warm.Say("1");
        await warm.CommitAsync();
        await test.Store.Thread("a").ExtendAsync(Hour);
        var expiry = test.Clock.GetUtcNow() + Hour;
        test.Clock.Advance(Hour * 0.5);

        warm.Say("2");
        await warm.CommitAsync();
        await test.CommitAsync("a", cold => cold.Say("3"));

        (await test.Store.Thread("a").GetInfoAsync())!.ExpiresAt.ShouldBe(expiry);
    }

    [Fact]
    public async Task Commits_UnderAPolicy_ReplaceAnExtensionMadeByHand()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        await _test.Store.Thread("a").ExtendAsync(Hour * 10);
        await _test.CommitAsync("a", session => session.Say("2"));

        (await _test.Store.Thread("a").GetInfoAsync())!.ExpiresAt.ShouldBe(_test.Clock.GetUtcNow() + Hour);
    }

    [Fact]
    public async Task UserVariables_DoNotExpireWithThreads()
    {
        await _test.CommitAsync("a", session => session.User.Set("city", "Oslo"), new() { UserId = "ann" });
        _test.Clock.Advance(Hour * 100);
        await _test.Store.CleanupAsync(new() { OlderThan = Hour, AllTenants = true });

        (await _test.Store.OpenAsync("b", new() { UserId = "ann" })).User.Get("city", "").ShouldBe("Oslo");
    }
}

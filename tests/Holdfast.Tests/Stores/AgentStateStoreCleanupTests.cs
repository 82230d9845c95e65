using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Stores;

public sealed class AgentStateStoreCleanupTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly TestStore _test = new();

    [Fact]
    public async Task Extend_AThread_LetsItLiveThatLongFromNow()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        _test.Clock.Advance(Hour);

        (await _test.Store.Thread("a").ExtendAsync(Hour * 2)).ShouldBeTrue();

        var info = (await _test.Store.Thread("a").GetInfoAsync())!;
        (info.Version, info.ExpiresAt).ShouldBe((1, _test.Clock.GetUtcNow() + (Hour * 2)));
        _test.Clock.Advance(Hour * 2);
        (await _test.Store.Thread("a").GetInfoAsync()).ShouldBeNull();
        (await _test.Store.Thread("a").ExtendAsync(Hour)).ShouldBeFalse();
    }

    [Fact]
    public async Task Extend_ForEver_RemovesTheExpiry()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        await _test.Store.Thread("a").ExtendAsync(Hour);
        await _test.Store.Thread("a").ExtendAsync(null);
        _test.Clock.Advance(TimeSpan.FromDays(10_000));

        (await _test.Store.Thread("a").GetInfoAsync())!.ExpiresAt.ShouldBeNull();
        await _test.Store.Thread("a").ExtendAsync(TimeSpan.MaxValue);
        (await _test.Store.Thread("a").GetInfoAsync())!.ExpiresAt.ShouldBeNull();
    }

    [Fact]
    public async Task Extend_WhatIsNotThereOrNotPositive_IsRefused()
    {
        (await _test.Store.Thread("a").ExtendAsync(Hour)).ShouldBeFalse();
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await _test.Store.Thread("a").ExtendAsync(TimeSpan.Zero));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await _test.Store.Thread("a").ExtendAsync(-Hour));
    }

    [Fact]
    public async Task Cleanup_RemovesExpiredThreadsOnly()
    {
        await MakeAsync("expired", Hour);
        await MakeAsync("living", Hour * 3);
        await MakeAsync("immortal", null);
        await MakeAsync("deleted and expired", Hour);
        await _test.Store.Thread("deleted and expired").DeleteAsync();
        _test.Clock.Advance(Hour * 2);

        (await _test.Store.CleanupAsync()).ShouldBe(new CleanupResult(2, 0, false));

        (await RemainingAsync()).ShouldBe(["immortal", "living"], ignoreOrder: true);
        (await _test.Store.CleanupAsync()).ShouldBe(new CleanupResult(0, 0, false));
    }

    [Fact]
    public async Task Cleanup_OfOldThreads_SparesATurnThatSleeps_UntilItsTimeIsOver()
    {
        await using (var turn = await _test.Store.Thread("a").BeginTurnAsync("remind me"))
        {
            await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.DelayAsync("reminder", TimeSpan.FromDays(30)));
        }

        _test.Clock.Advance(TimeSpan.FromDays(8));
        (await _test.Store.CleanupAsync(new() { OlderThan = TimeSpan.FromDays(7) })).Old.ShouldBe(0);
        (await _test.Store.CleanupAsync(new() { OlderThan = TimeSpan.FromDays(7), IncludeWaiting = true, DryRun = true })).Old.ShouldBe(1);

        _test.Clock.Advance(TimeSpan.FromDays(23));
        (await _test.Store.CleanupAsync(new() { OlderThan = TimeSpan.FromDays(7) })).Old.ShouldBe(1, "nobody has woken it");
    }

    [Fact]
    public async Task Cleanup_OfAThreadThatIsDamaged_GoesOnWithTheOthers()
    {
        for (var i = 1; i <= 3; i++)
        {
            await _test.CommitAsync("damaged", session => session.Say($"{i}"));
        }

        await _test.Store.Thread("damaged").ForkAsync("fork", new() { At = 2 });
        await _test.Store.Thread("damaged").ExtendAsync(Hour);
        await MakeAsync("other", Hour);
        _test.Clock.Advance(Hour * 2);
        _test.Log.ShowEntry = entry => entry is { Version: 3 } && entry.Key.Id.Value.StartsWith("damaged", StringComparison.Ordinal) ? throw new CorruptStateException(entry.Key, 3, "the row was changed") : entry;

        (await _test.Store.CleanupAsync()).ShouldSatisfyAllConditions(result => result.Expired.ShouldBe(1), result => result.Failed.ShouldBeGreaterThan(0));
        (await RemainingAsync()).ShouldBe(["fork"]);
        (await _test.Store.CleanupAsync(new() { CheckForks = true })).Failed.ShouldBe(1);

        _test.Log.ShowEntry = entry => entry;
        (await _test.Store.CleanupAsync()).Failed.ShouldBe(0);
    }

    [Fact]
    public async Task Cleanup_OfAnAgeThatNothingCanHave_RemovesNothing()
    {
        await MakeAsync("a", null);

        (await _test.Store.CleanupAsync(new() { OlderThan = TimeSpan.MaxValue })).ShouldBe(new CleanupResult(0, 0, false));
        (await _test.Store.CleanupAsync(new() { OlderThan = TimeSpan.FromDays(1_000_000) })).ShouldBe(new CleanupResult(0, 0, false));
    }

    [Fact]
    public async Task Cleanup_OfOldThreads_SparesThoseThatWaitForAPerson()
    {
        await MakeAsync("old", null);
        await MakeAsync("old and deleted", null);
        await _test.Store.Thread("old and deleted").DeleteAsync();
        await _test.CommitAsync("waiting", session => session.Status = ThreadStatus.WaitingForApproval);
        await _test.CommitAsync("asking", session => session.Status = ThreadStatus.WaitingForInput);
        await _test.CommitAsync("user", session => session.User.Set("city", "Oslo"), new() { UserId = "ann" });
        _test.Clock.Advance(Hour * 2);
        await MakeAsync("young", null);

        (await _test.Store.CleanupAsync(new() { OlderThan = Hour })).ShouldBe(new CleanupResult(0, 2, false));
        (await RemainingAsync()).ShouldBe(["asking", "waiting", "young"], ignoreOrder: true);
        (await _test.Store.CleanupAsync(new() { OlderThan = Hour, IncludeWaiting = true })).ShouldBe(new CleanupResult(0, 2, false));
        (await RemainingAsync()).ShouldBe(["young"]);
        (await _test.Store.CleanupAsync(new() { OlderThan = TimeSpan.Zero, AllTenants = true })).Old.ShouldBe(0);
        (await _test.Store.OpenAsync("b", new() { UserId = "ann" })).User.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Cleanup_DryRun_CountsAndRemovesNothing()
    {
        await MakeAsync("expired", Hour);
        await MakeAsync("old", null);
        _test.Clock.Advance(Hour * 2);

        (await _test.Store.CleanupAsync(new() { OlderThan = Hour, DryRun = true })).ShouldBe(new CleanupResult(1, 1, true));

        (await _test.EntriesAsync("expired")).Count.ShouldBe(1);
        (await _test.EntriesAsync("old")).Count.ShouldBe(1);
        _test.Faults.CountOf(LogCall.Erase).ShouldBe(0);
    }

    [Fact]
    public async Task Cleanup_LooksAtTheStoresTenantUnlessToldOtherwise()
    {
        foreach (var tenant in new[] { "", "acme", "umbrella" })
        {
            var store = tenant.Length == 0 ? _test.Store.ForDefaultTenant() : _test.Store.ForTenant(tenant);
            await store.UpdateAsync("a", session => session.Say("1"));
            await store.Thread("a").ExtendAsync(Hour);
        }

        _test.Clock.Advance(Hour);

        (await _test.Store.ForTenant("acme").CleanupAsync()).Expired.ShouldBe(1);
        (await _test.Store.CleanupAsync(new() { AllTenants = true })).Expired.ShouldBe(2);
    }

    [Fact]
    public async Task Cleanup_OfManyThreads_MeetsThemAll()
    {
        await Parallel.ForAsync(0, 1200, async (i, cancellationToken) =>
        {
            await _test.Store.UpdateAsync("thread " + i, session => session.Say("1"), cancellationToken: cancellationToken);
            await _test.Store.Thread("thread " + i).ExtendAsync(Hour, cancellationToken);
        });
        _test.Clock.Advance(Hour);

        (await _test.Store.CleanupAsync()).Expired.ShouldBe(1200);
    }

    [Theory, InlineData("commit"), InlineData("extend")]
    public async Task Cleanup_AThreadThatIsUsedMeanwhile_Stays(string use)
    {
        await MakeAsync("a", Hour);
        _test.Clock.Advance(Hour);
        _test.Faults.Next(LogCall.Erase).RunsBefore(async () =>
        {
            await _test.Memory.SetExpiryAsync(ThreadKey.Of("a"), null);
            if (use == "commit")
            {
                await new AgentStateStore(_test.Memory).UpdateAsync("a", session => session.Say("2"));
                await _test.Memory.SetExpiryAsync(ThreadKey.Of("a"), _test.Clock.GetUtcNow());
            }
        });

        (await _test.Store.CleanupAsync()).Expired.ShouldBe(0);

        (await _test.EntriesAsync("a")).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Cleanup_WithANegativeAge_IsRefused()
        => await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await _test.Store.CleanupAsync(new() { OlderThan = -Hour }));

    private async Task MakeAsync(ThreadId id, TimeSpan? lifetime)
    {
        await _test.CommitAsync(id, session => session.Say("1"));
        await _test.Store.Thread(id).ExtendAsync(lifetime);
    }

    private async Task<List<string>> RemainingAsync()
        => await _test.Store.ListAsync(new() { Deleted = DeletedFilter.Include }).Select(thread => thread.Id.Value).Where(id => id != "user").ToListAsync();
}

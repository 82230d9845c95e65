using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Stores;

public sealed class EraseUserTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Erase_TakesEverythingOfTheUser_AndNothingElse()
    {
        await FillAsync();

        (await _test.Store.EraseUserAsync("ann", dryRun: true)).ShouldBe(new(3, 0, 0, true, true));
        (await _test.Store.EraseUserAsync("ann")).ShouldBe(new(3, 0, 0, true, false));

        (await _test.Store.ListAsync(new() { Deleted = DeletedFilter.Include }).Select(thread => thread.Id.Value).ToListAsync()).ShouldBe(["bob's", "nobody's"], ignoreOrder: true);
        (await _test.Memory.GetHeadAsync(ThreadKey.Of(ThreadSpace.Users, "", "ann"))).ShouldBeNull();
        (await _test.Memory.GetHeadAsync(ThreadKey.Of(ThreadSpace.Users, "", "bob"))).ShouldNotBeNull();
        (await _test.Store.ForTenant("acme").Thread("ann's").GetInfoAsync()).ShouldNotBeNull();
        (await _test.Store.EraseUserAsync("ann")).ShouldBe(new(0, 0, 0, false, false));
    }

    [Fact]
    public async Task WhatListingsLeaveOut_IsCounted_ByAllThatGoOverAllThreads()
    {
        await FillAsync();
        _test.Log.Damaged = ThreadKey.Of("ann's");

        var erased = await _test.Store.EraseUserAsync("ann");
        (erased.IsComplete, erased.Unreadable).ShouldBe((false, 1));
        (await _test.Store.TrimAsync(new RetentionPolicy { KeepVersions = 1 })).Failed.ShouldBe(1);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        (await _test.Store.CleanupAsync(new() { OlderThan = TimeSpan.FromDays(1) })).Failed.ShouldBe(1);

        _test.Log.Damaged = null;
        (await _test.Store.EraseUserAsync("ann")).ShouldBe(new(1, 0, 0, false, false));
    }

    [Fact]
    public async Task Erase_TakesForksAndTrunksAlong_WhoeverOwnsTheForks()
    {
        await FillAsync();
        var fork = await ForkAsync("ann's", "fork of bob's");
        var trunkLife = (await _test.Memory.GetHeadAsync(ThreadKey.Of("ann's too")))!.Life;
        await ForkAsync("ann's too", "another fork");
        await _test.Store.Thread("ann's too").EraseAsync();
        var trunk = ThreadKey.Trunk(ThreadKey.Of("ann's too"), trunkLife);
        (await _test.Memory.GetHeadAsync(trunk)).ShouldNotBeNull();

        (await _test.Store.EraseUserAsync("ann", dryRun: true)).ShouldBe(new(2, 2, 1, true, true));
        (await _test.Store.EraseUserAsync("ann")).ShouldBe(new(2, 2, 1, true, false));

        (await _test.Memory.GetHeadAsync(fork)).ShouldBeNull();
        (await _test.Memory.GetHeadAsync(trunk)).ShouldBeNull();
    }

    [Fact]
    public async Task Threads_OfTheUser_CannotBeginUntilItIsDone()
    {
        await FillAsync();
        _test.Faults.Nth(2, LogCall.Erase).FailsBefore();
        await Should.ThrowAsync<StoreUnavailableException>(async () => await _test.Store.EraseUserAsync("ann"));

        foreach (var loadUser in new[] { true, false })
        {
            var session = await _test.Store.OpenAsync("new", new() { UserId = "ann", LoadUser = loadUser });
            session.Say("x");
            (await Should.ThrowAsync<ThreadAccessDeniedException>(async () => await session.CommitAsync())).Message.ShouldContain("being erased");
        }

        await _test.Store.EraseUserAsync("ann");
        await _test.Store.UpdateAsync("new", session => session.Say("x"), new() { UserId = "ann" });
    }

    [Fact]
    public async Task Erase_OfOnlyTheVariables_LeavesTheThreads()
    {
        await FillAsync();

        (await _test.Store.EraseUserVariablesAsync("ann")).ShouldBeTrue();

        (await _test.Store.Thread("ann's").GetInfoAsync()).ShouldNotBeNull();
        (await _test.Store.OpenAsync("ann's", new() { UserId = "ann" })).User.Count.ShouldBe(0);
    }

    private async Task FillAsync()
    {
        foreach (var (id, user) in new (string Id, string? User)[] { ("ann's", "ann"), ("ann's too", "ann"), ("ann's, deleted", "ann"), ("bob's", "bob"), ("nobody's", null) })
        {
            await _test.Store.UpdateAsync(id, session => session.Say("x"), new() { UserId = user, LoadUser = false });
        }

        await _test.Store.Thread("ann's, deleted").DeleteAsync();
        await _test.Store.ForTenant("acme").UpdateAsync("ann's", session => session.Say("x"), new() { UserId = "ann" });
        await _test.Store.UpdateUserAsync("ann", user => user.Set("city", "Oslo"));
        await _test.Store.UpdateUserAsync("bob", user => user.Set("city", "Rome"));
    }

    // A thread that shows another one, by the contract of the log alone.
    private async Task<ThreadKey> ForkAsync(string source, string id)
    {
        await _test.Store.UpdateAsync(id, session => session.Say("mine"), new() { UserId = "bob", LoadUser = false });
        var (key, fork) = (ThreadKey.Of(source), (await _test.Memory.GetHeadAsync(ThreadKey.Of(id)))!);
        (await _test.Memory.UpdateHeadAsync(new() { Key = key, AddPins = [new() { Key = fork.Key, Life = fork.Life, From = 1, To = 1 }] })).ShouldNotBeNull();
        return fork.Key;
    }
}

using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Stores;

public sealed class AgentStateStoreDeleteTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Delete_AThread_HidesItFromEveryReadAndWrite()
    {
        await _test.CommitAsync("a", session => session.Say("1"));

        (await _test.Store.Thread("a").DeleteAsync()).ShouldBeTrue();

        (await _test.Store.Thread("a").GetInfoAsync()).ShouldBeNull();
        (await _test.Store.LoadAsync("a")).ShouldBeNull();
        (await _test.Store.LoadAsync("a", 1)).ShouldBeNull();
        (await _test.Store.Thread("a").LogAsync().ToListAsync()).ShouldBeEmpty();
        (await _test.Store.ListAsync().ToListAsync()).ShouldBeEmpty();
        (await _test.Store.Thread("a").ExtendAsync(TimeSpan.FromHours(1))).ShouldBeFalse();
        (await _test.Store.Thread("a").DeleteAsync()).ShouldBeFalse();
        (await Should.ThrowAsync<ThreadNotFoundException>(async () => await _test.Store.OpenAsync("a"))).IsDeleted.ShouldBeTrue();
        await Should.ThrowAsync<ThreadNotFoundException>(async () => await _test.Store.UpdateAsync("a", session => session.Say("2")));
        await Should.ThrowAsync<ThreadNotFoundException>(async () => await _test.Store.SaveAsync("a", new()));
        (await _test.EntriesAsync("a")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Delete_UnderASessionThatIsOpen_IsAConflictForIt()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Say("1");
        await session.CommitAsync();
        await _test.Store.Thread("a").DeleteAsync();
        session.Say("2");

        await Should.ThrowAsync<CommitConflictException>(async () => await session.CommitAsync());

        (await _test.EntriesAsync("a")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task RestoreDeleted_BringsBackEverything()
    {
        await _test.CommitAsync(
            "a",
            session =>
            {
                session.Say("1");
                session.Variables.Set("name", "Ann");
                session.Status = ThreadStatus.Completed;
            },
            new() { UserId = "ann", Agent = "Billing" });
        await _test.Store.Thread("a").DeleteAsync();

        (await _test.Store.Thread("a").RestoreDeletedAsync()).ShouldBeTrue();

        var state = (await _test.Store.LoadAsync("a"))!;
        (state.Version, state.UserId, state.Agent, state.Status).ShouldBe((3, "ann", "Billing", ThreadStatus.Completed));
        state.Messages.Texts().ShouldBe(["1"]);
        (await _test.Store.Thread("a").GetInfoAsync())!.DeletedAt.ShouldBeNull();
        (await _test.CommitAsync("a", session => session.Say("2"))).Version.ShouldBe(4);
        (await _test.Store.Thread("a").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task RestoreDeleted_WhatIsNotDeleted_DoesNothing()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        _test.Log.Reset();

        (await _test.Store.Thread("a").RestoreDeletedAsync()).ShouldBeFalse();
        (await _test.Store.Thread("b").RestoreDeletedAsync()).ShouldBeFalse();
        (await _test.Store.Thread("b").DeleteAsync()).ShouldBeFalse();

        _test.Log.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Delete_ManyAtOnce_DeletesOnce()
    {
        await _test.CommitAsync("a", session => session.Say("1"));

        var deleted = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => await _test.Another().Thread("a").DeleteAsync())));

        deleted.Count(done => done).ShouldBe(1);
        (await _test.EntriesAsync("a")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Delete_WhileOthersWrite_IsDoneAfterThem()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        _test.Faults.Next(LogCall.Append).RunsBefore(async () => await _test.Another().UpdateAsync("a", session => session.Say("2")));

        (await _test.Store.Thread("a").DeleteAsync()).ShouldBeTrue();

        (await _test.Store.Thread("a").GetInfoAsync()).ShouldBeNull();
        await _test.Store.Thread("a").RestoreDeletedAsync();
        (await _test.TextsAsync("a")).ShouldBe(["1", "2"]);
    }

    [Fact]
    public async Task Erase_AThread_LeavesNothing()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        await _test.CommitAsync("b", session => session.Say("1"));
        await _test.Store.Thread("b").DeleteAsync();

        (await _test.Store.Thread("a").EraseAsync()).ShouldBeTrue();
        (await _test.Store.Thread("b").EraseAsync()).ShouldBeTrue();

        (await _test.Store.Thread("a").EraseAsync()).ShouldBeFalse();
        (await _test.Store.Thread("b").RestoreDeletedAsync()).ShouldBeFalse();
        (await _test.EntriesAsync("a")).ShouldBeEmpty();
        (await _test.EntriesAsync("b")).ShouldBeEmpty();
        (await _test.CommitAsync("a", session => session.Say("anew"))).Version.ShouldBe(1);
        (await _test.TextsAsync("a")).ShouldBe(["anew"]);
    }
}

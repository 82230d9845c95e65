using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Threads;

/// <summary>Threads that belong to another one: found by name, listed by index, erased with it when that is asked for.</summary>
public sealed class ChildThreadTests
{
    private readonly TestStore _test = new();

    private ThreadHandle Parent => _test.Store.Thread("user-42/chat-7");

    [Fact]
    public void Child_OfTheSameName_IsTheSameThread()
    {
        Parent.Child("research").Id.ShouldBe(ThreadId.Of("user-42/chat-7", "research"));
        Parent.Child("research").Id.ShouldBe(_test.Another().Thread("user-42/chat-7").Child("research").Id);
        Parent.Child("a/b").Id.ShouldNotBe(Parent.Child("a").Child("b").Id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\u0000b")]
    [InlineData("\ud800")]
    [InlineData("../../x")]
    [InlineData("%child-")]
    public async Task Child_OfAnyName_CanBegin(string name)
    {
        await BeginParentAsync();
        await CommitAsync(Parent.Child(name));

        (await Parent.ChildrenAsync().SingleAsync()).Id.ShouldBe(Parent.Child(name).Id);
    }

    [Fact]
    public async Task Child_OfAVeryLongName_OrVeryDeep_CanBegin()
    {
        await BeginParentAsync();
        var thread = Parent;
        for (var depth = 0; depth < 6; depth++)
        {
            thread = thread.Child(new string('/', 400 + depth));
            await CommitAsync(thread);
        }

        (await thread.GetInfoAsync())!.ParentId.ShouldNotBeNull();
        System.Text.Encoding.UTF8.GetByteCount(thread.Id.Value).ShouldBeLessThanOrEqualTo(512);
    }

    [Fact]
    public void Child_OfDifferentNames_HasDifferentIds()
    {
        string[] parts = ["", "/", "%", "%2F", "%25", "%25child-", "a", "a/", "\0", "\ud800", "é", "e\u0301", new('x', 300)];
        var names = (from first in parts from second in parts select first + second).Distinct().ToList();
        var parents = parts.Where(part => ThreadId.TryParse(part, out _)).Select(part => _test.Store.Thread(part)).ToList();

        parents.SelectMany(parent => names.Select(name => parent.Child(name).Id)).Distinct().Count().ShouldBe(parents.Count * names.Count);
    }

    [Fact]
    public async Task Child_IsRecordedWithItsFirstCommit_AndListedWithoutReadingLogs()
    {
        await BeginParentAsync("ann");
        await using (var turn = await Parent.Child("a").BeginTurnAsync("look it up"))
        {
            await turn.CompleteAsync();
        }

        await Parent.Child("b").SubmitTurnAsync([new(ChatRole.User, "look it up")]);
        await (await Parent.Child("c").AcquireAsync()).DisposeAsync();
        await _test.Store.UpdateAsync(Parent.Child("d").Id, session => session.Say("x"), new() { ParentId = Parent.Id });
        await _test.Store.UpdateAsync("user-42/other", session => session.Say("x"));
        await Parent.Child("a").Child("deeper").SubmitTurnAsync([new(ChatRole.User, "look it up")]);
        _test.Log.Reset();

        var children = await Parent.ChildrenAsync().ToListAsync();

        (_test.Log.TailReads, _test.Log.EntryReads, _test.Log.Calls).ShouldBe((0, 0, 1));
        children.Select(child => child.Id).ShouldBe(new[] { "a", "b", "c", "d" }.Select(name => Parent.Child(name).Id), ignoreOrder: true);
        children.ShouldAllBe(child => child.ParentId == Parent.Id && child.UserId == "ann");
        (await Parent.Child("a").ChildrenAsync().SingleAsync()).UserId.ShouldBe("ann");
        (await Parent.GetInfoAsync())!.ParentId.ShouldBeNull();
        (await _test.Store.Thread("user-42/other").GetInfoAsync())!.ParentId.ShouldBeNull();
    }

    [Fact]
    public async Task Child_ThatNothingIsDoneIn_IsNotStored()
    {
        await BeginParentAsync();
        var session = await _test.Store.OpenAsync(Parent.Child("a").Id, new() { ParentId = Parent.Id });

        session.HasChanges.ShouldBeFalse();
        (await session.CommitAsync()).IsEmpty.ShouldBeTrue();
        (await Parent.ChildrenAsync().AnyAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task Child_StaysAChild_WhateverBecomesOfIt()
    {
        await BeginParentAsync();
        var child = Parent.Child("a");
        await CommitAsync(child);
        await _test.Store.UpdateAsync(child.Id, session => session.Say(new string('x', 40_000)));
        await _test.Store.SaveAsync(child.Id, new AgentState { Agent = "other" });
        await child.ResetAsync();
        await child.DeleteAsync();
        await child.RestoreDeletedAsync();
        var copy = new AgentStateStore(new InMemoryCommitLog());
        await _test.Store.CopyToAsync(copy);

        (await child.GetInfoAsync())!.ParentId.ShouldBe(Parent.Id);
        (await child.VerifyAsync())!.IsIntact.ShouldBeTrue();
        (await copy.Thread(Parent.Id).ChildrenAsync().SingleAsync()).ParentId.ShouldBe(Parent.Id);
    }

    [Fact]
    public async Task Child_OfNoThread_DoesNotBegin()
    {
        (await Should.ThrowAsync<ThreadNotFoundException>(async () => await Parent.Child("a").BeginTurnAsync("x"))).Key.Id.ShouldBe(Parent.Id);
        await BeginParentAsync("ann");
        await Should.ThrowAsync<ThreadAccessDeniedException>(async () => await Parent.Child("a").BeginTurnAsync("x", new() { UserId = "bob" }));
        await Should.ThrowAsync<ThreadNotFoundException>(async () => await _test.Store.ForUser("bob").Thread(Parent.Id).Child("a").BeginTurnAsync("x"));
        await Should.ThrowAsync<ArgumentException>(async () => await _test.Store.OpenAsync("a", new() { ParentId = "a" }));
        await Parent.DeleteAsync();
        (await Should.ThrowAsync<ThreadNotFoundException>(async () => await Parent.Child("a").BeginTurnAsync("x"))).IsDeleted.ShouldBeTrue();

        (await _test.Memory.GetHeadAsync(ThreadKey.Of(Parent.Child("a").Id))).ShouldBeNull();
    }

    [Fact]
    public async Task Children_OfAUser_AreSeenByThatUserAlone_AndErasedWithThem()
    {
        await BeginParentAsync("ann");
        await CommitAsync(Parent.Child("a"));

        (await _test.Store.ForUser("ann").Thread(Parent.Id).ChildrenAsync().CountAsync()).ShouldBe(1);
        (await _test.Store.ForUser("bob").Thread(Parent.Id).ChildrenAsync().CountAsync()).ShouldBe(0);
        (await _test.Store.ForUser("bob").Thread(Parent.Id).EraseAsync(new() { Children = true })).ShouldBeFalse();
        (await _test.Store.EraseUserAsync("ann")).Threads.ShouldBe(2);
        (await _test.Store.ListAsync().AnyAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task Erase_LeavesChildren_UnlessTheyAreToGo()
    {
        await BeginParentAsync();
        await CommitAsync(Parent.Child("a"));
        await CommitAsync(Parent.Child("a").Child("deeper"));
        await CommitAsync(Parent.Child("deleted"));
        await Parent.Child("deleted").DeleteAsync();
        await CommitAsync(Parent.Child("expired"));
        await Parent.Child("expired").ExtendAsync(TimeSpan.FromMinutes(1));
        await _test.Store.UpdateAsync("other", session => session.Say("x"));
        _test.Clock.Advance(TimeSpan.FromHours(1));

        (await Parent.EraseAsync()).ShouldBeTrue();
        (await Parent.ChildrenAsync().CountAsync()).ShouldBe(1);

        (await Parent.EraseAsync(new() { Children = true })).ShouldBeTrue();
        (await Parent.EraseAsync(new() { Children = true })).ShouldBeFalse();
        (await HeadsAsync()).ShouldBe(["other"]);
    }

    [Fact]
    public async Task Erase_ThatWasCutOff_IsFinishedByTheNextOne()
    {
        await BeginParentAsync();
        foreach (var name in new[] { "a", "b", "c" })
        {
            await CommitAsync(Parent.Child(name));
            await CommitAsync(Parent.Child(name).Child("deeper"));
        }

        foreach (var nth in new[] { 1, 2, 3 })
        {
            _test.Faults.Nth(nth, LogCall.Erase).FailsBefore();
            await Should.ThrowAsync<StoreUnavailableException>(async () => await Parent.EraseAsync(new() { Children = true }));
        }

        (await HeadsAsync()).Count.ShouldBe(4);
        (await Parent.GetInfoAsync()).ShouldNotBeNull();
        _test.Faults.Heal();
        (await Parent.EraseAsync(new() { Children = true })).ShouldBeTrue();
        (await HeadsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Erase_AlsoTakesAChildThatBeginsMeanwhile()
    {
        await BeginParentAsync();
        await CommitAsync(Parent.Child("a"));
        _test.Faults.Nth(2, LogCall.Erase).RunsBefore(async () => await CommitAsync(Parent.Child("late")));

        await Parent.EraseAsync(new() { Children = true });

        (await HeadsAsync()).ShouldBeEmpty();
    }

    private async Task BeginParentAsync(string? user = null) => await _test.Store.UpdateAsync(Parent.Id, session => session.Say("hi"), new() { UserId = user });

    private static async Task CommitAsync(ThreadHandle child)
    {
        await using var turn = await child.BeginTurnAsync("x");
        await turn.CompleteAsync();
    }

    private async Task<List<string>> HeadsAsync() => await _test.Memory.ListAllAsync(new()
    {
        Space = ThreadSpace.Threads,
        AsOf = _test.Clock.GetUtcNow(),
        Expired = ExpiredFilter.Include,
        Filter = new() { Deleted = DeletedFilter.Include },
    }).Select(head => head.Key.Id.Value).ToListAsync();
}

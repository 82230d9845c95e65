using System.Text.Json;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Stores;

public sealed class AgentStateStoreResetTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Reset_AThread_EmptiesItAndKeepsItsOwnerAndItsVersions()
    {
        await MakeAsync();
        var before = (await _test.Store.LoadAsync("a"))!;

        var commit = await _test.Store.Thread("a").ResetAsync();

        (commit.Version, commit.Reason, commit.Status, commit.ChangedHistory).ShouldBe((2, "reset", ThreadStatus.Idle, true));
        (await _test.Store.LoadAsync("a")).ShouldBe(new AgentState { Thread = "a", Version = 2, UserId = "ann" });
        (await _test.Store.LoadAsync("a", 1)).ShouldBe(before);
        var info = (await _test.Store.Thread("a").GetInfoAsync())!;
        (info.MessageCount, info.Metadata.Count, info.Agent, info.Status, info.UserId).ShouldBe((0, 0, null, ThreadStatus.Idle, "ann"));
        (await _test.EntriesAsync("a")).Count.ShouldBe(2);
        (await _test.Store.Thread("a").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task Reset_ThenSay_BeginsAgainUnderTheSameId()
    {
        await MakeAsync();
        await _test.Store.Thread("a").ResetAsync();

        await _test.CommitAsync("a", session => session.Say("again"), new() { UserId = "ann" });

        (await _test.TextsAsync("a")).ShouldBe(["again"]);
        await Should.ThrowAsync<ThreadAccessDeniedException>(async () => await _test.Store.OpenAsync("a", new() { UserId = "bob" }));
    }

    [Fact]
    public async Task Reset_CanBeUndone_BySavingAnEarlierVersion()
    {
        await MakeAsync();
        var before = (await _test.Store.LoadAsync("a"))!;
        await _test.Store.Thread("a").ResetAsync();

        var saved = await _test.Store.SaveAsync("a", (await _test.Store.LoadAsync("a", 1))!, SaveMode.Replace);

        (saved.State with { Version = 1 }).ShouldBe(before);
    }

    [Fact]
    public async Task Reset_ADeletedThread_BringsItBackEmptyInOneCommit()
    {
        await MakeAsync();
        await _test.Store.Thread("a").DeleteAsync();

        var commit = await _test.Store.Thread("a").ResetAsync();

        (commit.Version, commit.Deleted).ShouldBe((3, false));
        (await _test.Store.LoadAsync("a")).ShouldBe(new AgentState { Thread = "a", Version = 3, UserId = "ann" });
        (await _test.Store.Thread("a").GetInfoAsync())!.DeletedAt.ShouldBeNull();
        (await _test.Store.Thread("a").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task Reset_WhatIsEmptyOrNotThere_WritesNothing()
    {
        await MakeAsync();
        await _test.Store.Thread("a").ResetAsync();
        _test.Log.Reset();

        (await _test.Store.Thread("a").ResetAsync()).IsEmpty.ShouldBeTrue();
        (await _test.Store.Thread("b").ResetAsync()).IsEmpty.ShouldBeTrue();

        _test.Log.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Reset_AnExpiredThread_DoesNotBringItBack()
    {
        await MakeAsync();
        await _test.Store.Thread("a").ExtendAsync(TimeSpan.FromMinutes(1));
        _test.Clock.Advance(TimeSpan.FromMinutes(2));

        (await _test.Store.Thread("a").ResetAsync()).IsEmpty.ShouldBeTrue();

        (await _test.Store.Thread("a").GetInfoAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Reset_WhileOthersWrite_IsDoneAfterThem()
    {
        await MakeAsync();
        _test.Faults.Next(LogCall.Append).RunsBefore(async () => await _test.Another().UpdateAsync("a", session => session.Variables.Set("late", 1)));

        (await _test.Store.Thread("a").ResetAsync()).Version.ShouldBe(3);

        (await _test.Store.LoadAsync("a"))!.Variables.ShouldBeEmpty();
        (await _test.Store.LoadAsync("a", 2))!.Variables.ContainsKey("late").ShouldBeTrue();
    }

    [Fact]
    public async Task Reset_WhenTheAnswerIsLost_IsNotWrittenTwice()
    {
        await MakeAsync();
        _test.Faults.Next(LogCall.Append).FailsAfter();

        (await _test.Store.Thread("a").ResetAsync()).Version.ShouldBe(2);

        (await _test.EntriesAsync("a")).Count.ShouldBe(2);
    }

    private async Task MakeAsync()
    {
        await _test.CommitAsync(
            "a",
            session =>
            {
                session.Say("hello");
                session.Variables.Set("name", "Ann");
                session.Metadata.Set("topic", JsonElement.Parse("\"x\""));
                session.Tools["search"].Set("cursor", 7);
                session.Todos.Add("reply");
                session.Goals.Add("help");
                session.Decisions.Add("reply at once", "it is urgent");
                session.Status = ThreadStatus.Completed;
            },
            new() { UserId = "ann", Agent = "Billing" });
    }
}

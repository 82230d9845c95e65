using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.TimeMachine;

/// <summary>A restore is a commit whose state is that of the point; nothing is lost by it.</summary>
public sealed class RestoreTests
{
    private readonly TestStore _test = new();

    private ThreadHandle Thread => _test.Store.Thread("a");

    [Fact]
    public async Task Restore_AnEarlierVersion_IsACommitWithItsState()
    {
        await _test.CommitAsync("a", Fill, new() { UserId = "ann", Agent = "Billing" });
        var then = await JsonAsync();
        await _test.CommitAsync("a", ChangeAll, new() { Agent = "Support" });
        var before = await JsonAsync();

        var commit = await Thread.RestoreAsync(1, new() { By = "ops", Reason = "went wrong" });

        (commit.Version, commit.Restores, commit.By, commit.Reason).ShouldBe((3, 1, "ops", "went wrong"));
        (await JsonAsync()).ShouldBe(then);
        (await JsonAsync(2)).ShouldBe(before);
        (await Thread.LogAsync().FirstAsync()).Restores.ShouldBe(1);
        (await Thread.VerifyAsync())!.Problems.ShouldBeEmpty();
        (await Thread.GetInfoAsync())!.Metadata.Get("topic", "").ShouldBe("refund");
    }

    [Fact]
    public async Task Restore_ForwardAgain_BringsBackWhatWasRolledBack()
    {
        await _test.CommitAsync("a", Fill);
        await _test.CommitAsync("a", ChangeAll);
        await _test.CommitAsync("a", session => session.Say("more"));
        var before = await JsonAsync();

        await Thread.RestoreAsync(1);
        var commit = await Thread.RestoreAsync(3);

        (commit.Version, commit.Restores).ShouldBe((5, 3));
        (await JsonAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Restore_OfALongConversation_CopiesNoMessage()
    {
        for (var i = 0; i < 50; i++)
        {
            await _test.CommitAsync("a", session => session.Say(new string('x', 1_000)));
        }

        (await Thread.RestoreAsync(40)).Bytes.ShouldBeLessThan(300);

        (await _test.TextsAsync("a")).Count.ShouldBe(40);
        await _test.CommitAsync("a", session => session.Say("next"));
        (await _test.TextsAsync("a"))[^2..].ShouldBe([new string('x', 1_000), "next"]);
        (await Thread.GetInfoAsync())!.MessageCount.ShouldBe(41);
    }

    [Fact]
    public async Task Restore_VersionZero_IsTheEmptyState()
    {
        await _test.CommitAsync("a", Fill, new() { UserId = "ann", Agent = "Billing" });

        (await Thread.RestoreAsync(0)).Restores.ShouldBe(0);

        var state = (await Thread.LoadAsync())!;
        (state.Messages.Count, state.Variables.Count, state.Metadata.Count, state.Todos.Count, state.Goals.Count, state.Tools.Count, state.OtherSections.Count).ShouldBe((0, 0, 0, 0, 0, 0, 0));
        (state.Agent, state.Status, state.UserId).ShouldBe((null, ThreadStatus.Idle, "ann"));
        (await Thread.DecisionsAsync().CountAsync()).ShouldBe(0);
        await Thread.RestoreAsync(1);
        (await _test.TextsAsync("a")).ShouldBe(["refund me"]);
    }

    [Fact]
    public async Task Restore_WhatIsThere_WritesNothing()
    {
        await _test.CommitAsync("a", Fill);
        await _test.CommitAsync("a", session => session.Variables.Set("n", 2));
        await _test.CommitAsync("a", session => session.Variables.Set("n", 1));

        (await Thread.RestoreAsync(ThreadPoint.Newest)).IsEmpty.ShouldBeTrue();
        (await Thread.RestoreAsync(1)).IsEmpty.ShouldBeTrue();

        (await Thread.GetInfoAsync())!.Version.ShouldBe(3);
        await _test.CommitAsync("a", session => session.Say("more"));
        await Thread.RestoreAsync(3);
        (await Thread.RestoreAsync(3)).IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Rollback_TakesBackTheNewestCommits()
    {
        for (var i = 1; i <= 5; i++)
        {
            await _test.CommitAsync("a", session => session.Say($"{i}"));
        }

        await Thread.RollbackAsync(2);
        (await _test.TextsAsync("a")).ShouldBe(["1", "2", "3"]);
        await Thread.RollbackAsync();
        (await _test.TextsAsync("a")).ShouldBe(["1", "2", "3", "4", "5"]);
        await Should.ThrowAsync<PointNotFoundException>(async () => await Thread.RollbackAsync(8));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await Thread.RollbackAsync(0));
    }

    [Fact]
    public async Task Restore_WhereTheSameMessagesEndWithAnotherVersion_WritesNothing()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        await _test.CommitAsync("a", session => session.Say("2"));
        await _test.CommitAsync("a", session => session.Variables.Set("n", 1));
        await _test.CommitAsync("a", session => session.Say("3"));
        await Thread.RestoreAsync(2);
        await _test.CommitAsync("a", session => session.Variables.Set("n", 1));

        (await Thread.DiffAsync(ThreadPoint.Newest, 3))!.IsEmpty.ShouldBeTrue();
        (await Thread.RestoreAsync(3)).IsEmpty.ShouldBeTrue();
        (await Thread.RestoreAsync(4)).IsEmpty.ShouldBeFalse();
        (await _test.TextsAsync("a")).ShouldBe(["1", "2", "3"]);
    }

    [Fact]
    public async Task Rollback_AgainAndAgain_PilesUpNothing()
    {
        await _test.CommitAsync("a", session => session.Say("first"));
        for (var i = 0; i < 100; i++)
        {
            await _test.CommitAsync("a", session => session.Say("try"));
            await Thread.RollbackAsync();
        }

        (await _test.TextsAsync("a")).ShouldBe(["first"]);
        (await _test.BodiesAsync("a"))[^1].ShouldContain("""
            "history":[[1,1],[201,null]]
            """.Trim());
    }

    [Fact]
    public async Task Restore_WithAnOpenSession_IsAConflictForIt()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        await _test.CommitAsync("a", session => session.Variables.Set("n", 2));
        var session = await _test.Store.OpenAsync("a");
        session.Say("mine");
        session.Variables.Set("n", 3);

        await Thread.RestoreAsync(1);

        await Should.ThrowAsync<CommitConflictException>(async () => await session.CommitAsync());
        (await Should.ThrowAsync<CommitConflictException>(async () => await session.RebaseAsync())).Message.ShouldContain("variables/n");
    }

    [Fact]
    public async Task Restore_OverWhatOthersCommitMeanwhile_RestoresTheSameVersion()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        await _test.CommitAsync("a", session => session.Say("2"));
        _test.Faults.Next(LogCall.Append).RunsBefore(async () => await _test.Another().UpdateAsync("a", session => session.Say("3")));

        var commit = await Thread.RollbackAsync();

        (commit.Version, commit.Restores).ShouldBe((4, 1));
        (await _test.TextsAsync("a")).ShouldBe(["1"]);
        (await Thread.LoadAsync(3))!.Messages.Texts().ShouldBe(["1", "2", "3"]);
    }

    [Fact]
    public async Task Restore_OnConditionOfAVersion_IsRefusedOnceOthersCommitted()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        await _test.CommitAsync("a", session => session.Say("2"));

        await Should.ThrowAsync<CommitConflictException>(async () => await Thread.RestoreAsync(1, new() { ExpectedVersion = 1 }));

        (await Thread.RestoreAsync(1, new() { ExpectedVersion = 2 })).Version.ShouldBe(3);
    }

    [Fact]
    public async Task Restore_OfWhatIsNotThere_IsTold()
    {
        await Should.ThrowAsync<ThreadNotFoundException>(async () => await Thread.RestoreAsync(1));
        await _test.CommitAsync("a", session => session.Say("1"));
        await Should.ThrowAsync<PointNotFoundException>(async () => await Thread.RestoreAsync(2));
        await Should.ThrowAsync<PointNotFoundException>(async () => await Thread.RestoreAsync(ThreadPoint.AtLabel("x")));
        await Thread.DeleteAsync();
        (await Should.ThrowAsync<ThreadNotFoundException>(async () => await Thread.RestoreAsync(1))).IsDeleted.ShouldBeTrue();
    }

    [Fact]
    public async Task Restore_WithAnUnknownOutcome_IsWrittenOnce()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        await _test.CommitAsync("a", session => session.Say("2"));
        _test.Faults.Next(LogCall.Append).FailsAfter();

        (await Thread.RestoreAsync(1)).Version.ShouldBe(3);

        (await Thread.GetInfoAsync())!.Version.ShouldBe(3);
    }

    [Fact]
    public async Task Restore_ToBeforeAResult_LeavesItsCallOpen()
    {
        await _test.CommitAsync("a", session => session.Say("go"));
        await _test.CommitAsync("a", session => session.History.Add(Conversations.Call("c")));
        await _test.CommitAsync("a", session => session.History.Add(Conversations.Result("c")));

        await Thread.RestoreAsync(2);

        await using (var turn = await Thread.BeginTurnAsync("and now?"))
        {
            (await Thread.LoadAsync())!.Messages.Names().ShouldBe(["go", "call c", "result c", "and now?"]);
            await turn.CompleteAsync();
        }

        (await Thread.VerifyAsync())!.Problems.ShouldBeEmpty();
        await Thread.RestoreAsync(3);
        (await Thread.LoadAsync())!.Messages.Names().ShouldBe(["go", "call c", "result c"]);
        (await _test.Store.OpenAsync("a")).State.State.OpenCalls.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Save_OfAStateBeforeAResult_LeavesItsCallOpen()
    {
        await _test.CommitAsync("a", session => session.History.Add(Conversations.Call("c")));
        var then = (await Thread.LoadAsync())!;
        await _test.CommitAsync("a", session => session.History.Add(Conversations.Result("c")));

        await _test.Store.SaveAsync("a", then, SaveMode.Replace);

        (await _test.Store.OpenAsync("a")).State.State.OpenCalls.Calls.Select(call => call.Id).ShouldBe(["c"]);
    }

    [Fact]
    public async Task Restore_InAUsersView_SeesOnlyTheUsersThreads()
    {
        await _test.CommitAsync("a", session => session.Say("1"), new() { UserId = "ann" });
        await _test.CommitAsync("a", session => session.Say("2"));

        await Should.ThrowAsync<ThreadNotFoundException>(async () => await _test.Store.ForUser("bob").Thread("a").RestoreAsync(1));
        (await _test.Store.ForUser("ann").Thread("a").RestoreAsync(1)).Version.ShouldBe(3);
    }

    private async Task<string> JsonAsync(ThreadPoint point = default) => ((await Thread.LoadAsync(point))! with { Version = null, Position = null }).ToJson();

    private static void Fill(ThreadSession session)
    {
        session.Say("refund me");
        session.Variables.Set("n", 1);
        session.Variables.Set("list", new[] { 1, 2 });
        session.Metadata.Set("topic", "refund");
        session.Tools["search"].Set("cursor", 7);
        session.Section("mine").Set("x", "y");
        session.Todos.Put(new() { Id = "t", Content = "refund" });
        session.Goals.Put(new() { Id = "g", Text = "make them happy" });
        session.Decisions.Add("refund", "it broke");
        session.Records.Put("report", "first");
        session.Status = ThreadStatus.WaitingForInput;
    }

    private static void ChangeAll(ThreadSession session)
    {
        session.Say("thanks", "bye");
        session.Variables.Set("n", 2);
        session.Variables.Append("list", 3);
        session.Variables.Set("new", true);
        session.Metadata.Remove("topic");
        session.Tools["search"].Remove("cursor");
        session.Tools["mail"].Set("sent", true);
        session.Section("mine").Set("x", "z");
        session.Todos.SetStatus("t", TodoStatus.Completed);
        session.Todos.Add("another");
        session.Goals.Remove("g");
        session.Status = ThreadStatus.Completed;
    }
}

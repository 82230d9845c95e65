using Holdfast.Logs;
using Holdfast.Tests.Chat;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Turns;

/// <summary>What happens to turns when their thread is deleted or reset.</summary>
public sealed class DeletedThreadTests
{
    private readonly TestStore _test = new();

    private ThreadHandle Thread => _test.Store.Thread("chat");

    [Theory, InlineData(true), InlineData(false)]
    public async Task ARunningTurn_IsFencedOff_WhenItsThreadIsDeletedOrReset(bool deletes)
    {
        await using var turn = await Thread.BeginTurnAsync("hi", new() { Key = "k" });
        if (deletes)
        {
            await Thread.DeleteAsync();
            await Thread.RestoreDeletedAsync();
        }
        else
        {
            await Thread.ResetAsync();
        }

        await Should.ThrowAsync<LeaseLostException>(async () => await turn.AddAsync([new(Microsoft.Extensions.AI.ChatRole.Assistant, "late")]));

        var info = (await Thread.GetInfoAsync())!;
        info.Status.ShouldBe(ThreadStatus.Idle);
        (await _test.Memory.GetHeadAsync(ThreadKey.Of("chat")))!.DueAt.ShouldBeNull();
        await using var replay = await Thread.BeginTurnAsync("hi", new() { Key = "k" });
        (replay.IsReplay, replay.State).ShouldBe((true, TurnState.Cancelled));
    }

    [Fact]
    public async Task APendingQuestion_IsWithdrawn_WhenItsThreadIsDeleted()
    {
        await using (var turn = await Thread.BeginTurnAsync("hi"))
        {
            await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.AskAsync(new() { Name = "colour", Prompt = "?" }));
        }

        await Thread.DeleteAsync();

        (await _test.Store.Interrupts.ListAsync().CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task AKey_IsAnsweredAfterAReset()
    {
        var model = new ScriptedModel("hello");
        await using (var turn = await Thread.BeginTurnAsync("hi", new() { Key = "k" }))
        {
            await turn.ReplyAsync(model);
            await turn.CompleteAsync();
        }

        await Thread.ResetAsync();
        await using var again = await Thread.BeginTurnAsync("hi", new() { Key = "k" });

        again.IsReplay.ShouldBeTrue();
        again.Reply.Texts().ShouldBe(["hello"]);
        (await _test.Store.OpenAsync("chat")).History.Count.ShouldBe(0);
    }

    [Fact]
    public async Task WhatWasSaidAndNotRead_IsInTheConversation_WhenItsThreadIsRestored()
    {
        var running = await Thread.BeginTurnAsync("one");
        await running.AddAsync([Conversations.Call("a")]);
        await Thread.SubmitTurnAsync([new(Microsoft.Extensions.AI.ChatRole.User, "two")], new() { Key = "k" });
        await Thread.DeleteAsync();
        await Thread.RestoreDeletedAsync();

        (await (await _test.Store.OpenAsync("chat")).History.LastAsync(10)).Names().ShouldBe(["one", "call a", "result a", "two"]);
        var again = await Thread.SubmitTurnAsync([new(Microsoft.Extensions.AI.ChatRole.User, "two")], new() { Key = "k" });
        (again.State, again.Error).ShouldBe((TurnState.Cancelled, "the thread was deleted"));
    }

    [Fact]
    public async Task AQueuedTurn_IsCancelled_WhenItsThreadIsReset()
    {
        await Thread.SubmitTurnAsync([new(Microsoft.Extensions.AI.ChatRole.User, "two")], new() { Key = "k" });
        await Thread.ResetAsync();

        await using var again = await Thread.BeginTurnAsync("two", new() { Key = "k" });

        (again.IsReplay, again.State, again.Reply.Count).ShouldBe((true, TurnState.Cancelled, 0));
        (await _test.TextsAsync("chat")).ShouldBeEmpty();
    }
}

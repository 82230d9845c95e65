using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Chat;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Turns;

public sealed class TurnTests
{
    private readonly TestStore _test = new();

    private ThreadHandle Thread => _test.Store.Thread("chat");

    [Fact]
    public async Task AMessage_IsDurableBeforeTheModelIsCalled()
    {
        List<string>? stored = null;
        var model = new ScriptedModel(_ => new(new ChatMessage(ChatRole.Assistant, "hello")));
        await using var turn = await Thread.BeginTurnAsync("hi");
        stored = await _test.TextsAsync("chat");
        await turn.ReplyAsync(model);

        stored.ShouldBe(["hi"]);
        model.Received.Single().Texts().ShouldBe(["hi"]);
        (await turn.CompleteAsync()).ShouldBe(TurnState.Completed);
        turn.Reply[^1].Text.ShouldBe("hello");
        (await _test.TextsAsync("chat")).ShouldBe(["hi", "hello"]);
    }

    [Fact]
    public async Task Status_FollowsTheTurn()
    {
        var turn = await Thread.BeginTurnAsync("hi");
        (await StatusAsync()).ShouldBe(ThreadStatus.Thinking);
        await turn.AddAsync([Conversations.Call("a")]);
        (await StatusAsync()).ShouldBe(ThreadStatus.UsingTool);
        await turn.AddAsync([Conversations.Result("a")]);
        (await StatusAsync()).ShouldBe(ThreadStatus.Thinking);
        await turn.CompleteAsync();
        (await StatusAsync()).ShouldBe(ThreadStatus.Idle);
        var head = (await _test.Memory.GetHeadAsync(ThreadKey.Of("chat")))!;
        head.DueAt.ShouldBeNull();
        head.Terms.ShouldBeEmpty();
    }

    [Fact]
    public async Task ATurnThatRuns_IsDueWhenItsLeaseEnds()
    {
        await using var turn = await Thread.BeginTurnAsync("hi", new() { Lease = TimeSpan.FromSeconds(30) });

        (await _test.Memory.GetHeadAsync(ThreadKey.Of("chat")))!.DueAt.ShouldBe(_test.Clock.GetUtcNow() + TimeSpan.FromSeconds(30));
        turn.Token.ShouldBe(1);
    }

    [Fact]
    public async Task TheSameKey_OneAfterTheOther_RunsOnceAndGivesTheRecordedReply()
    {
        var model = new ScriptedModel("hello");
        await RunAsync("hi", "k1", model);

        await using var again = await Thread.BeginTurnAsync("hi", new() { Key = "k1" });

        again.IsReplay.ShouldBeTrue();
        again.State.ShouldBe(TurnState.Completed);
        again.Reply.Texts().ShouldBe(["hello"]);
        (await again.CompleteAsync()).ShouldBe(TurnState.Completed);
        model.Received.Count.ShouldBe(1);
        (await _test.TextsAsync("chat")).ShouldBe(["hi", "hello"]);
    }

    [Fact]
    public async Task TheSameKey_TwiceAtOnce_RunsOnceAndBothGetTheReply()
    {
        var model = new ScriptedModel("hello");
        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            await using var turn = await Thread.BeginTurnAsync("hi", new() { Key = "k1" });
            if (!turn.IsReplay)
            {
                await turn.ReplyAsync(model);
            }

            await turn.CompleteAsync();
            return turn.Reply[^1].Text;
        })));

        replies.ShouldAllBe(reply => reply == "hello");
        model.Received.Count.ShouldBe(1);
        (await _test.TextsAsync("chat")).ShouldBe(["hi", "hello"]);
    }

    [Fact]
    public async Task TheSameKey_AfterAFailure_ResumesTheTurn()
    {
        await using (var turn = await Thread.BeginTurnAsync("hi", new() { Key = "k" }))
        {
            await turn.FailAsync(new InvalidOperationException("no luck"));
        }

        (await StatusAsync()).ShouldBe(ThreadStatus.Failed);
        var failed = await Thread.TurnsAsync().FirstAsync();
        (failed.State, failed.Error).ShouldBe((TurnState.Failed, "InvalidOperationException: no luck"));
        await using var again = await Thread.BeginTurnAsync("hi", new() { Key = "k" });

        (again.IsResumed, again.Attempt).ShouldBe((true, 2));
        await again.ReplyAsync(new ScriptedModel("hello"));
        await again.CompleteAsync();
        (await _test.TextsAsync("chat")).ShouldBe(["hi", "hello"]);
    }

    [Fact]
    public async Task TheSameKey_AfterAFailureAndAnotherTurn_ResumesWithItsSteps()
    {
        var runs = 0;
        await using (var turn = await Thread.BeginTurnAsync("hi", new() { Key = "k" }))
        {
            await turn.RunOnceAsync("charge", (_, _) => Task.FromResult(++runs));
            await turn.FailAsync(new InvalidOperationException("no luck"));
        }

        await RunAsync("other", null, new ScriptedModel("fine"));
        await using var again = await Thread.BeginTurnAsync("hi", new() { Key = "k" });

        again.IsResumed.ShouldBeTrue();
        (await again.RunOnceAsync("charge", (_, _) => Task.FromResult(++runs))).ShouldBe(1);
        await again.ReplyAsync(new ScriptedModel("late"));
        await again.CompleteAsync();
        (await _test.TextsAsync("chat")).ShouldBe(["hi", "other", "fine", "late"]);
    }

    [Fact]
    public async Task TheSameKey_AfterAnotherTurnAnsweredItsCalls_AsksTheModelAgain()
    {
        await using (var turn = await Thread.BeginTurnAsync("hi", new() { Key = "k" }))
        {
            await turn.AddAsync([Conversations.Call("a")]);
        }

        await using (var other = await Thread.BeginTurnAsync("hello?"))
        {
            await other.CompleteAsync();
        }

        var model = new ScriptedModel("done");
        await using var again = await Thread.BeginTurnAsync("hi", new() { Key = "k" });
        (await again.ReplyAndCompleteAsync(model)).Text.ShouldBe("done");

        model.Received.Count.ShouldBe(1);
        (await _test.Store.OpenAsync("chat")).OpenCalls.ShouldBeEmpty();
    }

    [Fact]
    public async Task ATurnThatFailsAgainAndAgain_EndsAfterItsAttempts()
    {
        for (var i = 0; i < 3; i++)
        {
            await using var turn = await Thread.BeginTurnAsync("hi", new() { Key = "k", MaxAttempts = 3 });
            turn.Attempt.ShouldBe(i + 1);
        }

        await using var last = await Thread.BeginTurnAsync("hi", new() { Key = "k", MaxAttempts = 3 });

        (last.IsReplay, last.State).ShouldBe((true, TurnState.Failed));
        (await _test.TextsAsync("chat")).ShouldBe(["hi"]);
    }

    [Fact]
    public async Task DisposingWithoutOutcome_FailsAndIsResumable()
    {
        await (await Thread.BeginTurnAsync("hi", new() { Key = "k" })).DisposeAsync();

        var info = await Thread.TurnsAsync().SingleAsync();
        info.State.ShouldBe(TurnState.Failed);
        await using var again = await Thread.BeginTurnAsync("hi", new() { Key = "k" });
        again.IsResumed.ShouldBeTrue();
    }

    [Fact]
    public async Task Cancel_AnswersOpenCallsAndEndsTheTurn()
    {
        await using var turn = await Thread.BeginTurnAsync("hi", new() { Key = "k" });
        await turn.AddAsync([Conversations.Call("a", "b")]);
        await turn.CancelAsync("changed my mind");

        turn.State.ShouldBe(TurnState.Cancelled);
        (await _test.Store.OpenAsync("chat")).State.State.OpenCalls.Calls.ShouldBeEmpty();
        (await Thread.TurnsAsync().SingleAsync()).Error.ShouldBe("changed my mind");
        await Should.ThrowAsync<TurnEndedException>(async () => await turn.AddAsync([new(ChatRole.User, "more")]));
        await using var replay = await Thread.BeginTurnAsync("hi", new() { Key = "k" });
        (replay.IsReplay, replay.State).ShouldBe((true, TurnState.Cancelled));
    }

    [Fact]
    public async Task Usage_OfATurn_IsTheSumOfItsReplies()
    {
        await using var turn = await Thread.BeginTurnAsync("hi");
        await turn.AddAsync([Conversations.Call("a")], new() { InputTokenCount = 10, OutputTokenCount = 1, TotalTokenCount = 11 });
        await turn.AddAsync([Conversations.Result("a")]);
        await turn.AddAsync([new(ChatRole.Assistant, "done")], new() { InputTokenCount = 20, TotalTokenCount = 20 });
        await turn.CompleteAsync();

        var usage = (await Thread.TurnsAsync().SingleAsync()).Usage!;
        (usage.InputTokenCount, usage.OutputTokenCount, usage.TotalTokenCount).ShouldBe((30, 1, 31));
    }

    [Fact]
    public async Task Turns_AreListedNewestFirst_AcrossManyCommits()
    {
        for (var i = 0; i < 5; i++)
        {
            await RunAsync("hi " + i, "k" + i, new ScriptedModel("x"));
        }

        await using var open = await Thread.BeginTurnAsync("now", new() { Key = "now", By = "ann" });
        var turns = await Thread.TurnsAsync().ToListAsync();

        turns.Select(turn => turn.Key).ShouldBe(["now", "k4", "k3", "k2", "k1", "k0"]);
        (turns[0].State, turns[0].By, turns[0].FirstVersion).ShouldBe((TurnState.Running, "ann", 16));
        turns[1].LastVersion.ShouldBe(15);
        (await Thread.LogAsync().FirstAsync()).Turn.ShouldBe(open.Id);
    }

    [Fact]
    public async Task KnownMessages_AreNotAddedAgain()
    {
        await using var turn = await Thread.BeginTurnAsync([new ChatMessage(ChatRole.User, "hi") { MessageId = "m1" }]);
        ChatMessage[] messages = [Conversations.Call("a"), Conversations.Result("a"), new(ChatRole.Assistant, "done") { MessageId = "m2" }];
        await turn.AddAsync(messages);
        await turn.AddAsync([messages[1], messages[2]]);
        await turn.CompleteAsync();
        await using var next = await Thread.BeginTurnAsync([new ChatMessage(ChatRole.User, "hi") { MessageId = "m1" }, new ChatMessage(ChatRole.User, "more") { MessageId = "m3" }]);

        (await _test.Store.OpenAsync("chat")).History.Count.ShouldBe(5);
    }

    [Fact]
    public async Task AThreadDeletedMeanwhile_RefusesTheTurn()
    {
        await using var turn = await Thread.BeginTurnAsync("hi");
        await Thread.EraseAsync();

        await Should.ThrowAsync<LeaseLostException>(async () => await turn.AddAsync([new(ChatRole.Assistant, "late")]));

        turn.Stopping.IsCancellationRequested.ShouldBeTrue();
        (await Thread.GetInfoAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task OthersMaySetVariables_WhileATurnRuns()
    {
        await using var turn = await Thread.BeginTurnAsync("hi");
        turn.Session.Variables.Set("mine", 1);
        await _test.Store.UpdateAsync("chat", session => session.Variables.Set("theirs", 2));
        await turn.AddAsync([new(ChatRole.Assistant, "done")]);
        await turn.CompleteAsync();

        var session = await _test.Store.OpenAsync("chat");
        session.Variables.Keys.ShouldBe(["theirs", "mine"], ignoreOrder: true);
        (await _test.TextsAsync("chat")).ShouldBe(["hi", "done"]);
    }

    [Fact]
    public async Task ASession_BeginsATurnOfItsThread_ForItsUser()
    {
        var session = await _test.Store.OpenAsync("chat", new() { UserId = "ann" });
        await using (var turn = await session.BeginTurnAsync("hi", new() { Key = "k" }))
        {
            await turn.CompleteAsync();
        }

        (await Thread.GetInfoAsync())!.UserId.ShouldBe("ann");
        await session.RebaseAsync();
        session.History.Count.ShouldBe(1);
        session.Say("more");
        await Should.ThrowAsync<InvalidOperationException>(async () => await session.BeginTurnAsync("again"));
    }

    [Fact]
    public async Task ATurnThatNobodyHoldsAnyMore_GivesNoSignOfLife()
    {
        var turn = await DropAsync();
        await Conditions.UntilAsync(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return !turn.IsAlive;
        });

        _test.Clock.Advance(TimeSpan.FromMinutes(5));
        (await _test.Memory.GetHeadAsync(ThreadKey.Of("chat")))!.Heartbeat.ShouldBe(0);
    }

    [Theory, InlineData(false, 9), InlineData(true, 8)]
    public async Task ATurn_WithThreeToolCallsAndTwoSteps_CostsFewAppends(bool endsWithReply, int appends)
    {
        var tool = DurableFunction.Create((string x) => x, new() { Name = "tool" });
        var model = new ScriptedModel(messages => messages[^1].Role == ChatRole.User ? new(Conversations.Call("a", "b", "c")) : new(new ChatMessage(ChatRole.Assistant, "done")));
        await using var turn = await Thread.BeginTurnAsync("hi", new() { Key = "k" });
        await turn.RunOnceAsync("one", (_, _) => Task.FromResult(1));
        await turn.RunOnceAsync("two", (_, _) => Task.FromResult(2));
        await (endsWithReply ? turn.ReplyAndCompleteAsync(model, new() { Tools = [tool] }) : turn.ReplyAsync(model, new() { Tools = [tool] }));
        await turn.CompleteAsync();

        _test.Log.Requests.Count.ShouldBe(appends);
        turn.State.ShouldBe(TurnState.Completed);
        (await _test.TextsAsync("chat"))[^1].ShouldBe("done");
    }

    [Fact]
    public async Task ReplyAndComplete_EndsWithTheReply_AlsoWhenItIsResumed()
    {
        await using (var turn = await Thread.BeginTurnAsync("hi", new() { Key = "k" }))
        {
            await turn.ReplyAsync(new ScriptedModel("hello"));
        }

        await using (var again = await Thread.BeginTurnAsync("hi", new() { Key = "k" }))
        {
            (await again.ReplyAndCompleteAsync(new ScriptedModel("never"))).Text.ShouldBe("hello");
            again.State.ShouldBe(TurnState.Completed);
        }

        await using var replay = await Thread.BeginTurnAsync("hi", new() { Key = "k" });
        (replay.IsReplay, replay.Reply.Texts().Single()).ShouldBe((true, "hello"));
    }

    [Fact]
    public async Task ReplyAndComplete_OfWhichItIsNotKnownWhetherItIsStored_IsThereOnce()
    {
        await using (var turn = await Thread.BeginTurnAsync("hi", new() { Key = "k" }))
        {
            _test.Faults.Next(LogCall.Append).FailsAfter(new ObjectDisposedException("the connection"));
            await Should.ThrowAsync<ObjectDisposedException>(async () => await turn.ReplyAndCompleteAsync(new ScriptedModel("hello")));
            turn.State.ShouldBe(TurnState.Running);
        }

        await using var again = await Thread.BeginTurnAsync("hi", new() { Key = "k" });

        (again.IsReplay, again.Reply.Texts().Single()).ShouldBe((true, "hello"));
        (await _test.TextsAsync("chat")).ShouldBe(["hi", "hello"]);
    }

    [Fact]
    public async Task AMessageThatWasNotStored_IsNotPartOfTheReply()
    {
        var test = new TestStore(options => options.MaxCommitBytes = 100_000);
        await using var turn = await test.Store.Thread("chat").BeginTurnAsync("hi");

        await Should.ThrowAsync<StateTooLargeException>(async () => await turn.AddAsync([new(ChatRole.Assistant, new string('x', 200_000))]));
        turn.Reply.ShouldBeEmpty();
        await turn.AddAsync([new(ChatRole.Assistant, "short")]);

        turn.Reply.Texts().ShouldBe(["short"]);
        (await test.TextsAsync("chat")).ShouldBe(["hi", "short"]);
    }

    [Fact]
    public async Task AMessageOfWhichItIsNotKnownWhetherItIsStored_IsAddedOnce()
    {
        await using var turn = await Thread.BeginTurnAsync("hi");
        var message = new ChatMessage(ChatRole.Assistant, "hello") { MessageId = "m1" };
        _test.Faults.Next(LogCall.Append, 5).FailsAfter(new ObjectDisposedException("the connection"));
        await Should.ThrowAsync<ObjectDisposedException>(async () => await turn.AddAsync([message]));
        turn.Reply.ShouldBeEmpty();
        _test.Faults.Heal();

        await turn.AddAsync([message]);

        turn.Reply.Texts().ShouldBe(["hello"]);
        (await _test.TextsAsync("chat")).ShouldBe(["hi", "hello"]);
    }

    [Fact]
    public async Task TheLog_SaysWhatTurnsChanged_AndNothingOfTheEnginesOwn()
    {
        await using var turn = await Thread.BeginTurnAsync("hi", new() { Key = "k" });
        turn.Session.Variables.Set("x", 1);
        turn.Session.User.Set("language", "de");
        turn.Session.Records.Put("report", "long");
        await turn.RunOnceAsync("step", (_, _) => Task.FromResult(1));
        await turn.CompleteAsync();

        var commits = await Thread.LogAsync().ToListAsync();
        commits.SelectMany(commit => commit.Set).ShouldBe(["variables/x", "user/language", "records/report"], ignoreOrder: true);
        commits.SelectMany(commit => commit.Removed).ShouldBeEmpty();
    }

    [Fact]
    public void TurnsThatNobodyHoldsAnyMore_AreNotKeptInMind()
    {
        var signals = new StopSignals();
        for (var i = 0; i < 1000; i++)
        {
            signals.Add("turn " + i, new Dropped());
            if (i % 100 == 99)
            {
                GC.Collect();
            }
        }

        signals.Count.ShouldBeLessThan(500);
    }

    private sealed class Dropped : IStoppable
    {
        public void Cancel(string reason)
        {
        }
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private async Task<WeakReference> DropAsync() => new((await Thread.BeginTurnAsync("hi")).Running);

    private async Task RunAsync(string text, string? key, ScriptedModel model)
    {
        await using var turn = await Thread.BeginTurnAsync(text, new() { Key = key });
        await turn.ReplyAsync(model);
        await turn.CompleteAsync();
    }

    private async Task<ThreadStatus> StatusAsync() => (await Thread.GetInfoAsync())!.Status;
}

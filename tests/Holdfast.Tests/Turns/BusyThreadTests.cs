using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Turns;

/// <summary>A second message while a turn runs.</summary>
public sealed class BusyThreadTests
{
    private readonly TestStore _test = new();

    private ThreadHandle Thread => _test.Store.Thread("chat");

    [Fact]
    public async Task ASecondMessage_IsRejected()
    {
        await using var first = await Thread.BeginTurnAsync("one");

        var error = await Should.ThrowAsync<TurnBusyException>(async () => await Thread.BeginTurnAsync("two", new() { WhenBusy = WhenBusy.Reject }));

        error.Turn.ShouldBe(first.Id);
        error.Code.ShouldBe("turn-busy");
        (await _test.TextsAsync("chat")).ShouldBe(["one"]);
    }

    [Fact]
    public async Task SecondMessages_AreQueuedInOrder_AndNeverFallBetweenCallAndResult()
    {
        var first = await Thread.BeginTurnAsync("one");
        await first.AddAsync([Conversations.Call("a")]);
        var second = Thread.BeginTurnAsync("two").AsTask();
        await QueuedAsync(1);
        var third = Thread.BeginTurnAsync("three").AsTask();
        await QueuedAsync(2);
        await first.AddAsync([Conversations.Result("a"), new(ChatRole.Assistant, "did one")]);
        await first.CompleteAsync();
        await using (var turn = await second)
        {
            third.IsCompleted.ShouldBeFalse();
            await turn.AddAsync([new(ChatRole.Assistant, "did two")]);
            await turn.CompleteAsync();
        }

        await using var last = await third;
        await last.CompleteAsync();

        var names = (await (await _test.Store.OpenAsync("chat")).History.LastAsync(100)).Names();
        names.ShouldBe(["one", "call a", "result a", "did one", "two", "did two", "three"]);
    }

    [Fact]
    public async Task ASecondMessage_InterruptsTheFirst()
    {
        var first = await Thread.BeginTurnAsync("one");
        var second = Thread.BeginTurnAsync("two", new() { WhenBusy = WhenBusy.Interrupt }).AsTask();
        await Until(() => first.Stopping.IsCancellationRequested);
        await first.DisposeAsync();
        await using var turn = await second;

        (await Thread.TurnsAsync().ToListAsync()).Single(info => info.Id == first.Id).State.ShouldBe(TurnState.Cancelled);
        (await _test.TextsAsync("chat")).ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task ASecondMessage_FencesOffAFirstThatDoesNotStop()
    {
        var first = await Thread.BeginTurnAsync("one");
        var second = Thread.BeginTurnAsync("two", new() { WhenBusy = WhenBusy.Interrupt }).AsTask();
        await Until(() => first.Stopping.IsCancellationRequested);
        _test.Clock.Advance(TimeSpan.FromSeconds(11));
        await using var turn = await second;

        await Should.ThrowAsync<LeaseLostException>(async () => await first.AddAsync([new(ChatRole.Assistant, "late")]));
        (await _test.TextsAsync("chat")).ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task ASecondMessage_RunsInParallel()
    {
        await using var first = await Thread.BeginTurnAsync("one");
        await using var second = await Thread.BeginTurnAsync("two", new() { WhenBusy = WhenBusy.Parallel });
        await first.AddAsync([new(ChatRole.Assistant, "did one")]);
        await second.AddAsync([new(ChatRole.Assistant, "did two")]);
        await second.CompleteAsync();
        await first.CompleteAsync();

        (await _test.TextsAsync("chat")).ShouldBe(["one", "two", "did one", "did two"]);
        (await Thread.TurnsAsync().CountAsync(turn => turn.State == TurnState.Completed)).ShouldBe(2);
    }

    [Fact]
    public async Task CallsOfAParallelTurn_AreNotAnsweredByOthers()
    {
        await using var parallel = await Thread.BeginTurnAsync("one", new() { WhenBusy = WhenBusy.Parallel });
        await parallel.AddAsync([Conversations.Call("a")]);
        await using (var other = await Thread.BeginTurnAsync("two"))
        {
            await other.AddAsync([Conversations.Call("b")]);
            await other.CancelAsync("enough");
        }

        await using (var third = await Thread.BeginTurnAsync("three"))
        {
            await third.CompleteAsync();
        }

        (await _test.Store.OpenAsync("chat")).OpenCalls.Select(call => call.CallId).ShouldBe(["a"]);
        await parallel.AddAsync([Conversations.Result("a")]);
        (await parallel.CompleteAsync()).ShouldBe(TurnState.Completed);
        (await _test.Store.OpenAsync("chat")).OpenCalls.ShouldBeEmpty();
    }

    [Fact]
    public async Task AParallelTurn_ThatIsBegunOnceMore_IsItsNewRunners()
    {
        var options = new TurnOptions { Key = "k", WhenBusy = WhenBusy.Parallel };
        await using var first = await Thread.BeginTurnAsync("one", options);
        await using var second = await _test.Another().Thread("chat").BeginTurnAsync("one", options);
        (second.Id, second.IsResumed, second.Attempt).ShouldBe((first.Id, true, 2));

        await Should.ThrowAsync<LeaseLostException>(async () => await first.RunOnceAsync("step", (_, _) => Task.CompletedTask));
        await second.RunOnceAsync("step", (_, _) => Task.CompletedTask);

        (await second.CompleteAsync()).ShouldBe(TurnState.Completed);
    }

    [Fact]
    public async Task AParallelTurn_ThatWaited_IsGoneOnWithByAWorker_LikeAnyOther()
    {
        await using (var turn = await Thread.BeginTurnAsync("one", new() { WhenBusy = WhenBusy.Parallel }))
        {
            await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.DelayAsync("nap", TimeSpan.FromHours(1)));
            await turn.CompleteAsync();
        }

        _test.Clock.Advance(TimeSpan.FromHours(2));
        await using var resumed = (await LookAsync(_test.Store)).ShouldNotBeNull();

        (await HeadAsync()).DueAt.ShouldBe(_test.Clock.GetUtcNow() + TimeSpan.FromSeconds(60));
    }

    /// <summary>Only who holds the lease is known to live or not.</summary>
    [Fact]
    public async Task AParallelTurn_ThatAWorkerGoesOnWithBesideAnOpenQuestion_IsTakenOverWhenTheWorkerDies()
    {
        await using (var asking = await Thread.BeginTurnAsync("one"))
        {
            await Should.ThrowAsync<TurnSuspendedException>(async () => await asking.AskAsync(new() { Name = "colour", Prompt = "Which colour?" }));
        }

        await using (var turn = await Thread.BeginTurnAsync("two", new() { WhenBusy = WhenBusy.Parallel }))
        {
            await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.DelayAsync("nap", TimeSpan.FromHours(1)));
        }

        _test.Clock.Advance(TimeSpan.FromHours(2));
        var dead = (await LookAsync(_test.Store)).ShouldNotBeNull();
        _test.Faults.Every(LogCall.UpdateHead).FailsBefore();
        var other = _test.Another();
        (await LookAsync(other)).ShouldBeNull();
        _test.Clock.Advance(TimeSpan.FromMinutes(2));
        await using var next = (await LookAsync(other)).ShouldNotBeNull();

        (next.Id, next.Attempt).ShouldBe((dead.Id, 2));
        await Should.ThrowAsync<LeaseLostException>(async () => await dead.AddAsync([new(ChatRole.Assistant, "late")]));
        (await next.CompleteAsync()).ShouldBe(TurnState.Completed);
        (await _test.Store.Interrupts.ListAsync().SingleAsync()).Name.ShouldBe("colour");
    }

    /// <summary>What waits need not be stopped.</summary>
    [Fact]
    public async Task AMessageThatInterrupts_StopsTheTurnThatRuns_BesideOneThatWaits()
    {
        await using (var asking = await Thread.BeginTurnAsync("one"))
        {
            await Should.ThrowAsync<TurnSuspendedException>(async () => await asking.AskAsync(new() { Name = "colour", Prompt = "Which colour?" }));
        }

        await using (var turn = await Thread.BeginTurnAsync("two", new() { WhenBusy = WhenBusy.Parallel }))
        {
            await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.DelayAsync("nap", TimeSpan.FromHours(1)));
        }

        _test.Clock.Advance(TimeSpan.FromHours(2));
        await using var running = (await LookAsync(_test.Store)).ShouldNotBeNull();
        var three = Thread.BeginTurnAsync("three", new() { WhenBusy = WhenBusy.Interrupt }).AsTask();
        await Until(async () => await Thread.LogAsync().AnyAsync(commit => commit.Reason == "turn to be cancelled"));

        (await Thread.LogAsync().FirstAsync(commit => commit.Reason == "turn to be cancelled")).Turn.ShouldBe(running.Id);
        await Until(() => running.Stopping.IsCancellationRequested);
        await running.CancelAsync("stopped");
        await using var begun = await three;
        begun.State.ShouldBe(TurnState.Running);
    }

    /// <summary>One that runs sees to its deadlines itself; one that failed goes on when it is begun once more.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AParallelTurn_ThatRunsOrFailed_MakesNobodyElseLookAtItsDeadlines(bool fails)
    {
        var options = new TurnOptions { Key = "k", WhenBusy = WhenBusy.Parallel };
        await using (var turn = await Thread.BeginTurnAsync("one", options))
        {
            await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.AskAsync(new() { Name = "colour", Prompt = "Which colour?", Time = TimeSpan.FromMinutes(1) }));
        }

        (await HeadAsync()).DueAt.ShouldBe(_test.Clock.GetUtcNow() + TimeSpan.FromMinutes(1));
        _test.Clock.Advance(TimeSpan.FromMinutes(2));
        await using var resumed = await Thread.BeginTurnAsync("one", options);
        if (fails)
        {
            await resumed.FailAsync(new InvalidOperationException("no model"));
        }

        (await Thread.TurnsAsync().SingleAsync()).State.ShouldBe(fails ? TurnState.Failed : TurnState.Running);
        (await HeadAsync()).DueAt.ShouldBeNull();
    }

    [Fact]
    public async Task WhoStopsWaiting_LeavesTheQueue()
    {
        await using var first = await Thread.BeginTurnAsync("one");
        using var stop = new CancellationTokenSource();
        var second = Thread.BeginTurnAsync("two", null, stop.Token).AsTask();
        await QueuedAsync(1);
        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(second);
        (await Thread.TurnsAsync().CountAsync(turn => turn.State == TurnState.Queued)).ShouldBe(0);
    }

    [Fact]
    public async Task AQueuedMessage_OfADeadCaller_IsJoinedToTheNextTurn()
    {
        var first = await Thread.BeginTurnAsync("one");
        using var stop = new CancellationTokenSource();
        var second = Thread.BeginTurnAsync("two", null, stop.Token).AsTask();
        await QueuedAsync(1);
        _test.Faults.Every(LogCall.Append).FailsBefore();
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(second);
        _test.Faults.Heal();
        await first.CompleteAsync();
        _test.Clock.Advance(TimeSpan.FromMinutes(3));
        await using var third = await Thread.BeginTurnAsync("three");

        (await _test.TextsAsync("chat")).ShouldBe(["one", "two", "three"]);
    }

    [Fact]
    public async Task TheQueue_HasAnEnd()
    {
        await using var first = await Thread.BeginTurnAsync("one");
        for (var i = 0; i < TurnQueue.Most; i++)
        {
            await Thread.SubmitTurnAsync([new(ChatRole.User, "more " + i)]);
        }

        await Should.ThrowAsync<TurnQueueFullException>(async () => await Thread.SubmitTurnAsync([new(ChatRole.User, "too much")]));
        await Should.ThrowAsync<TurnQueueFullException>(async () => await Thread.BeginTurnAsync("too much"));
    }

    [Fact]
    public async Task ASubmittedTurn_IsKnownByItsKey()
    {
        var submitted = await Thread.SubmitTurnAsync([new(ChatRole.User, "later")], new() { Key = "k" });
        var again = await Thread.SubmitTurnAsync([new(ChatRole.User, "later")], new() { Key = "k" });

        again.Id.ShouldBe(submitted.Id);
        (await _test.Memory.GetHeadAsync(ThreadKey.Of("chat")))!.DueAt.ShouldNotBeNull();
        await using var turn = await Thread.BeginTurnAsync("later", new() { Key = "k" });
        turn.Id.ShouldBe(submitted.Id);
        (await _test.TextsAsync("chat")).ShouldBe(["later"]);
    }

    [Fact]
    public async Task AQueuedTurnThatWasCancelled_DoesNotRun_WhenItIsDeliveredOnceMore()
    {
        var submitted = await Thread.SubmitTurnAsync([new(ChatRole.User, "later")], new() { Key = "k" });
        (await Thread.CancelTurnAsync(submitted.Id, "changed my mind")).ShouldBeTrue();
        (await Thread.CancelTurnAsync(submitted.Id)).ShouldBeFalse();

        var waited = await Thread.WaitForTurnAsync(submitted.Id);
        (waited.State, waited.Error).ShouldBe((TurnState.Cancelled, "changed my mind"));
        (await Thread.SubmitTurnAsync([new(ChatRole.User, "later")], new() { Key = "k" })).State.ShouldBe(TurnState.Cancelled);
        await using var again = await Thread.BeginTurnAsync("later", new() { Key = "k" });
        (again.IsReplay, again.State, again.Reply.Count).ShouldBe((true, TurnState.Cancelled, 0));
        (await _test.TextsAsync("chat")).ShouldBeEmpty();
    }

    [Fact]
    public async Task ATurnIsNotBegunWithoutAText()
    {
        await Should.ThrowAsync<ArgumentNullException>(async () => await Thread.BeginTurnAsync((string)null!));
        await Should.ThrowAsync<ArgumentNullException>(async () => await (await _test.Store.OpenAsync("chat")).BeginTurnAsync((string)null!));
    }

    [Fact]
    public async Task ATurnWhoseHolderIsSilent_IsTakenOver_AndItsFormerHolderWritesNothing()
    {
        var dead = await Thread.BeginTurnAsync("one", new() { Key = "k", Lease = TimeSpan.FromSeconds(10) });
        await dead.AddAsync([Conversations.Call("a")]);
        var other = _test.Another();
        var waiting = other.Thread("chat").BeginTurnAsync("two", new() { Lease = TimeSpan.FromSeconds(10) }).AsTask();
        await QueuedAsync(1);
        _test.Faults.Every(LogCall.UpdateHead).FailsBefore();
        _test.Clock.Advance(TimeSpan.FromSeconds(11));
        await using var next = await waiting;

        await Should.ThrowAsync<LeaseLostException>(async () => await dead.AddAsync([new(ChatRole.Assistant, "late")]));
        var history = await (await _test.Store.OpenAsync("chat")).History.LastAsync(10);
        history.Names().ShouldBe(["one", "call a", "result a", "two"]);
        ((FunctionResultContent)history[2].Contents[0]).Result!.ToString().ShouldBe("This call was interrupted; whether it took effect is not known.");
        (await Thread.TurnsAsync().SingleAsync(turn => turn.Key == "k")).Error!.ShouldStartWith("abandoned");
    }

    // As a worker does.
    private static async Task<Turn?> LookAsync(AgentStateStore store) => (await TurnTaking.LookAsync(store.Context, ThreadKey.Of("chat"), new(), CancellationToken.None)).Turn;

    private async Task<ThreadHead> HeadAsync() => (await _test.Memory.GetHeadAsync(ThreadKey.Of("chat")))!;

    private async Task QueuedAsync(int count)
        => await Until(async () => await Thread.TurnsAsync().CountAsync(turn => turn.State == TurnState.Queued) == count);

    private static Task Until(Func<bool> holds) => Until(() => Task.FromResult(holds()));

    private static async Task Until(Func<Task<bool>> holds)
    {
        while (!await holds())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}

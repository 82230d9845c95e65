using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Chat;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Turns;

/// <summary>Agents that other agents call as tools: each call is a turn of a child thread, which is gone on with, waits and ends as the call does.</summary>
public sealed class AgentToolTests
{
    private readonly TestStore _test = new();
    private readonly List<string> _effects = [];
    private int _asked;

    private ThreadHandle Thread => _test.Store.Thread("chat");

    private InterruptInbox Inbox => _test.Store.Interrupts;

    [Fact]
    public async Task ACall_RunsInAChildThread_OfItsOwn()
    {
        await _test.Store.UpdateAsync("chat", session => session.Agent = "triage", new() { UserId = "ann" });

        (await RunAsync(_test.Store, depth: 1, needsApproval: false)).ShouldBe(TurnState.Completed);

        (await TextsAsync("chat")).ShouldBe(["pay 20", "call agent-1", "result agent-1", "agent 0 says: paid"]);
        var child = await Thread.ChildrenAsync().SingleAsync();
        (child.UserId, child.Agent, child.Status).ShouldBe(("ann", "triage", ThreadStatus.Idle));
        (await TextsAsync(child.Id)).ShouldBe(["pay 20", "call pay", "result pay", "paid"]);
        (await _test.Store.Thread(child.Id).LogAsync().Select(commit => commit.By).Distinct().SingleAsync()).ShouldBe("agent-1");
        var turn = await _test.Store.Thread(child.Id).TurnsAsync().SingleAsync();
        (turn.State, turn.Parent).ShouldBe((TurnState.Completed, (await Thread.TurnsAsync().SingleAsync()).Id));
        _effects.Count.ShouldBe(1);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public async Task AnApprovalInside_SuspendsAllAbove_AndTheToolRunsOnce(int depth)
    {
        (await RunAsync(_test.Store, depth, needsApproval: true)).ShouldBe(TurnState.Interrupted);

        var asked = await Inbox.ListAsync().SingleAsync();
        asked.Thread.ShouldNotBe(Thread.Id);
        (await Thread.GetInfoAsync())!.Status.ShouldBe(ThreadStatus.WaitingForApproval);
        (await _test.Memory.GetHeadAsync(ThreadKey.Of("chat")))!.DueAt.ShouldBeNull();
        _effects.ShouldBeEmpty();
        (await RunAsync(_test.Another(), depth, needsApproval: true)).ShouldBe(TurnState.Interrupted);
        (await Inbox.ListAsync().CountAsync()).ShouldBe(1);

        await Inbox.AnswerAsync(asked.Id, InterruptAnswer.Accept());
        (await RunAsync(_test.Another(), depth, needsApproval: true)).ShouldBe(TurnState.Completed);
        (await RunAsync(_test.Another(), depth, needsApproval: true)).ShouldBe(TurnState.Completed);

        _effects.Count.ShouldBe(1);
        (await Inbox.GetAsync(asked.Id))!.State.ShouldBe(InterruptState.Applied);
        (await HeadsAsync()).ShouldAllBe(head => head.Status == ThreadStatus.Idle && head.DueAt == null);
        (await HeadsAsync()).Count.ShouldBe(depth + 1);
    }

    [Fact]
    public async Task WhatAnAgentAsks_IsWhatTheTurnWaitsFor()
    {
        await using var turn = await Thread.BeginTurnAsync("pay 20", new() { Key = "k" });
        await Should.ThrowAsync<TurnSuspendedException>(async () => await ReplyAsync(turn, depth: 2, needsApproval: true));

        turn.State.ShouldBe(TurnState.Interrupted);
        var asked = turn.Interrupts.Single();
        (asked.Tool, asked.Thread).ShouldBe(("pay", (await Inbox.ListAsync().SingleAsync()).Thread));
    }

    [Fact]
    public async Task ACrashAnywhere_IsGoneOnWithWhereEachAgentStood()
    {
        for (var depth = 1; depth <= 2; depth++)
        {
            for (var nth = 1; nth <= 16; nth++)
            {
                foreach (var isStored in new[] { false, true })
                {
                    await CrashAsync(depth, nth, isStored);
                }
            }
        }
    }

    [Fact]
    public async Task AnAgentThatFails_FailsItsCall_AndTheModelIsTold()
    {
        var agent = DurableFunction.ForAgent(new ScriptedModel(_ => throw new HttpRequestException("no model today")), new() { Name = "agent" });
        await using var turn = await Thread.BeginTurnAsync("hi", new() { IncludeDetailedErrors = true });
        await turn.ReplyAsync(Caller("agent"), new() { Tools = [agent] });
        await turn.CompleteAsync();

        turn.Reply[^1].Text.ShouldBe("agent says: Error: no model today");
        (await _test.Store.Thread((await Thread.ChildrenAsync().SingleAsync()).Id).TurnsAsync().SingleAsync()).State.ShouldBe(TurnState.Failed);
    }

    [Fact]
    public async Task AnAgentThatFails_IsResumed_WhereItsCallIsTriedAgain()
    {
        var failures = 1;
        var agent = DurableFunction.ForAgent(
            new ScriptedModel(_ => failures-- > 0 ? throw new HttpRequestException("no model today") : new(new ChatMessage(ChatRole.Assistant, "found"))),
            new() { Name = "agent", MaxAttempts = 2 });
        await using var turn = await Thread.BeginTurnAsync("hi");
        var reply = Task.Run(async () => await turn.ReplyAsync(Caller("agent"), new() { Tools = [agent] }));
        while (!reply.IsCompleted)
        {
            _test.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        (await reply).Text.ShouldBe("agent says: found");
        (await _test.Store.Thread((await Thread.ChildrenAsync().SingleAsync()).Id).TurnsAsync().SingleAsync()).Attempt.ShouldBe(2);
    }

    [Fact]
    public async Task TheEndOfTheCallingTurn_IsThatOfItsAgents()
    {
        // Cancelled, by whoever looks at it.
        await RunAsync(_test.Store, depth: 2, needsApproval: true);
        await Thread.CancelTurnAsync((await Thread.TurnsAsync().SingleAsync()).Id, "the user pressed stop");
        (await Inbox.ListAsync().CountAsync()).ShouldBe(0);
        (await HeadsAsync()).ShouldAllBe(head => head.Status == ThreadStatus.Idle && head.DueAt == null);
        _test.Store.Thread((await HeadsAsync())[^1].Key.Id).TurnsAsync().ToBlockingEnumerable().Single().Error.ShouldBe("the user pressed stop");

        // Given way to another turn.
        await RunAsync(_test.Store, depth: 1, needsApproval: true, key: "second");
        await using (var turn = await Thread.BeginTurnAsync("never mind", new() { WhenBusy = WhenBusy.Interrupt }))
        {
            await turn.CompleteAsync();
        }

        (await Inbox.ListAsync().CountAsync()).ShouldBe(0);
        _effects.ShouldBeEmpty();
    }

    [Fact]
    public async Task ACallerThatCancels_CancelsTheAgentsToo()
    {
        using var stop = new CancellationTokenSource();
        var agent = DurableFunction.ForAgent(
            new ScriptedModel(_ =>
            {
                stop.Cancel();
                throw new OperationCanceledException(stop.Token);
            }),
            new() { Name = "agent" });
        await using var turn = await Thread.BeginTurnAsync("hi");
        await Should.ThrowAsync<OperationCanceledException>(async () => await turn.ReplyAsync(Caller("agent"), new() { Tools = [agent] }, stop.Token));
        await turn.CancelAsync("the caller left");

        var child = (await Thread.ChildrenAsync().SingleAsync()).Id;
        (await _test.Store.Thread(child).TurnsAsync().SingleAsync()).State.ShouldBe(TurnState.Cancelled);
    }

    [Fact]
    public async Task WhatTheUserSaysMeanwhile_ComesAfterTheAgentsResult()
    {
        await RunAsync(_test.Store, depth: 1, needsApproval: true);
        foreach (var text in new[] { "hurry", "please" })
        {
            await using var turn = await Thread.BeginTurnAsync(text);
            turn.IsResumed.ShouldBeTrue();
            await Should.ThrowAsync<TurnSuspendedException>(async () => await ReplyAsync(turn, depth: 1, needsApproval: true));
        }

        await Inbox.AnswerAsync((await Inbox.ListAsync().SingleAsync()).Id, InterruptAnswer.Accept());
        (await RunAsync(_test.Store, depth: 1, needsApproval: true)).ShouldBe(TurnState.Completed);

        (await TextsAsync("chat")).ShouldBe(["pay 20", "call agent-1", "result agent-1", "hurry", "please", "agent 0 says: paid"]);
        _effects.Count.ShouldBe(1);
    }

    [Fact]
    public async Task TwoAgentsAtOnce_EachHaveAThread_AndTheTurnWaitsForBoth()
    {
        var caller = new ScriptedModel(messages => messages[^1].Role == ChatRole.Tool
            ? new(new ChatMessage(ChatRole.Assistant, "all done"))
            : new(new ChatMessage(ChatRole.Assistant, [Call("agent", "a"), Call("agent", "b")])));
        var pays = new ScriptedModel(messages => new(messages[^1].Role == ChatRole.Tool ? new ChatMessage(ChatRole.Assistant, "paid") : new(ChatRole.Assistant, [new FunctionCallContent("pay", "pay", new Dictionary<string, object?>())])));
        var agent = DurableFunction.ForAgent(new Together(pays, 2), new() { Name = "agent" }, new() { Tools = [Pay(needsApproval: true)] });
        for (var round = 0; round < 3; round++)
        {
            await using var turn = await _test.Another().Thread("chat").BeginTurnAsync("hi", new() { Key = "k", ConcurrentTools = true });
            try
            {
                await turn.ReplyAsync(caller, new() { Tools = [agent] });
                (await turn.CompleteAsync()).ShouldBe(TurnState.Completed);
            }
            catch (TurnSuspendedException)
            {
                turn.Interrupts.Count.ShouldBe(2 - round);
                (await Thread.GetInfoAsync())!.Status.ShouldBe(ThreadStatus.WaitingForApproval);
                await Inbox.AnswerAsync(turn.Interrupts[0].Id, InterruptAnswer.Accept());
            }
        }

        (await Thread.ChildrenAsync().CountAsync()).ShouldBe(2);
        _effects.Count.ShouldBe(2);
        (await TextsAsync("chat"))[^1].ShouldBe("all done");
    }

    [Fact]
    public void AnAgent_NeedsAName() => Should.Throw<ArgumentException>(() => DurableFunction.ForAgent(new ScriptedModel("x"), new()));

    private static FunctionCallContent Call(string name, string id) => new(id, name, new Dictionary<string, object?> { ["request"] = "pay 20" });

    // Calls an agent, and says what came of it.
    private static ScriptedModel Caller(string agent) => new(messages => messages[^1].Contents.OfType<FunctionResultContent>().SingleOrDefault() is { } result
        ? new(new ChatMessage(ChatRole.Assistant, $"{agent} says: {result.Result}"))
        : new(new ChatMessage(ChatRole.Assistant, [Call(agent, agent)])));

    private AIFunction Pay(bool needsApproval) => DurableFunction.Create(
        (ToolContext tool) =>
        {
            lock (_effects)
            {
                _effects.Add(tool.Step.IdempotencyKey);
            }

            return "ok";
        },
        new() { Name = "pay", RequiresApproval = needsApproval });

    private AIFunction Agent(AgentStateStore store, int depth, bool needsApproval, string name)
    {
        return DurableFunction.ForAgent(
            depth > 1 ? Caller($"agent-{depth}") : new ScriptedModel(messages =>
            {
                _asked++;
                return new(messages[^1].Role == ChatRole.Tool ? new ChatMessage(ChatRole.Assistant, "paid") : new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("pay", "pay", new Dictionary<string, object?>())]));
            }),
            new() { Name = name, Description = "Pays." },
            new() { Tools = [depth > 1 ? Agent(store, depth - 1, needsApproval, $"agent-{depth}") : Pay(needsApproval)] });
    }

    private async Task<ChatResponse> ReplyAsync(Turn turn, int depth, bool needsApproval)
    {
        var caller = new ScriptedModel(messages => messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().SingleOrDefault() is { } result
            ? new(new ChatMessage(ChatRole.Assistant, $"agent 0 says: {result.Result}".Replace("agent-2 says: ", "", StringComparison.Ordinal).Replace("agent-3 says: ", "", StringComparison.Ordinal)))
            : new(new ChatMessage(ChatRole.Assistant, [Call("agent-1", "agent-1")])));
        return await turn.ReplyAsync(caller, new() { Tools = [Agent(_test.Store, depth, needsApproval, "agent-1")] });
    }

    private async Task<TurnState> RunAsync(AgentStateStore store, int depth, bool needsApproval, string key = "k")
    {
        await using var turn = await store.Thread("chat").BeginTurnAsync("pay 20", new() { Key = key });
        try
        {
            if (!turn.IsReplay)
            {
                await ReplyAsync(turn, depth, needsApproval);
            }
        }
        catch (TurnSuspendedException)
        {
            // It waits.
        }

        return await turn.CompleteAsync();
    }

    // A process that is gone at the nth append, and another one that goes on.
    private async Task CrashAsync(int depth, int nth, bool isStored)
    {
        var memory = new InMemoryCommitLog();
        var first = new FaultInjectingLog(memory);
        var options = new AgentStateOptions { TimeProvider = _test.Clock };
        Action<Func<Task>> crash = isStored ? first.Nth(nth, LogCall.Append).RunsAfter : first.Nth(nth, LogCall.Append).RunsBefore;
        crash(() =>
        {
            first.Every(LogCall.Any).FailsBefore(new Crash());
            throw new Crash();
        });
        _effects.Clear();
        var where = $"depth {depth}, append {nth}, {(isStored ? "stored" : "lost")}";
        var before = new AgentStateStore(first, options);
        var crashed = false;
        try
        {
            var turn = await before.Thread("chat").BeginTurnAsync("pay 20", new() { Key = "k" });
            await ReplyAsync(turn, depth, needsApproval: false);
            await turn.CompleteAsync();
        }
        catch (Crash)
        {
            crashed = true;
        }

        var after = new AgentStateStore(new FaultInjectingLog(memory), options);
        await foreach (var thread in after.ListAsync())
        {
            var session = await after.OpenAsync(thread.Id);
            TurnStart.IsHeld(session.State.Store, new(session.State));
        }

        _test.Clock.Advance(TimeSpan.FromMinutes(3));
        var replies = _asked;
        (await RunAsync(after, depth, needsApproval: false)).ShouldBe(TurnState.Completed, where);

        _effects.Distinct().Count().ShouldBe(1, where);
        _effects.Count.ShouldBeLessThanOrEqualTo(2, where);
        (_asked - replies).ShouldBeLessThanOrEqualTo(2, where);
        var texts = (await (await after.OpenAsync("chat")).History.LastAsync(10)).Names().ToList();
        texts[^1].ShouldBe("agent 0 says: paid", where);
        texts.Count.ShouldBe(4, where);
        (await after.Thread("chat").ChildrenAsync().CountAsync()).ShouldBe(1, where);
        (await after.ListAsync().AllAsync(thread => thread.Status == ThreadStatus.Idle)).ShouldBeTrue(where);
        crashed.ShouldBe(nth <= 5 * (depth + 1), where);
    }

    private async Task<List<string>> TextsAsync(ThreadId id) => [.. (await (await _test.Store.OpenAsync(id)).History.LastAsync(20)).Names()];

    private async Task<List<ThreadHead>> HeadsAsync() => await _test.Memory.ListAllAsync(new() { Space = ThreadSpace.Threads, AsOf = _test.Clock.GetUtcNow(), Filter = new() { Order = ThreadOrder.Id } }).ToListAsync();

    private sealed class Crash : Exception;

    // Nobody is answered before all have asked.
    private sealed class Together(IChatClient inner, int count) : DelegatingChatClient(inner)
    {
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _asked;

        public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            if (Interlocked.Increment(ref _asked) == count)
            {
                _all.SetResult();
            }

            await _all.Task;
            return await base.GetResponseAsync(messages, options, cancellationToken);
        }
    }
}

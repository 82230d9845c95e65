using System.Collections.Concurrent;
using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Chat;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Holdfast.Tests.Hosting;

/// <summary>A worker in the host, on a log in memory and the real clock.</summary>
public sealed class ThreadWorkerTests : IAsyncDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly InMemoryCommitLog _memory = new();
    private readonly FaultInjectingLog _log;
    private readonly AgentStateStore _store;
    private readonly CapturedLog _logged = new();
    private readonly List<IHost> _hosts = [];

    public ThreadWorkerTests() => (_log, _store) = (new(_memory), new(_memory));

    [Fact]
    public async Task ASubmittedTurn_IsRun_AsTheCurrentOne_WithWhatWasSaid()
    {
        Turn? current = null;
        await StartAsync(async (turn, cancellationToken) =>
        {
            current = Turn.Current;
            var said = (await turn.ForModelAsync(cancellationToken))[^1].Text;
            await turn.AddAsync([new(ChatRole.Assistant, $"you said {said}")], cancellationToken: cancellationToken);
        });
        var submitted = await SubmitAsync("a", new() { Key = "k", By = "ann", Agent = "support" });

        var ended = await _store.Thread("a").WaitForTurnAsync(submitted.Id);

        (ended.State, ended.Key, ended.By, ended.Agent, ended.Attempt).ShouldBe((TurnState.Completed, "k", "ann", "support", 1));
        current!.Id.ShouldBe(submitted.Id);
        (await _store.LoadAsync("a"))!.Messages.Select(message => message.Text).ShouldBe(["hello", "you said hello"]);
        (await _store.Thread("a").BeginTurnAsync("hello", new() { Key = "k" })).IsReplay.ShouldBeTrue();
    }

    [Fact]
    public async Task TurnsOfOneThread_RunOneAfterTheOther_InOrder()
    {
        var ran = new ConcurrentQueue<TurnId>();
        await StartAsync((turn, _) =>
        {
            ran.Enqueue(turn.Id);
            return Task.CompletedTask;
        });
        var submitted = new List<TurnId>();
        for (var i = 0; i < 5; i++)
        {
            submitted.Add((await SubmitAsync("a")).Id);
        }

        await _store.Thread("a").WaitForTurnAsync(submitted[^1]);
        ran.ShouldBe(submitted);
    }

    [Fact]
    public async Task TurnsThatAreSubmittedThroughTheWorkersStore_NeedNotWaitUntilItLooksAgain()
    {
        var host = await StartAsync((_, _) => Task.CompletedTask, options => options.PollInterval = TimeSpan.FromHours(1));
        var store = host.Services.GetRequiredService<AgentStateStore>();
        await Conditions.UntilAsync(() => _log.CountOf(LogCall.List) >= 2);

        // The next turn of a thread becomes due while the worker is still leaving the one before.
        for (var i = 0; i < 40; i++)
        {
            var thread = store.Thread($"{i}");
            var first = await thread.SubmitTurnAsync([new(ChatRole.User, "hello")]);
            var second = await thread.SubmitTurnAsync([new(ChatRole.User, "hello again")]);

            (await thread.WaitForTurnAsync(second.Id, TestContext.Current.CancellationToken)).State.ShouldBe(TurnState.Completed);
            (await thread.WaitForTurnAsync(first.Id, TestContext.Current.CancellationToken)).State.ShouldBe(TurnState.Completed);
        }
    }

    [Fact]
    public async Task ATurnThatIsSubmittedWhileTheWorkerLooks_NeedNotWaitUntilItLooksAgain()
    {
        var opened = new TaskCompletionSource<AgentStateStore>(TaskCreationOptions.RunContinuationsAsynchronously);
        var submitted = new TaskCompletionSource<TurnInfo>(TaskCreationOptions.RunContinuationsAsynchronously);
        var host = await StartAsync(
            (turn, _) =>
            {
                if (turn.Session.Id == "first")
                {
                    // The worker looks when it has left this turn. What it finds is settled before the next one is submitted.
                    _log.Next(LogCall.List).RunsAfter(async () =>
                    {
                        submitted.SetResult(await (await opened.Task).Thread("next").SubmitTurnAsync([new(ChatRole.User, "hello")]));

                        // Time for the worker's wait to end before its look does.
                        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
                    });
                }

                return Task.CompletedTask;
            },
            options => options.PollInterval = TimeSpan.FromHours(1));
        var store = host.Services.GetRequiredService<AgentStateStore>();
        opened.SetResult(store);
        await Conditions.UntilAsync(() => _log.CountOf(LogCall.List) >= 2);

        await store.Thread("first").SubmitTurnAsync([new(ChatRole.User, "hello")]);

        (await store.Thread("next").WaitForTurnAsync((await submitted.Task).Id, TestContext.Current.CancellationToken)).State.ShouldBe(TurnState.Completed);
    }

    [Fact]
    public async Task AHandlerThatThrows_FailsTheTurn_AndIsNotRunAgain()
    {
        var runs = 0;
        await StartAsync((_, _) => Interlocked.Increment(ref runs) > 0 ? throw new FormatException("no") : Task.CompletedTask);
        var submitted = await SubmitAsync("a");

        var ended = await _store.Thread("a").WaitForTurnAsync(submitted.Id);
        await _store.Thread("b").WaitForTurnAsync((await SubmitAsync("b")).Id);

        (ended.State, ended.Error).ShouldBe((TurnState.Failed, "FormatException: no"));
        runs.ShouldBe(2);
        _logged.Events.Count(entry => entry.Id.Id == EventIds.TurnFailed && entry.Level == LogLevel.Warning).ShouldBe(2);
    }

    [Fact]
    public async Task ASleepingTurn_GoesOnAfterItsTime()
    {
        var runs = 0;
        await StartAsync(async (turn, cancellationToken) =>
        {
            Interlocked.Increment(ref runs);
            await turn.DelayAsync("wait", Second * 2, cancellationToken);
        });

        (await EndOfAsync("a", (await SubmitAsync("a")).Id, TurnState.Completed)).Attempt.ShouldBe(1);
        runs.ShouldBe(2);
    }

    [Fact]
    public async Task AnInterruptedTurn_GoesOn_OnceItIsAnswered_OrItsDeadlineHasPassed()
    {
        var answers = new ConcurrentDictionary<string, InterruptAnswer>();
        await StartAsync(async (turn, cancellationToken) =>
        {
            var request = new InterruptRequest { Name = "sure", Prompt = "Sure?", Time = turn.Session.Id == "late" ? Second : null };
            answers[turn.Session.Id.Value] = await turn.AskAsync(request, cancellationToken);
        });
        var (asked, late) = (await SubmitAsync("asked"), await SubmitAsync("late"));
        (await _store.Thread("asked").WaitForTurnAsync(asked.Id)).State.ShouldBe(TurnState.Interrupted);
        var question = await _store.Interrupts.ListAsync().FirstAsync(interrupt => interrupt.Thread == "asked");
        await _store.Interrupts.AnswerAsync(question.Id, InterruptAnswer.Accept());

        await EndOfAsync("asked", asked.Id, TurnState.Completed);
        await EndOfAsync("late", late.Id, TurnState.Completed);
        (answers["asked"].Kind, answers["late"].Kind).ShouldBe((AnswerKinds.Accept, AnswerKinds.Reject));
    }

    [Fact]
    public async Task ATurnWhoseRunnerGivesNoSignOfLife_IsTakenOver()
    {
        // Its clock stands still, as that of a process that is paused.
        var paused = new AgentStateStore(_memory, new() { TimeProvider = new FakeTimeProvider(TimeProvider.System.GetUtcNow()) });
        var turn = await paused.Thread("a").BeginTurnAsync("hello", new() { Lease = Second });
        await StartAsync((_, _) => Task.CompletedTask);

        (await EndOfAsync("a", turn.Id, TurnState.Completed)).Attempt.ShouldBe(2);
        await Should.ThrowAsync<LeaseLostException>(async () => await turn.AddAsync([new(ChatRole.Assistant, "late")]));
    }

    [Fact]
    public async Task ATurnThatIsCancelled_StopsItsHandler()
    {
        var begun = new TaskCompletionSource();
        await StartAsync(async (_, cancellationToken) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        });
        var submitted = await SubmitAsync("a");
        await begun.Task;

        // From another process: the mark is found by the heart of the turn.
        (await _store.Thread("a").CancelTurnAsync(submitted.Id, "enough")).ShouldBeTrue();

        (await EndOfAsync("a", submitted.Id, TurnState.Cancelled)).Error.ShouldBe("enough");
    }

    [Fact]
    public async Task Stopping_TheHost_ReleasesAtOnce()
    {
        var hour = new TurnOptions { Lease = TimeSpan.FromHours(1) };
        var begun = new TaskCompletionSource();
        var first = await StartAsync(
            async (turn, cancellationToken) =>
            {
                await turn.RunOnceAsync("one", (_, _) => Task.FromResult(1), cancellationToken: cancellationToken);
                begun.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            },
            options => options.Turns = hour);
        var submitted = await SubmitAsync("a");
        await begun.Task;
        await first.StopAsync();
        var released = (await _memory.GetHeadAsync(ThreadKey.Of("a")))!;
        released.DueAt.ShouldNotBeNull().ShouldBeLessThanOrEqualTo(TimeProvider.System.GetUtcNow());

        var runs = 0;
        await StartAsync(
            async (turn, cancellationToken) => runs += await turn.RunOnceAsync("one", (_, _) => Task.FromResult(2), cancellationToken: cancellationToken),
            options => options.Turns = hour);

        (await EndOfAsync("a", submitted.Id, TurnState.Completed)).Attempt.ShouldBe(1);
        runs.ShouldBe(1);
        _logged.Events.ShouldContain(entry => entry.Id.Id == EventIds.TurnHandedBack);
    }

    [Fact]
    public async Task AWorker_IsFairOverUsers()
    {
        var others = new TaskCompletionSource();
        var most = 0;
        var running = 0;
        for (var i = 0; i < 20; i++)
        {
            await SubmitAsync($"greedy/{i}", new() { UserId = "greedy" });
        }

        var modest = await SubmitAsync("modest", new() { UserId = "modest" });
        await StartAsync(
            async (turn, cancellationToken) =>
            {
                if (turn.Session.UserId == "modest")
                {
                    others.SetResult();
                    return;
                }

                // No turn of the greedy user ends before the modest one had a place.
                most = Math.Max(most, Interlocked.Increment(ref running));
                await others.Task.WaitAsync(cancellationToken);
                Interlocked.Decrement(ref running);
            },
            options => (options.Concurrency, options.MaxPerUser) = (3, 2));

        await _store.Thread("modest").WaitForTurnAsync(modest.Id);
        await Conditions.UntilAsync(async () => await _store.ListAsync(new() { UserId = "greedy", Status = ThreadStatus.Idle }).CountAsync() == 20 && running == 0);
        most.ShouldBeLessThanOrEqualTo(2);
    }

    [Fact]
    public async Task Threads_OfOtherTenantsAndAgents_AreLeftAlone_UnlessTheyAreAskedFor()
    {
        await _store.ForTenant("acme").Thread("a").SubmitTurnAsync([new(ChatRole.User, "hello")], new() { Agent = "sales" });
        await SubmitAsync("b", new() { Agent = "support" });
        await SubmitAsync("c");
        var ran = new ConcurrentQueue<string>();
        Task RunAsync(Turn turn, CancellationToken cancellationToken)
        {
            ran.Enqueue(turn.Session.Id.Value);
            return Task.CompletedTask;
        }

        var sales = await StartAsync(RunAsync, options => options.Agent = "support");
        await Conditions.UntilAsync(() => ran.Contains("b"));
        await sales.StopAsync();
        ran.ShouldBe(["b"]);
        var all = await StartAsync(RunAsync, options => options.AllTenants = true);
        await Conditions.UntilAsync(() => ran.Count == 3);
        await all.StopAsync();
        ran.Order().ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public async Task InputWhoseSenderWaits_IsLeftToItsSender()
    {
        var first = await _store.Thread("a").BeginTurnAsync("one");
        var second = _store.Thread("a").BeginTurnAsync("two").AsTask();
        await Conditions.UntilAsync(async () => (await _store.Thread("a").TurnsAsync().ToListAsync()).Count == 2);
        var ran = 0;
        await StartAsync((_, _) => Task.FromResult(ran++));
        await first.CompleteAsync();
        await (await second).CompleteAsync();
        await EndOfAsync("b", (await SubmitAsync("b")).Id, TurnState.Completed);

        ran.ShouldBe(1);
    }

    [Fact]
    public async Task AStoreThatIsAway_IsLoggedAndTriedAgain()
    {
        _log.Next(LogCall.List).FailsBefore();
        await StartAsync((_, _) => Task.CompletedTask);
        await EndOfAsync("a", (await SubmitAsync("a")).Id, TurnState.Completed);

        _logged.Events.ShouldContain(entry => entry.Id.Id == EventIds.WorkerFailed && entry.Level == LogLevel.Error);
    }

    [Fact]
    public async Task AThreadThatSomebodyRuns_IsNotReadAgainAndAgain()
    {
        var paused = new AgentStateStore(_memory, new() { TimeProvider = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddHours(-2)) });
        await paused.Thread("a").BeginTurnAsync("hello", new() { Lease = TimeSpan.FromHours(1) });
        await StartAsync((_, _) => Task.CompletedTask);
        await Conditions.UntilAsync(() => _log.CountOf(LogCall.ReadTail) > 0);
        var lists = _log.CountOf(LogCall.List);
        await Conditions.UntilAsync(() => _log.CountOf(LogCall.List) > lists + 10);

        _log.CountOf(LogCall.ReadTail).ShouldBe(1);
    }

    [Fact]
    public void Settings_OutOfRange_AreRefused()
    {
        var error = Should.Throw<StateConfigurationException>(() => new ServiceCollection().AddHoldfast(holdfast => holdfast.AddThreadWorker<Handler>(options =>
            (options.Concurrency, options.MaxPerUser, options.Turns) = (0, 0, new() { MaxAttempts = 0 }))));

        error.Message.ShouldBe(
            "ThreadWorkerOptions.Concurrency must be 1 to 1,000; it is 0. ThreadWorkerOptions.MaxPerUser must be 1 to 1,000; it is 0. TurnOptions.MaxAttempts must be 1 to 100; it is 0.");
    }

    [Fact]
    public async Task AnAgentsQuestion_ThatIsAnswered_LetsTheTurnThatCalledItGoOn()
    {
        var ran = new ConcurrentQueue<ThreadId>();
        await StartWithAgentsAsync(ran);
        var submitted = await SubmitAsync("a", new() { Agent = "support" });
        (await _store.Thread("a").WaitForTurnAsync(submitted.Id)).State.ShouldBe(TurnState.Interrupted);
        var asked = await _store.Interrupts.ListAsync(new() { Agent = "support" }).SingleAsync();
        (await _store.Thread(asked.Thread).GetInfoAsync())!.ParentId.ShouldNotBeNull();

        await _store.Interrupts.AnswerAsync(asked.Id, InterruptAnswer.Accept());

        await EndOfAsync("a", submitted.Id, TurnState.Completed);
        (await _store.LoadAsync("a"))!.Messages[^1].Text.ShouldBe("the outer agent says: the inner agent says: paid");
        ran.ShouldAllBe(thread => thread == (ThreadId)"a");
    }

    [Fact]
    public async Task AnAgentsTurn_ThatNobodyWaitsForAnyMore_IsCancelled()
    {
        await StartWithAgentsAsync(new());
        var submitted = await SubmitAsync("a");
        (await _store.Thread("a").WaitForTurnAsync(submitted.Id)).State.ShouldBe(TurnState.Interrupted);
        var asked = await _store.Interrupts.ListAsync().SingleAsync();
        var turn = await _store.Thread(asked.Thread).TurnsAsync().SingleAsync();
        await _store.Thread("a").EraseAsync();

        await _store.Interrupts.AnswerAsync(asked.Id, InterruptAnswer.Accept());

        (await EndOfAsync(asked.Thread.Value, turn.Id, TurnState.Cancelled)).Error.ShouldBe("the turn that it works for has ended");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.StopAsync();
            host.Dispose();
        }
    }

    // An agent that asks an agent that has to ask a person.
    private Task<IHost> StartWithAgentsAsync(ConcurrentQueue<ThreadId> ran)
    {
        var pay = DurableFunction.Create(() => "paid", new() { Name = "pay", RequiresApproval = true });
        var inner = DurableFunction.ForAgent(Says("the inner agent", "pay"), new() { Name = "inner" }, new() { Tools = [pay] });
        var outer = DurableFunction.ForAgent(Says("the outer agent", "inner"), new() { Name = "outer" }, new() { Tools = [inner] });
        return StartAsync(async (turn, cancellationToken) =>
        {
            ran.Enqueue(turn.Session.Id);
            await turn.ReplyAsync(Says(null, "outer"), new() { Tools = [outer] }, cancellationToken);
        });

        static ScriptedModel Says(string? who, string tool) => new(messages => messages[^1].Contents.OfType<FunctionResultContent>().SingleOrDefault() is { } result
            ? new(new ChatMessage(ChatRole.Assistant, who is null ? $"{result.Result}" : $"{who} says: {result.Result}"))
            : new(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent(tool, tool, new Dictionary<string, object?> { ["request"] = "pay" })])));
    }

    private ValueTask<TurnInfo> SubmitAsync(string thread, TurnOptions? options = null) => _store.Thread(thread).SubmitTurnAsync([new(ChatRole.User, "hello")], options);

    private async Task<TurnInfo> EndOfAsync(string thread, TurnId turn, TurnState state)
    {
        TurnInfo? found = null;
        await Conditions.UntilAsync(async () => (found = await _store.Thread(thread).TurnsAsync().FirstOrDefaultAsync(info => info.Id == turn))?.State == state);
        return found!;
    }

    private async Task<IHost> StartAsync(Func<Turn, CancellationToken, Task> run, Action<ThreadWorkerOptions>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddProvider(_logged).SetMinimumLevel(LogLevel.Trace);
        builder.Services.AddSingleton(run);
        builder.Services.AddHoldfast(holdfast => holdfast.UseLog(_ => _log).AddThreadWorker<Handler>(options =>
        {
            (options.PollInterval, options.Turns) = (TimeSpan.FromMilliseconds(10), new() { Lease = Second });
            configure?.Invoke(options);
        }));
        var host = builder.Build();
        _hosts.Add(host);
        await host.StartAsync();
        return host;
    }

    private sealed class Handler(Func<Turn, CancellationToken, Task> run) : ITurnHandler
    {
        public Task RunAsync(Turn turn, CancellationToken cancellationToken) => run(turn, cancellationToken);
    }
}

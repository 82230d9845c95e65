using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Turns;

public sealed class StepTests
{
    private readonly TestStore _test = new();
    private int _runs;

    private ThreadHandle Thread => _test.Store.Thread("chat");

    private ThreadHandle Elsewhere => _test.Another().Thread("chat");

    [Fact]
    public async Task ADurableResult_IsNeverComputedAgain()
    {
        await using (var turn = await BeginAsync())
        {
            (await turn.RunOnceAsync("charge", Work)).ShouldBe(1);
        }

        await using var again = await BeginAsync();
        (await again.RunOnceAsync("charge", Work)).ShouldBe(1);

        _runs.ShouldBe(1);
        again.Steps.Single().ShouldBe(again.Steps.Single() with { Key = "charge", Kind = "step", State = StepState.Completed, Attempt = 1 });
    }

    [Fact]
    public async Task AtLeastOnce_WhoseResultWasNotStored_RunsAgainWithTheSameKey()
    {
        var keys = new List<string>();
        await using (var turn = await BeginAsync())
        {
            await Should.ThrowAsync<OperationCanceledException>(async () => await turn.RunOnceAsync("charge", (step, _) =>
            {
                keys.Add(step.IdempotencyKey);
                turn.Running.Stop();
                throw new OperationCanceledException();
            }));
        }

        await using var again = await BeginAsync();
        await again.RunOnceAsync("charge", (step, _) =>
        {
            keys.Add(step.IdempotencyKey);
            return Task.CompletedTask;
        });

        keys.Count.ShouldBe(2);
        keys.Distinct().Single().ShouldStartWith("hf_");
        keys[0].Length.ShouldBe(29);
    }

    [Fact]
    public async Task AtMostOnce_OfWhichItIsNotKnownWhetherItTookEffect_AsksAPersonAndTakesTheirResult()
    {
        await DieInAsync("charge", StepPolicy.AtMostOnce);
        InterruptId id;
        await using (var turn = await BeginAsync())
        {
            await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.RunOnceAsync("charge", Work, new() { Policy = StepPolicy.AtMostOnce }));
            id = (await _test.Store.Interrupts.ListAsync(new() { Kind = InterruptKinds.UnknownStep }).SingleAsync()).Id;
            (await turn.CompleteAsync()).ShouldBe(TurnState.Interrupted);
        }

        await _test.Store.Interrupts.AnswerAsync(id, InterruptAnswer.Respond(System.Text.Json.JsonElement.Parse("42"), by: "ann"));
        await using var again = await BeginAsync();
        (await again.RunOnceAsync("charge", Work, new() { Policy = StepPolicy.AtMostOnce })).ShouldBe(42);

        _runs.ShouldBe(0);
        (await _test.Store.Interrupts.GetAsync(id))!.State.ShouldBe(InterruptState.Applied);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task AtMostOnce_Unknown_RunsAgainOrFailsAsToldByAPerson(bool runsAgain)
    {
        await DieInAsync("charge", StepPolicy.AtMostOnce);
        await using (var turn = await BeginAsync())
        {
            await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.RunOnceAsync("charge", Work, new() { Policy = StepPolicy.AtMostOnce }));
        }

        var id = (await _test.Store.Interrupts.ListAsync().SingleAsync()).Id;
        await _test.Store.Interrupts.AnswerAsync(id, runsAgain ? InterruptAnswer.Accept() : InterruptAnswer.Reject("leave it"));
        await using var again = await BeginAsync();
        if (runsAgain)
        {
            (await again.RunOnceAsync("charge", Work, new() { Policy = StepPolicy.AtMostOnce })).ShouldBe(1);
        }
        else
        {
            (await Should.ThrowAsync<StepFailedException>(async () => await again.RunOnceAsync("charge", Work, new() { Policy = StepPolicy.AtMostOnce }))).Error.ShouldBe("leave it");
        }

        _runs.ShouldBe(runsAgain ? 1 : 0);
    }

    [Fact]
    public async Task AtMostOnce_UnknownOnceMore_AsksOnceMore()
    {
        await DieInAsync("charge", StepPolicy.AtMostOnce);
        await AskedAsync(InterruptAnswer.Accept());
        await DieInAsync("charge", StepPolicy.AtMostOnce);

        await AskedAsync(InterruptAnswer.Respond(System.Text.Json.JsonElement.Parse("42")));

        await using var again = await BeginAsync();
        (await again.RunOnceAsync("charge", Work, new() { Policy = StepPolicy.AtMostOnce })).ShouldBe(42);
        _runs.ShouldBe(0);

        async Task AskedAsync(InterruptAnswer answer)
        {
            await using var turn = await BeginAsync();
            await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.RunOnceAsync("charge", Work, new() { Policy = StepPolicy.AtMostOnce }));
            await _test.Store.Interrupts.AnswerAsync((await _test.Store.Interrupts.ListAsync().SingleAsync()).Id, answer);
        }
    }

    [Fact]
    public async Task AtMostOnce_Unknown_FailsWhereAskedTo()
    {
        await DieInAsync("charge", StepPolicy.AtMostOnce);
        var options = new StepOptions { Policy = StepPolicy.AtMostOnce, WhenUnknown = WhenUnknown.Fail };
        await using var again = await BeginAsync();

        await Should.ThrowAsync<StepUnknownException>(async () => await again.RunOnceAsync("charge", Work, options));

        again.Steps.Single().State.ShouldBe(StepState.Failed);
        _runs.ShouldBe(0);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task ARunnerThatWasPaused_AnswersWhatItsSuccessorAsks(bool succeeds)
    {
        var (begun, resumes) = (new TaskCompletionSource(), new TaskCompletionSource());
        var paused = await BeginAsync();
        var step = paused.RunOnceAsync("charge", PausedAsync, new() { Policy = StepPolicy.AtMostOnce }).AsTask();
        await begun.Task;
        _test.Faults.Every(LogCall.UpdateHead).FailsBefore();
        var waiting = Elsewhere.BeginTurnAsync([new(ChatRole.User, "hi")], new() { Key = "k" }).AsTask();
        await PassTimeAsync(waiting);
        await using (var successor = await waiting)
        {
            await Should.ThrowAsync<TurnSuspendedException>(async () => await successor.RunOnceAsync("charge", Work, new() { Policy = StepPolicy.AtMostOnce }));
        }

        resumes.SetResult();
        await Should.ThrowAsync<LeaseLostException>(() => step);
        await paused.DisposeAsync();

        (await _test.Store.Interrupts.ListAsync().CountAsync()).ShouldBe(0);
        await using var again = await Elsewhere.BeginTurnAsync([new(ChatRole.User, "hi")], new() { Key = "k" });
        var known = again.RunOnceAsync("charge", Work, new() { Policy = StepPolicy.AtMostOnce }).AsTask();
        if (succeeds)
        {
            (await known).ShouldBe(42);
        }
        else
        {
            (await Should.ThrowAsync<StepFailedException>(() => known)).Error.ShouldBe("declined");
        }

        _runs.ShouldBe(0);

        async Task<int> PausedAsync(StepContext context, CancellationToken cancellationToken)
        {
            begun.SetResult();
            await resumes.Task;
            return succeeds ? 42 : throw new InvalidOperationException("declined");
        }
    }

    [Fact]
    public async Task AToolWhoseRunnerWasPaused_AnswersWhatItsSuccessorAsks()
    {
        var (begun, resumes) = (new TaskCompletionSource(), new TaskCompletionSource());
        var options = new DurableFunctionOptions { Name = "tool", Policy = StepPolicy.AtMostOnce };
        var slow = DurableFunction.Create(
            async (string x, ToolContext tool) =>
            {
                tool.Variables.Set("lost", true);
                begun.SetResult();
                await resumes.Task;
                return new { receipt = x };
            },
            options);
        var call = new FunctionCallContent("a", "tool", new Dictionary<string, object?> { ["x"] = "a" });
        var paused = await BeginAsync();
        await paused.AddAsync([Conversations.Call("a")]);
        var step = paused.RunToolAsync(call, slow).AsTask();
        await begun.Task;
        _test.Faults.Every(LogCall.UpdateHead).FailsBefore();
        var waiting = Elsewhere.BeginTurnAsync([new(ChatRole.User, "hi")], new() { Key = "k" }).AsTask();
        await PassTimeAsync(waiting);
        var other = DurableFunction.Create((string x) => ++_runs, options);
        await using (var successor = await waiting)
        {
            await Should.ThrowAsync<TurnSuspendedException>(async () => await successor.RunToolAsync(call, other));
        }

        resumes.SetResult();
        await Should.ThrowAsync<LeaseLostException>(() => step);

        await using var again = await Elsewhere.BeginTurnAsync([new(ChatRole.User, "hi")], new() { Key = "k" });
        (await again.RunToolAsync(call, other))!.ToString().ShouldBe("""{"receipt":"a"}""");
        _runs.ShouldBe(0);
        (await _test.Store.OpenAsync("chat")).Variables.Contains("lost").ShouldBeFalse();
    }

    [Fact]
    public async Task ALostAnswerOfTheStart_NeverLeadsToASecondRun()
    {
        await using var turn = await BeginAsync();
        _test.Faults.Next(LogCall.Append).FailsAfter();
        (await turn.RunOnceAsync("charge", Work, new() { Policy = StepPolicy.AtMostOnce })).ShouldBe(1);

        _runs.ShouldBe(1);
        turn.Steps.Single().Attempt.ShouldBe(1);
    }

    [Fact]
    public async Task AFailure_IsRecordedAndNotTriedAgain()
    {
        await using (var turn = await BeginAsync())
        {
            var error = await Should.ThrowAsync<StepFailedException>(async () => await turn.RunOnceAsync("charge", (_, _) => Fail()));
            error.InnerException.ShouldBeOfType<InvalidOperationException>();
        }

        await using var again = await BeginAsync();
        var known = await Should.ThrowAsync<StepFailedException>(async () => await again.RunOnceAsync("charge", (_, _) => Fail()));

        (known.Step, known.Error, known.Attempts).ShouldBe(("charge", "declined", 1));
        _runs.ShouldBe(1);
    }

    [Fact]
    public async Task AFailure_IsTriedAgainAsOftenAsAsked()
    {
        await using var turn = await BeginAsync();

        (await turn.RunOnceAsync("charge", (step, _) => step.Attempt < 3 ? Fail() : Task.FromResult(step.Attempt), new() { MaxAttempts = 3, Backoff = TimeSpan.Zero })).ShouldBe(3);

        turn.Steps.Single().Attempt.ShouldBe(3);
    }

    [Fact]
    public async Task AtMostOnce_IsTriedAgainOnlyForErrorsThatProveThatNothingHappened()
    {
        await using var turn = await BeginAsync();
        var options = new StepOptions { Policy = StepPolicy.AtMostOnce, MaxAttempts = 3, Backoff = TimeSpan.Zero };

        await Should.ThrowAsync<StepFailedException>(async () => await turn.RunOnceAsync("one", (_, _) => Fail(), options));
        _runs.ShouldBe(1);
        await Should.ThrowAsync<StepFailedException>(async () => await turn.RunOnceAsync("two", (_, _) => Fail(), options with { RetryOn = e => e is InvalidOperationException }));
        _runs.ShouldBe(4);
    }

    [Fact]
    public async Task ATimeout_OfAtMostOnce_IsUnknownNotFailed()
    {
        await using var turn = await BeginAsync();
        var never = new TaskCompletionSource<int>();
        var step = turn.RunOnceAsync("charge", (_, _) => never.Task, new() { Policy = StepPolicy.AtMostOnce, Timeout = TimeSpan.FromSeconds(1), WhenUnknown = WhenUnknown.Fail }).AsTask();
        while (!step.IsCompleted)
        {
            _test.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        await Should.ThrowAsync<StepUnknownException>(step);
    }

    [Fact]
    public async Task ALoop_NumbersItsSteps()
    {
        await using (var turn = await BeginAsync())
        {
            for (var i = 0; i < 3; i++)
            {
                (await turn.RunOnceAsync("item", Work)).ShouldBe(i + 1);
            }
        }

        await using var again = await BeginAsync();
        for (var i = 0; i < 4; i++)
        {
            (await again.RunOnceAsync("item", Work)).ShouldBe(i + 1);
        }

        again.Steps.Select(step => step.Key).ShouldBe(["item", "item#2", "item#3", "item#4"]);
    }

    [Fact]
    public async Task ParallelStepsOfOneName_AreRefusedWithoutKeys()
    {
        await using var turn = await BeginAsync();
        var gate = new TaskCompletionSource<int>();
        var first = turn.RunOnceAsync("item", (_, _) => gate.Task).AsTask();

        await Should.ThrowAsync<InvalidOperationException>(async () => await turn.RunOnceAsync("item", Work));
        gate.SetResult(1);
        (await first).ShouldBe(1);
    }

    [Fact]
    public async Task ParallelSteps_ShareCommits_AndReplayInAnyOrder()
    {
        var versions = 0L;
        await using (var turn = await BeginAsync())
        {
            var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => turn.RunOnceAsync("item", (_, _) => Task.FromResult(i), new() { Key = $"{i}" }).AsTask()));
            all.ShouldBe(Enumerable.Range(0, 20));
            versions = turn.Session.Version;
        }

        versions.ShouldBeLessThanOrEqualTo(21);
        await using var again = await BeginAsync();
        foreach (var i in Enumerable.Range(0, 20).Reverse())
        {
            (await again.RunOnceAsync("item", (_, _) => Task.FromResult(-1), new() { Key = $"{i}" })).ShouldBe(i);
        }
    }

    [Fact]
    public async Task AChangedInput_IsRefused()
    {
        await using (var turn = await BeginAsync())
        {
            await turn.RunOnceAsync("charge", Work, new() { Input = "20" });
        }

        await using var again = await BeginAsync();
        (await Should.ThrowAsync<StepChangedException>(async () => await again.RunOnceAsync("charge", Work, new() { Input = "30" }))).Step.ShouldBe("charge");
    }

    [Theory, InlineData(-1.0), InlineData(10_000_000.0)]
    public async Task ADelay_ThatIsNegativeOrTooLong_IsRefused(double days)
    {
        await using var turn = await _test.Store.Thread("chat").BeginTurnAsync("hi");

        (await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await turn.DelayAsync("cool-off", TimeSpan.FromDays(days)))).Message.ShouldContain("0 to 36,500 days");
        turn.State.ShouldBe(TurnState.Running);
    }

    [Fact]
    public async Task AResultThatCannotBeStored_IsNotRunAgain()
    {
        await using (var turn = await BeginAsync())
        {
            (await Should.ThrowAsync<StepFailedException>(async () => await turn.RunOnceAsync("measure", (_, _) => Task.FromResult(double.NaN)))).Error.ShouldContain("took effect");
        }

        await using var again = await BeginAsync();
        await Should.ThrowAsync<StepFailedException>(async () => await again.RunOnceAsync("measure", (_, _) => Task.FromResult(1.0)));
    }

    [Fact]
    public async Task AShortDelay_IsWaitedFor_AndALongOneLetsTheTurnSleep()
    {
        await using (var turn = await BeginAsync())
        {
            var waits = turn.DelayAsync("moment", TimeSpan.FromSeconds(5)).AsTask();
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
            waits.IsCompleted.ShouldBeFalse();
            while (!waits.IsCompleted)
            {
                _test.Clock.Advance(TimeSpan.FromSeconds(1));
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
            }

            await waits;
            (await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.DelayAsync("night", TimeSpan.FromHours(8)))).Until.ShouldBe(_test.Clock.GetUtcNow() + TimeSpan.FromHours(8));
            await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.RunOnceAsync("after", Work));
        }

        (await Thread.GetInfoAsync())!.Status.ShouldBe(ThreadStatus.Sleeping);
        await using (var early = await BeginAsync())
        {
            early.State.ShouldBe(TurnState.Sleeping);
        }

        _test.Clock.Advance(TimeSpan.FromHours(8));
        await using var awake = await Elsewhere.BeginTurnAsync("hi", new() { Key = "k" });
        await awake.DelayAsync("moment", TimeSpan.FromSeconds(5));
        await awake.DelayAsync("night", TimeSpan.FromHours(8));
        (await awake.RunOnceAsync("after", Work)).ShouldBe(1);
    }

    private Task<int> Work(StepContext step, CancellationToken cancellationToken) => Task.FromResult(++_runs);

    private Task<int> Fail()
    {
        _runs++;
        throw new InvalidOperationException("declined");
    }

    private async Task PassTimeAsync(Task task)
    {
        while (!task.IsCompleted)
        {
            _test.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private ValueTask<Turn> BeginAsync() => Thread.BeginTurnAsync([new(ChatRole.User, "hi")], new() { Key = "k" });

    // The step has begun, and its process is told to stop before it has a result.
    private async Task DieInAsync(string step, StepPolicy policy)
    {
        await using var turn = await BeginAsync();
        await Should.ThrowAsync<OperationCanceledException>(async () => await turn.RunOnceAsync(
            step,
            (_, _) =>
            {
                turn.Running.Stop();
                throw new OperationCanceledException();
            },
            new() { Policy = policy }));
    }
}

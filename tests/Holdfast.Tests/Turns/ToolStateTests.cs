using Holdfast.Testing;
using Holdfast.Tests.Chat;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Turns;

/// <summary>What a tool sets becomes durable in the commit of its result, or not at all.</summary>
public sealed class ToolStateTests
{
    private readonly TestStore _test = new(options => options.MaxCommitBytes = 100_000);
    private int _runs;

    private ThreadHandle Thread => _test.Store.Thread("chat");

    [Fact]
    public async Task WhatAToolSets_IsPartOfTheCommitOfItsResult()
    {
        var tool = Tool((string x, ToolContext tool) =>
        {
            tool.State.Set("last", x);
            tool.Variables.Set("seen", tool.Variables.Get("seen", 0) + 1);
            tool.State.Get("last", "").ShouldBe(x);
            tool.Turn.Id.ShouldBe(Turn.Current!.Id);
            return x;
        });

        await RunAsync([tool], "a", "b");

        var session = await _test.Store.OpenAsync("chat");
        (session.Tools["tool"].Get("last", ""), session.Variables.Get("seen", 0)).ShouldBe(("b", 2));
        var commit = await Thread.LogAsync().FirstAsync(commit => commit.Set.Contains("variables/seen"));
        (commit.MessageCount, commit.Set.Contains("tools/tool/last")).ShouldBe((1, true));
    }

    [Fact]
    public async Task AToolThatFails_LeavesNothing_AndItsNextTryBeginsWithWhatIsStored()
    {
        var tool = Tool(
            (ToolContext tool) =>
            {
                tool.Variables.Set("tries", tool.Variables.Get("tries", 0) + 1);
                tool.State.Set("try " + _runs, true);
                return ++_runs < 3 ? throw new HttpRequestException("not yet") : "done";
            },
            new() { MaxAttempts = 3 });

        await PassTimeAsync(RunAsync([tool], "a"));

        var session = await _test.Store.OpenAsync("chat");
        (session.Variables.Get("tries", 0), session.Tools["tool"].Keys.Single()).ShouldBe((1, "try 2"));
    }

    [Fact]
    public async Task AToolThatIsCutOff_LeavesNothing_AndRunsAgainFromWhatIsStored()
    {
        var tool = Tool((ToolContext tool) =>
        {
            tool.Variables.Append("log", ++_runs);
            if (_runs == 1)
            {
                tool.Turn.Running.Stop();
                throw new OperationCanceledException();
            }

            return "done";
        });

        await Should.ThrowAsync<OperationCanceledException>(() => RunAsync([tool], "a"));
        (await _test.Store.OpenAsync("chat")).Variables.Contains("log").ShouldBeFalse();
        await RunAsync([tool], "a");

        (await _test.Store.OpenAsync("chat")).Variables.Get<int[]>("log").ShouldBe([2]);
    }

    [Fact]
    public async Task AToolThatAsks_LeavesNothingUntilItIsAnswered()
    {
        var tool = Tool(async (ToolContext tool, CancellationToken cancellationToken) =>
        {
            tool.Variables.Append("log", ++_runs);
            await tool.AskAsync(new() { Name = "sure", Prompt = "Sure?" }, cancellationToken);
            return "done";
        });

        await Should.ThrowAsync<TurnSuspendedException>(() => RunAsync([tool], "a"));
        await _test.Store.Interrupts.AnswerAsync((await _test.Store.Interrupts.ListAsync().SingleAsync()).Id, InterruptAnswer.Accept());
        await RunAsync([tool], "a");

        (await _test.Store.OpenAsync("chat")).Variables.Get<int[]>("log").ShouldBe([2]);
    }

    [Fact]
    public async Task ToolsSideBySide_DoNotSeeEachOther_AndMeetKeyByKey()
    {
        var met = new Barrier();
        var tool = Tool(async (string x, ToolContext tool) =>
        {
            tool.Variables.Set(x, true);
            tool.Variables.Set("both", x);
            tool.Variables.Append("list", x);
            tool.Variables.Count.ShouldBe(4);
            await met.ArriveAsync(2);
            tool.Variables.Keys.ShouldBe(["before", x, "both", "list"], ignoreOrder: true);
            if (x == "b")
            {
                await met.First.Task;
            }

            tool.Variables.Remove("before");
            return x;
        });
        await _test.CommitAsync("chat", session => session.Variables.Set("before", 1));
        _ = met.FreeWhenAsync(async () => (await _test.Store.OpenAsync("chat")).Variables.Contains("a"));

        await RunAsync(new() { Key = "k", ConcurrentTools = true }, [tool], "a", "b");

        var variables = (await _test.Store.OpenAsync("chat")).Variables;
        variables.Keys.ShouldBe(["a", "both", "list", "b"], ignoreOrder: true);
        variables.Get("both", "").ShouldBe("b");
        variables.Get<string[]>("list").ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task ALaterToolThatAppends_HoldsOverOneThatMadeSomethingElseOfTheList()
    {
        var met = new Barrier();
        var tool = Tool(async (string x, ToolContext tool) =>
        {
            await met.ArriveAsync(2);
            if (x == "a")
            {
                tool.Variables.Set("list", "text");
                return x;
            }

            tool.Variables.Append("list", x);
            await met.First.Task;
            return x;
        });
        _ = met.FreeWhenAsync(async () => (await _test.Store.OpenAsync("chat")).Variables.Contains("list"));

        await RunAsync(new() { Key = "k", ConcurrentTools = true }, [tool], "a", "b");

        (await _test.Store.OpenAsync("chat")).Variables.Get<string[]>("list").ShouldBe(["b"]);
    }

    [Fact]
    public async Task TheUsersAndTheApplicationsVariables_AreSeenAndSet()
    {
        await _test.Store.UpdateUserAsync("ann", user => user.Set("language", "de"));
        await _test.Store.UpdateAppAsync(app => app.Set("calls", 1));
        var tool = Tool(
            (ToolContext tool) =>
            {
                tool.User.Get("language", "").ShouldBe(_runs++ == 0 ? "de" : "en");
                tool.User.Set("language", "en");
                tool.App.Set("calls", tool.App.Get("calls", 0) + 1);
            },
            new() { LoadApp = true });

        await RunAsync(new() { Key = "k", UserId = "ann" }, [tool], "a", "b");

        (await _test.Store.OpenAsync("chat", new() { UserId = "ann", LoadApp = true })).ShouldSatisfyAllConditions(
            session => session.User.Get("language", "").ShouldBe("en"),
            session => session.App.Get("calls", 0).ShouldBe(3));
    }

    [Fact]
    public async Task WithoutAnOwner_TheUsersVariablesAreTheThreadsOwn()
    {
        var tool = Tool((ToolContext tool) => tool.User.Set("language", "de"));

        await RunAsync([tool], "a");

        (await _test.Store.OpenAsync("chat")).User.Get("language", "").ShouldBe("de");
        (await _test.Store.OpenAsync("other")).User.Contains("language").ShouldBeFalse();
    }

    [Fact]
    public async Task WhatWasNotLoaded_CanBeSetAndNotRead()
    {
        var tool = Tool(
            (ToolContext tool) =>
            {
                tool.User.Set("language", "de");
                tool.App.Set("calls", 1);
                Should.Throw<InvalidOperationException>(() => tool.User.Get("name", ""));
                Should.Throw<InvalidOperationException>(() => tool.App.Get("name", ""));
            },
            new() { LoadUser = false });

        await RunAsync(new() { Key = "k", UserId = "ann" }, [tool], "a");

        (await _test.Store.OpenAsync("chat", new() { UserId = "ann", LoadApp = true })).ShouldSatisfyAllConditions(
            session => session.User.Get("language", "").ShouldBe("de"),
            session => session.App.Get("calls", 0).ShouldBe(1));
    }

    [Fact]
    public async Task AUsersVariablesThatCannotBeWrittenAtOnce_AreTriedAgain()
    {
        var tool = Tool((ToolContext tool) =>
        {
            tool.User.Set("language", "de");
            _test.Faults.Nth(2, LogCall.Append).FailsBefore();
        });

        await RunAsync(new() { Key = "k", UserId = "ann" }, [tool], "a");

        (await _test.Store.OpenAsync("chat", new() { UserId = "ann" })).User.Get("language", "").ShouldBe("de");
    }

    [Fact]
    public async Task ACrashBetweenThreadAndUser_LeavesTheResultWithoutTheUsersVariables()
    {
        var tool = Tool((ToolContext tool) =>
        {
            _runs++;
            tool.Variables.Set("ran", true);
            tool.User.Set("language", "de");

            // The process is gone after the first of the two commits.
            _test.Faults.Nth(2, LogCall.Append).RunsBefore(() =>
            {
                _test.Faults.Every(LogCall.Append).FailsBefore(new ObjectDisposedException("the process"));
                throw new ObjectDisposedException("the process");
            });
        });
        await Should.ThrowAsync<ObjectDisposedException>(() => RunAsync(new() { Key = "k", UserId = "ann" }, [tool], "a"));
        _test.Faults.Heal();

        await PassTimeAsync(RunAsync(new() { Key = "k", UserId = "ann" }, [tool], "a"));

        var session = await _test.Store.OpenAsync("chat", new() { UserId = "ann" });
        (_runs, session.Variables.Get("ran", false), session.User.Contains("language")).ShouldBe((1, true, false));
    }

    [Fact]
    public async Task AToolThatSetsTooMuch_HasFailed_AndIsNotInTheWayOfOthers()
    {
        var met = new Barrier();
        var tool = Tool(async (string x, ToolContext tool) =>
        {
            tool.Variables.Set(x, new string('x', x == "a" ? 200_000 : 10));
            await met.ArriveAsync(3);
            return x;
        });

        await RunAsync(new() { Key = "k", ConcurrentTools = true }, [tool], "a", "b", "c");

        var session = await _test.Store.OpenAsync("chat");
        session.Variables.Keys.ShouldBe(["b", "c"], ignoreOrder: true);
        var results = (await session.History.LastAsync(10)).SelectMany(message => message.Contents).OfType<FunctionResultContent>().ToDictionary(result => result.CallId, result => result.Result!.ToString());
        results["a"].ShouldStartWith("Error: it took effect, but its result cannot be stored");
        results["b"].ShouldBe("b");
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task OfAToolThatThrows_TheModelIsToldTheMessage_OnlyWhereThatIsWanted(bool isWanted)
    {
        await RunAsync(new() { Key = "k", IncludeDetailedErrors = isWanted }, [Tool(int (ToolContext _) => throw new InvalidOperationException("secret 42"))], "a");

        var result = (await (await _test.Store.OpenAsync("chat")).History.LastAsync(10)).SelectMany(message => message.Contents).OfType<FunctionResultContent>().Single();
        result.Result!.ToString().ShouldBe(isWanted ? "Error: secret 42" : "Error: the function failed.");
        var turn = await _test.Store.Thread("chat").TurnsAsync().FirstAsync();
        (await _test.Store.Thread("chat").StepsAsync(turn.Id)).Single().Error.ShouldBe("secret 42");
    }

    [Fact]
    public async Task AResultThatIsTooLarge_HasFailed_AndTheTurnGoesOn()
    {
        await RunAsync([Tool((ToolContext _) => new string('x', 200_000))], "a");

        (await _test.TextsAsync("chat"))[^1].ShouldBe("done");
    }

    [Fact]
    public async Task AKeyWithATime_IsGoneAfterIt()
    {
        await RunAsync([Tool((ToolContext tool) => tool.Variables.Set("otp", "1", TimeSpan.FromMinutes(5)))], "a");
        (await _test.Store.OpenAsync("chat")).Variables.Contains("otp").ShouldBeTrue();

        _test.Clock.Advance(TimeSpan.FromMinutes(6));

        (await _test.Store.OpenAsync("chat")).Variables.Contains("otp").ShouldBeFalse();
    }

    [Fact]
    public async Task AFunctionThatTakesNoContext_ReadsNothingForIt()
    {
        var tool = Tool((string x) => x);
        _test.Log.Reset();
        await RunAsync(new() { Key = "k", UserId = "ann" }, [tool], "a");

        _test.Log.TailReads.ShouldBe(1);
    }

    private static AIFunction Tool(Delegate method, DurableFunctionOptions? options = null) => DurableFunction.Create(method, (options ?? new()) with { Name = "tool" });

    private Task RunAsync(IReadOnlyList<AITool> tools, params string[] calls) => RunAsync(new() { Key = "k" }, tools, calls);

    private async Task RunAsync(TurnOptions options, IReadOnlyList<AITool> tools, params string[] calls)
    {
        var model = new ScriptedModel(messages => messages[^1].Role == ChatRole.User ? new(Conversations.Call(calls)) : new(new ChatMessage(ChatRole.Assistant, "done")));
        await using var turn = await _test.Another().Thread("chat").BeginTurnAsync("hi", options);
        await turn.ReplyAsync(model, new() { Tools = [.. tools] });
        await turn.CompleteAsync();
    }

    private async Task PassTimeAsync(Task task)
    {
        while (!task.IsCompleted)
        {
            _test.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        await task;
    }

    /// <summary>Where calls that run side by side wait for each other.</summary>
    private sealed class Barrier
    {
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _arrived;

        public TaskCompletionSource First { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task ArriveAsync(int count)
        {
            if (Interlocked.Increment(ref _arrived) == count)
            {
                _all.SetResult();
            }

            await _all.Task;
        }

        public async Task FreeWhenAsync(Func<Task<bool>> holds)
        {
            while (!await holds())
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            }

            First.SetResult();
        }
    }
}

using Holdfast.Chat.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Chat.Tests.Turns;

public sealed class DurableTurnTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ACall_IsATurnOfTwoCommits(bool streaming)
    {
        await using var scene = new TurnScene();
        var process = scene.Start();

        (await process.SayAsync([new(ChatRole.User, "hello")], streaming))[^1].Text.ShouldBe("ok");

        (await scene.ReasonsAsync()).ShouldBe(["turn begun", "turn completed"]);
        (await scene.StoredAsync()).ShouldBe("user:hello | assistant:ok");
        (await process.Store.LoadAsync("demo"))!.Status.ShouldBe(ThreadStatus.Idle);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AToolIsAStep_AndUsageIsSummed(bool streaming)
    {
        await using var scene = new TurnScene();
        var process = scene.Start();

        (await process.SayAsync([new(ChatRole.User, "weather?")], streaming))[^1].Text.ShouldBe("done");

        (await scene.ReasonsAsync()).ShouldBe(["turn begun", "replied", "step done", "turn completed"]);
        (await scene.StoredAsync()).ShouldBe("user:weather? | assistant:call 1 | tool:result 1 | assistant:done");
        var turn = (await scene.TurnsAsync()).Single();
        turn.Usage!.TotalTokenCount.ShouldBe(24);
        turn.Steps.ShouldBe(1);
        (await process.Store.Thread("demo").StepsAsync(turn.Id)).Single().State.ShouldBe(StepState.Completed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ParallelCalls_KeepTheFinishedOnes_AfterACrash(bool streaming)
    {
        await using var scene = new TurnScene();
        AgentProcess? first = null;
        first = scene.Start(
            _ =>
            {
                if (first!.Runs.Count == 2)
                {
                    first.Kill();
                }
            },
            TimeSpan.FromSeconds(1));
        await Should.ThrowAsync<Exception>(() => first.SayAsync([new(ChatRole.User, "compare!")], streaming));

        var second = scene.Start();
        var reply = await second.SayAsync([new(ChatRole.User, "compare!")], streaming);

        reply[^1].Text.ShouldBe("done");
        reply[0].AdditionalProperties![PersistentChatClient.ReplayedProperty].ShouldBe(true);
        second.Runs.ShouldBe([first.Runs[1]]);
        scene.Model.Received.Count.ShouldBe(2);
        (await scene.StoredAsync()).ShouldBe("user:compare! | assistant:call 1+call 2 | tool:result 1 | tool:result 2 | assistant:done");
        (await scene.TurnsAsync()).Single().Attempt.ShouldBe(2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CallsThatTheNextTurnAnswered_AreNotMade_WhenTheFirstGoesOn(bool streaming)
    {
        await using var scene = new TurnScene();
        AgentProcess? first = null;
        first = scene.Start(_ => first!.Kill(), TimeSpan.FromSeconds(1));
        (first.Options.AdditionalProperties ??= [])[PersistentChatClient.KeyProperty] = "delivery 1";
        await Should.ThrowAsync<Exception>(() => first.SayAsync([new(ChatRole.User, "weather?")], streaming));
        await scene.Start().SayAsync([new(ChatRole.User, "hello")], streaming);

        var third = scene.Start();
        (third.Options.AdditionalProperties ??= [])[PersistentChatClient.KeyProperty] = "delivery 1";
        (await third.SayAsync([new(ChatRole.User, "weather?")], streaming))[^1].Role.ShouldBe(ChatRole.Assistant);

        third.Runs.ShouldBeEmpty();
        scene.Model.Violations.ShouldBeEmpty();
        (await scene.TurnsAsync()).ShouldAllBe(turn => turn.State == TurnState.Completed);
    }

    [Fact]
    public async Task AStreamCutInTheMiddleOfACall_NeverRunsIt()
    {
        await using var scene = new TurnScene();
        var process = scene.Start(model: new CutModel(scene.Model));
        await Should.ThrowAsync<IOException>(() => process.SayAsync([new(ChatRole.User, "weather?")], streaming: true));

        process.Runs.ShouldBeEmpty();
        (await scene.TurnsAsync()).Single().State.ShouldBe(TurnState.Failed);
        var stored = (await process.Store.LoadAsync("demo"))!.Messages;
        stored[1].AdditionalProperties![PersistentChatClient.PartialProperty]!.ToString().ShouldBe("True");
        stored[2].Contents.OfType<FunctionResultContent>().Single().Result!.ToString().ShouldBe("This call was not made: the program stopped before it.");

        (await process.SayAsync([new(ChatRole.User, "once more")], streaming: true))[^1].Text.ShouldBe("ok");
        process.Runs.ShouldBeEmpty();
        (await scene.StoredAsync()).ShouldBe("user:weather? | assistant:call 1 | tool:result 1 | user:once more | assistant:ok");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TheSameKey_TwiceAtOnce_RunsOnceAndBothGetTheReply(bool streaming)
    {
        await using var scene = new TurnScene();
        using var isIn = new SemaphoreSlim(0);
        using var mayGoOn = new ManualResetEventSlim();
        scene.Model.BeforeReply = _ =>
        {
            isIn.Release();
            mayGoOn.Wait(TimeSpan.FromMinutes(10), TestContext.Current.CancellationToken).ShouldBeTrue();
        };
        var (first, second) = (scene.Start(), scene.Start());
        foreach (var process in new[] { first, second })
        {
            process.Options.AdditionalProperties = new() { [PersistentChatClient.KeyProperty] = "sms-1" };
        }

        var one = Task.Run(() => first.SayAsync([new(ChatRole.User, "weather?")], streaming));
        (await isIn.WaitAsync(TimeSpan.FromMinutes(10), TestContext.Current.CancellationToken)).ShouldBeTrue();
        var two = Task.Run(() => second.SayAsync([new(ChatRole.User, "weather?")], streaming));
        mayGoOn.Set();

        (await one)[^1].Text.ShouldBe("done");
        (await two)[^1].Text.ShouldBe("done");
        scene.Runs.Count().ShouldBe(1);
        scene.Model.Received.Count.ShouldBe(2);
        (await first.SayAsync([new(ChatRole.User, "weather?")], streaming))[^1].Text.ShouldBe("done");
        scene.Model.Received.Count.ShouldBe(2);
        (await scene.StoredAsync()).ShouldBe("user:weather? | assistant:call 1 | tool:result 1 | assistant:done");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TheIdOfAMessage_IsItsKey(bool streaming)
    {
        await using var scene = new TurnScene();
        var process = scene.Start();

        (await process.SayAsync([new(ChatRole.User, "hello") { MessageId = "m1" }], streaming))[^1].Text.ShouldBe("ok");
        (await process.SayAsync([new(ChatRole.User, "hello") { MessageId = "m1" }], streaming))[^1].Text.ShouldBe("ok");
        (await process.SayAsync([new(ChatRole.User, "hello") { MessageId = "m2" }], streaming))[^1].Text.ShouldBe("ok");

        scene.Model.Received.Count.ShouldBe(2);
        (await scene.StoredAsync()).ShouldBe("user:hello | assistant:ok | user:hello | assistant:ok");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AFailedModel_IsAskedAgain_WithoutRunningToolsAgain(bool streaming)
    {
        await using var scene = new TurnScene();
        var process = scene.Start();
        scene.Model.BeforeReply = messages =>
        {
            if (messages[^1].Role == ChatRole.Tool)
            {
                throw new HttpRequestException("503");
            }
        };
        await Should.ThrowAsync<HttpRequestException>(() => process.SayAsync([new(ChatRole.User, "weather?")], streaming));
        (await process.Store.LoadAsync("demo"))!.Status.ShouldBe(ThreadStatus.Failed);
        scene.Model.BeforeReply = _ => { };

        (await process.SayAsync([new(ChatRole.User, "weather?")], streaming))[^1].Text.ShouldBe("done");

        scene.Runs.Count().ShouldBe(1);
        (await scene.StoredAsync()).ShouldBe("user:weather? | assistant:call 1 | tool:result 1 | assistant:done");
    }

    [Fact]
    public async Task ACancelledCall_CancelsItsTurn()
    {
        await using var scene = new TurnScene();
        using var cancel = new CancellationTokenSource();
        var process = scene.Start(_ => cancel.Cancel());

        await Should.ThrowAsync<OperationCanceledException>(() => process.Client.GetResponseAsync("weather?", process.Options, cancel.Token));

        (await scene.TurnsAsync()).Single().State.ShouldBe(TurnState.Cancelled);
        (await process.Store.LoadAsync("demo"))!.Status.ShouldBe(ThreadStatus.Idle);
        (await process.SayAsync([new(ChatRole.User, "hello")], streaming: false))[^1].Text.ShouldBe("ok");
        await scene.StoredAsync();
    }

    [Fact]
    public async Task AReaderWhoLeaves_CancelsTheTurn_AndWhatArrivedIsKept()
    {
        await using var scene = new TurnScene();
        var process = scene.Start();

        await process.SayAsync([new(ChatRole.User, "weather?")], streaming: true, leaveAt: update => update.Contents.Any(content => content is FunctionResultContent));

        (await scene.TurnsAsync()).Single().State.ShouldBe(TurnState.Cancelled);
        (await process.SayAsync([new(ChatRole.User, "hello")], streaming: true))[^1].Text.ShouldBe("ok");
        (await scene.StoredAsync()).ShouldBe("user:weather? | assistant:call 1 | tool:result 1 | user:hello | assistant:ok");
    }

    [Fact]
    public async Task ATurnOfYourOwn_IsJoined_AndEndedByYou()
    {
        await using var scene = new TurnScene();
        var process = scene.Start();
        await using var turn = await process.Store.Thread("demo").BeginTurnAsync("weather?");

        var reply = await turn.ReplyAsync(process.Client, new() { Tools = process.Options.Tools });

        reply.Text.ShouldContain("done");
        turn.State.ShouldBe(TurnState.Running);
        (await turn.CompleteAsync()).ShouldBe(TurnState.Completed);
        scene.Runs.Count().ShouldBe(1);
        (await scene.StoredAsync()).ShouldBe("user:weather? | assistant:call 1 | tool:result 1 | assistant:done");
        (await scene.TurnsAsync()).Single().Usage!.TotalTokenCount.ShouldBe(24);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnotherMessage_WaitsForItsTurn(bool streaming)
    {
        await using var scene = new TurnScene();
        using var isIn = new SemaphoreSlim(0);
        using var mayGoOn = new ManualResetEventSlim();
        var process = scene.Start(_ =>
        {
            isIn.Release();
            mayGoOn.Wait(TimeSpan.FromMinutes(10), TestContext.Current.CancellationToken).ShouldBeTrue();
        });
        var one = Task.Run(() => process.SayAsync([new(ChatRole.User, "weather?")], streaming));
        (await isIn.WaitAsync(TimeSpan.FromMinutes(10), TestContext.Current.CancellationToken)).ShouldBeTrue();
        var two = Task.Run(() => process.SayAsync([new(ChatRole.User, "hello")], streaming));
        while (!(await scene.TurnsAsync()).Exists(turn => turn.State == TurnState.Queued))
        {
            await Task.Yield();
        }

        mayGoOn.Set();

        (await one)[^1].Text.ShouldBe("done");
        (await two)[^1].Text.ShouldBe("ok");
        (await scene.StoredAsync()).ShouldBe("user:weather? | assistant:call 1 | tool:result 1 | assistant:done | user:hello | assistant:ok");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AModelThatUsesTheSameIdAgain_GetsTheResultOfEachCall(bool streaming)
    {
        await using var scene = new TurnScene();
        var cities = new List<string>();
        var process = scene.Start(model: new CountingModel(3));
        process.Options.Tools =
        [
            AIFunctionFactory.Create(
                (string city) =>
                {
                    cities.Add(city);
                    return city;
                },
                "weather"),
        ];

        (await process.SayAsync([new(ChatRole.User, "weather?")], streaming))[^1].Text.ShouldBe("city 1, city 2, city 3");

        cities.ShouldBe(["city 1", "city 2", "city 3"]);
        (await scene.StoredAsync()).ShouldBe("user:weather? | assistant:call 1 | tool:result 1 | assistant:call 2 | tool:result 2 | assistant:call 3 | tool:result 3 | assistant:city 1, city 2, city 3");
    }

    [Fact]
    public void WithoutHoldfastBelow_ThePipelineIsNotBuilt()
        => Should.Throw<InvalidOperationException>(() => new StrictModel().AsBuilder().UseDurableFunctionInvocation().Build()).Message.ShouldContain("UseHoldfast");
}

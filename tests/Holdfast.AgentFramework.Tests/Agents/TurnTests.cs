using Holdfast.AgentFramework.Tests.Support;
using Holdfast.AgentFramework.Worker;
using Holdfast.Chat.Tests.Support;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace Holdfast.AgentFramework.Tests.Agents;

/// <summary>Runs of agents are turns.</summary>
public sealed class TurnTests
{
    private static readonly AgentRunOptions Keyed = new() { AdditionalProperties = new() { [PersistentChatClient.KeyProperty] = "sms-1" } };

    public static MatrixTheoryData<HistoryMode, bool> Modes => new(Enum.GetValues<HistoryMode>(), [false, true]);

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task ARun_IsOneTurn(HistoryMode mode, bool streaming)
    {
        await using var scene = new Scene();
        var host = scene.Start(mode);

        (await host.RunAsync([Scene.Said("compare!")], await host.SessionOfAsync("demo"), streaming)).Text.ShouldBe("done");

        (await scene.StoredAsync()).Replace("result 1 | tool:result 2", "result 1+result 2", StringComparison.Ordinal).ShouldBe("user:compare! | assistant:call 1+call 2 | tool:result 1+result 2 | assistant:done");
        var turn = (await scene.TurnsAsync()).ShouldHaveSingleItem();
        (turn.State, turn.Steps, turn.Usage?.TotalTokenCount).ShouldBe((TurnState.Completed, 2, 24));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task TheSameKey_GivesTheRecordedReply(HistoryMode mode, bool streaming)
    {
        await using var scene = new Scene();
        var first = scene.Start(mode);
        await first.RunAsync([Scene.Said("weather?")], await first.SessionOfAsync("demo"), streaming, Keyed);
        var second = scene.Start(mode);

        var reply = await second.RunAsync([Scene.Said("weather?")], await second.SessionOfAsync("demo"), streaming, Keyed);

        reply.Text.ShouldContain("done");
        scene.Runs.Length.ShouldBe(1);
        scene.Model.Received.Count.ShouldBe(2);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task AFunctionThatRan_DoesNotRunAgain_WhenTheRunFailsAfterwards(HistoryMode mode, bool streaming)
    {
        await using var scene = new Scene();
        var first = scene.Start(mode);
        first.FailsAfterTools = true;
        await Should.ThrowAsync<HttpRequestException>(async () => await first.RunAsync([Scene.Said("weather?")], await first.SessionOfAsync("demo"), streaming));
        first.FailsAfterTools = false;
        (await scene.TurnsAsync()).ShouldHaveSingleItem().State.ShouldBe(TurnState.Failed);
        var second = scene.Start(mode);

        (await second.RunAsync([Scene.Said("weather?")], await second.SessionOfAsync("demo"), streaming)).Text.ShouldBe("done");

        scene.Runs.ShouldBe(["weather Paris"]);
        (await scene.StoredAsync()).ShouldBe("user:weather? | assistant:call 1 | tool:result 1 | assistant:done");
        (await scene.TurnsAsync()).ShouldHaveSingleItem().Attempt.ShouldBe(2);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task AFunctionThatFails_IsToldToTheModel_AndRunsOnce(HistoryMode mode, bool streaming)
    {
        await using var scene = new Scene();
        var host = scene.Start(mode, run: _ => throw new InvalidOperationException("no umbrella"));

        (await host.RunAsync([Scene.Said("weather?")], await host.SessionOfAsync("demo"), streaming)).Text.ShouldBe("done");

        scene.Runs.Length.ShouldBe(1);
        (await scene.StoredAsync()).ShouldBe("user:weather? | assistant:call 1 | tool:result 1 | assistant:done");
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task ACallerWhoCancels_CancelsTheTurn(HistoryMode mode, bool streaming)
    {
        await using var scene = new Scene();
        var host = scene.Start(mode);
        using var cancel = new CancellationTokenSource();
        host.Model.BeforeReply = _ =>
        {
            cancel.Cancel();
            cancel.Token.ThrowIfCancellationRequested();
        };

        await Should.ThrowAsync<OperationCanceledException>(async () => await host.RunAsync([Scene.Said("hello")], await host.SessionOfAsync("demo"), streaming, cancellationToken: cancel.Token));

        (await scene.TurnsAsync()).ShouldHaveSingleItem().State.ShouldBe(TurnState.Cancelled);
    }

    [Theory]
    [InlineData(HistoryMode.Pipeline)]
    [InlineData(HistoryMode.EndOfRun)]
    [InlineData(HistoryMode.PerServiceCall)]
    public async Task AReaderWhoLeaves_LeavesNoTurnOpen(HistoryMode mode)
    {
        await using var scene = new Scene();
        var host = scene.Start(mode);
        await foreach (var update in host.Agent.RunStreamingAsync([Scene.Said("hello")], await host.SessionOfAsync("demo")))
        {
            break;
        }

        (await scene.TurnsAsync()).ShouldHaveSingleItem().State.ShouldBe(TurnState.Cancelled);
        (await host.RunAsync([Scene.Said("thanks")], await host.SessionOfAsync("demo"))).Text.ShouldBe("ok");
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task AFunctionThatAsks_IsAnsweredLater(HistoryMode mode, bool streaming)
    {
        await using var scene = new Scene();
        var asks = DurableFunction.Create(
            async (string city, ToolContext tool, CancellationToken token) => $"{city}: {(await tool.AskAsync(new() { Name = "colour", Prompt = "Which colour?" }, token)).Value}",
            new() { Name = "weather" });
        var host = scene.Start(mode, options => options.ChatOptions!.Tools = [asks]);
        var session = await host.SessionOfAsync("demo");
        var waiting = await host.RunAsync([Scene.Said("weather?")], session, streaming, Keyed);
        waiting.Messages.SelectMany(message => message.Contents).ShouldNotContain(content => content is FunctionResultContent);
        ((IReadOnlyList<Interrupt>)waiting.AdditionalProperties![DurableFunctionInvokingChatClient.InterruptsProperty]!).Single().Prompt.ShouldBe("Which colour?");
        var asked = await host.Store.Interrupts.ListAsync().SingleAsync();
        await host.Store.Interrupts.AnswerAsync(asked.Id, InterruptAnswer.Respond(System.Text.Json.JsonElement.Parse("\"red\"")));

        (await host.RunAsync([Scene.Said("weather?")], session, streaming, Keyed)).Text.ShouldBe("done");

        scene.Model.Received[^1].SelectMany(message => message.Contents).OfType<FunctionResultContent>().Single().Result!.ToString().ShouldBe("Paris: red");
        (await scene.StoredAsync()).ShouldBe("user:weather? | assistant:call 1 | tool:result 1 | assistant:done");
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task AFunctionForAnAudience_IsNotAskedOfTheUser(HistoryMode mode, bool streaming)
    {
        await using var scene = new Scene();
        var delete = DurableFunction.Create((string city) => $"delete of {city}", new() { Name = "delete", RequiresApproval = true, Audience = "finance" });
        var host = scene.Start(mode, options => options.ChatOptions!.Tools = [delete]);
        var options = new AgentRunOptions { AdditionalProperties = new() { [PersistentChatClient.UserProperty] = "ann", [PersistentChatClient.KeyProperty] = "sms-1" } };
        var session = await host.SessionOfAsync("demo");

        var waiting = await host.RunAsync([Scene.Said("delete it!")], session, streaming, options);

        AgentHost.RequestsIn(waiting).ShouldBeEmpty();
        var asked = await host.Store.Interrupts.ListAsync(new() { Audience = "finance" }).SingleAsync();
        await host.Store.Interrupts.AnswerAsync(asked.Id, InterruptAnswer.Accept("bob"));
        (await host.RunAsync([Scene.Said("delete it!")], session, streaming, options)).Text.ShouldBe("done");
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task SomeOfSeveralAnswers_WaitForTheOthers(HistoryMode mode, bool streaming)
    {
        await using var scene = new Scene();
        var host = scene.Start(mode, options => options.ChatOptions!.Tools =
            [options.ChatOptions.Tools![1], AIFunctionFactory.Create((string city) => "sunny in " + city, "weather")]);
        host.Model.BeforeReply = _ => { };
        var session = await host.SessionOfAsync("demo");

        var asked = await host.RunAsync([Scene.Said("delete both!")], session, streaming);
        AgentHost.RequestsIn(asked).Count.ShouldBe(2);
        var partly = new ChatMessage(ChatRole.User, [AgentHost.RequestsIn(asked)[0].CreateResponse(true)]);
        var still = await host.RunAsync([partly], session, streaming);
        AgentHost.RequestsIn(still).Count.ShouldBe(1);
        scene.Runs.ShouldBeEmpty();

        (await host.RunAsync([new(ChatRole.User, [AgentHost.RequestsIn(asked)[1].CreateResponse(false, "not Rome")])], session, streaming)).Text.ShouldBe("done");

        scene.Runs.ShouldBe(["delete Paris"]);
        (await scene.StoredAsync()).Replace("result 1 | tool:result 2", "result 1+result 2", StringComparison.Ordinal).ShouldBe("user:delete both! | assistant:call 1+call 2 | tool:result 1+result 2 | assistant:done");
    }

    // Agents without any history of ours: what they reply is stored by the run.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnAgentWithTheFrameworksHistory_IsDurableToo(bool streaming)
    {
        await using var scene = new Scene();
        var host = scene.Start(HistoryMode.EndOfRun, options => options.ChatHistoryProvider = null);
        var session = await host.SessionOfAsync("demo");
        var asked = await host.RunAsync([Scene.Said("delete it!")], session, streaming);
        host.FailsAfterTools = true;
        await Should.ThrowAsync<HttpRequestException>(() => host.RunAsync([Scene.Approve(asked)], session, streaming));
        host.FailsAfterTools = false;

        (await host.RunAsync([Scene.Approve(asked)], session, streaming)).Text.ShouldBe("done");

        scene.Runs.ShouldBe(["delete Paris"]);
        (await host.RunAsync([Scene.Said("thanks")], session, streaming)).Text.ShouldBe("ok");
        (await scene.StoredAsync()).ShouldBe("user:delete it! | assistant:call 1 | tool:result 1 | assistant:done | user:thanks | assistant:ok");
    }

    [Fact]
    public async Task ARunWithinATurn_IsPartOfIt()
    {
        await using var scene = new Scene();
        var host = scene.Start(HistoryMode.EndOfRun);
        await using var turn = await host.Store.Thread("demo").BeginTurnAsync("hello");
        Turn.Current = turn;

        await host.RunAsync([Scene.Said("hello")], await host.SessionOfAsync("demo"));

        turn.State.ShouldBe(TurnState.Running);
        await turn.CompleteAsync();
        (await scene.StoredAsync()).ShouldBe("user:hello | assistant:ok");
    }

    [Fact]
    public async Task AnotherStoreThanThatOfThePipeline_IsAnError()
    {
        await using var scene = new Scene();
        await using var other = new AgentStateStore(new Logs.InMemoryCommitLog());
        var pipeline = new StrictModel().AsBuilder().UseDurableFunctionInvocation().UseHoldfast(scene.Start(HistoryMode.Pipeline).Store).Build();

        Should.Throw<InvalidOperationException>(() => pipeline.AsAIAgent(new ChatClientAgentOptions()).AsBuilder().UseHoldfast(other).Build());
    }
}

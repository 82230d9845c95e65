using System.Text.Json;
using Holdfast.Chat.Tests.Functions;
using Holdfast.Chat.Tests.Support;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace Holdfast.Chat.Tests.Turns;

/// <summary>An agent of Microsoft Agent Framework over the pipeline.</summary>
public sealed class AgentFrameworkTests
{
    public enum Session
    {
        /// <summary>What applications do: it is kept as JSON between two runs, with the requests that the framework binds answers to.</summary>
        Kept,

        /// <summary>Of the thread's id alone, without the framework's own binding of answers.</summary>
        New,
    }

    [Theory]
    [InlineData(Session.Kept, false)]
    [InlineData(Session.Kept, true)]
    [InlineData(Session.New, false)]
    [InlineData(Session.New, true)]
    public async Task AnAgent_AsksAndIsAnsweredInAnotherProcess(Session session, bool streaming)
    {
        await using var scene = new TurnScene();
        var (first, second) = (new Agent(scene.Start(), session), new Agent(scene.Start(), session));
        var request = TurnScene.RequestsIn(await first.RunAsync(new(ChatRole.User, "delete it!"), streaming)).Single();
        second.Json = first.Json;

        var reply = await second.RunAsync(TurnScene.Answer(Scene.Fresh(request).CreateResponse(true)), streaming);

        reply[^1].Text.ShouldBe("done");
        scene.Runs.Count().ShouldBe(1);
        (await second.RunAsync(new(ChatRole.User, "thanks"), streaming))[^1].Text.ShouldBe("ok");
        (await scene.StoredAsync()).ShouldBe("user:delete it! | assistant:call 1 | tool:result 1 | assistant:done | user:thanks | assistant:ok");
    }

    [Theory]
    [InlineData(Session.Kept, false)]
    [InlineData(Session.Kept, true)]
    [InlineData(Session.New, false)]
    [InlineData(Session.New, true)]
    public async Task AFailedResume_CanBeResumed_AndTheToolRanOnce(Session session, bool streaming)
    {
        await using var scene = new TurnScene();
        var (first, second) = (new Agent(scene.Start(), session), new Agent(scene.Start(), session));
        var request = TurnScene.RequestsIn(await first.RunAsync(new(ChatRole.User, "delete it!"), streaming)).Single();
        second.Json = first.Json;
        scene.Model.BeforeReply = messages =>
        {
            if (messages[^1].Role == ChatRole.Tool)
            {
                throw new HttpRequestException("503");
            }
        };
        await Should.ThrowAsync<HttpRequestException>(() => first.RunAsync(TurnScene.Answer(request.CreateResponse(true)), streaming));
        scene.Model.BeforeReply = _ => { };

        (await second.RunAsync(TurnScene.Answer(Scene.Fresh(request).CreateResponse(true)), streaming))[^1].Text.ShouldBe("done");

        scene.Runs.Count().ShouldBe(1);
        (await scene.StoredAsync()).ShouldBe("user:delete it! | assistant:call 1 | tool:result 1 | assistant:done");
    }

    [Fact]
    public async Task ASession_KeepsItsThread()
    {
        await using var scene = new TurnScene();
        var process = scene.Start();
        var agent = AgentOf(process, Session.Kept);
        var session = await agent.CreateSessionAsync(TestContext.Current.CancellationToken);

        (await agent.RunAsync("weather?", session, cancellationToken: TestContext.Current.CancellationToken)).Text.ShouldContain("done");
        (await agent.RunAsync("thanks", session, cancellationToken: TestContext.Current.CancellationToken)).Text.ShouldBe("ok");

        var thread = ((ChatClientAgentSession)session).ConversationId!;
        Transcript.Of((await process.Store.LoadAsync(ThreadId.Parse(thread)))!.Messages)
            .ShouldBe("user:weather? | assistant:call 1 | tool:result 1 | assistant:done | user:thanks | assistant:ok");
        scene.Model.Violations.ShouldBeEmpty();
    }

    private static ChatClientAgent AgentOf(AgentProcess process, Session session) => new(
        process.Client,
        new ChatClientAgentOptions { ChatOptions = new() { Tools = process.Options.Tools }, DisableApprovalResponseBinding = session == Session.New });

    private sealed class Agent(AgentProcess process, Session kind)
    {
        private readonly ChatClientAgent _agent = AgentOf(process, kind);

        /// <summary>What an application keeps between two runs.</summary>
        public JsonElement? Json { get; set; }

        public async Task<IList<ChatMessage>> RunAsync(ChatMessage message, bool streaming)
        {
            var cancellationToken = TestContext.Current.CancellationToken;
            var session = kind == Session.Kept && Json is { } json
                ? await _agent.DeserializeSessionAsync(json, cancellationToken: cancellationToken)
                : await _agent.CreateSessionAsync("demo", cancellationToken);
            var response = streaming
                ? await _agent.RunStreamingAsync(message, session, cancellationToken: cancellationToken).ToAgentResponseAsync(cancellationToken)
                : await _agent.RunAsync(message, session, cancellationToken: cancellationToken);
            Json = await _agent.SerializeSessionAsync(session, cancellationToken: cancellationToken);
            return response.Messages;
        }
    }
}

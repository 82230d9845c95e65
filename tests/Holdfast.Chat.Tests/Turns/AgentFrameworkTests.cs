using Holdfast.Chat.Tests.Functions;
using Holdfast.Chat.Tests.Support;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace Holdfast.Chat.Tests.Turns;

/// <summary>An agent of Microsoft Agent Framework over the pipeline.</summary>
public sealed class AgentFrameworkTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnAgent_AsksAndIsAnsweredInAnotherProcess(bool streaming)
    {
        await using var scene = new TurnScene();
        var (first, second) = (scene.Start(), scene.Start());
        var asked = await RunAsync(first, "delete it!", streaming);
        var request = TurnScene.RequestsIn(asked.Messages).Single();

        var reply = await RunAsync(second, TurnScene.Answer(Scene.Fresh(request).CreateResponse(true)), streaming);

        reply.Messages[^1].Text.ShouldBe("done");
        scene.Runs.Count().ShouldBe(1);
        (await scene.StoredAsync()).ShouldBe("user:delete it! | assistant:call 1 | tool:result 1 | assistant:done");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AFailedResume_CanBeResumed_AndTheToolRanOnce(bool streaming)
    {
        await using var scene = new TurnScene();
        var (first, second) = (scene.Start(), scene.Start());
        var request = TurnScene.RequestsIn((await RunAsync(first, "delete it!", streaming)).Messages).Single();
        scene.Model.BeforeReply = messages =>
        {
            if (messages[^1].Role == ChatRole.Tool)
            {
                throw new HttpRequestException("503");
            }
        };
        await Should.ThrowAsync<HttpRequestException>(() => RunAsync(first, TurnScene.Answer(request.CreateResponse(true)), streaming));
        scene.Model.BeforeReply = _ => { };

        (await RunAsync(second, TurnScene.Answer(Scene.Fresh(request).CreateResponse(true)), streaming)).Messages[^1].Text.ShouldBe("done");

        scene.Runs.Count().ShouldBe(1);
        (await scene.StoredAsync()).ShouldBe("user:delete it! | assistant:call 1 | tool:result 1 | assistant:done");
    }

    [Fact]
    public async Task ASession_KeepsItsThread()
    {
        await using var scene = new TurnScene();
        var process = scene.Start();
        var agent = AgentOf(process);
        var session = await agent.CreateSessionAsync(TestContext.Current.CancellationToken);

        (await agent.RunAsync("weather?", session, cancellationToken: TestContext.Current.CancellationToken)).Text.ShouldContain("done");
        (await agent.RunAsync("thanks", session, cancellationToken: TestContext.Current.CancellationToken)).Text.ShouldBe("ok");

        var thread = ((ChatClientAgentSession)session).ConversationId!;
        Transcript.Of((await process.Store.LoadAsync(ThreadId.Parse(thread)))!.Messages)
            .ShouldBe("user:weather? | assistant:call 1 | tool:result 1 | assistant:done | user:thanks | assistant:ok");
        scene.Model.Violations.ShouldBeEmpty();
    }

    private static ChatClientAgent AgentOf(AgentProcess process) => new(process.Client, new ChatClientAgentOptions { ChatOptions = new() { Tools = process.Options.Tools } });

    private static Task<AgentResponse> RunAsync(AgentProcess process, string text, bool streaming) => RunAsync(process, new ChatMessage(ChatRole.User, text), streaming);

    private static async Task<AgentResponse> RunAsync(AgentProcess process, ChatMessage message, bool streaming)
    {
        var agent = AgentOf(process);
        var session = await agent.CreateSessionAsync("demo", TestContext.Current.CancellationToken);
        return streaming
            ? await agent.RunStreamingAsync(message, session, cancellationToken: TestContext.Current.CancellationToken).ToAgentResponseAsync(TestContext.Current.CancellationToken)
            : await agent.RunAsync(message, session, cancellationToken: TestContext.Current.CancellationToken);
    }
}

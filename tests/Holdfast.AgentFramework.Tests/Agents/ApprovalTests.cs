using System.Text.Json;
using Holdfast.AgentFramework.Tests.Support;
using Holdfast.AgentFramework.Worker;
using Microsoft.Agents.AI;

namespace Holdfast.AgentFramework.Tests.Agents;

/// <summary>A function that needs approval runs once, whatever fails, in each of the framework's three ways to keep a history.</summary>
public sealed class ApprovalTests
{
    public enum Resume
    {
        /// <summary>The same agent and session.</summary>
        SameObject,

        /// <summary>Another agent, and a session that was kept as JSON.</summary>
        FreshObject,

        /// <summary>Another agent, and a session that knows the thread only.</summary>
        NewSession,
    }

    public static MatrixTheoryData<HistoryMode, Resume, bool> Matrix => new(Enum.GetValues<HistoryMode>(), Enum.GetValues<Resume>(), [false, true]);

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task AFailedResume_CanBeResumed_AndTheToolRanOnce(HistoryMode mode, Resume resume, bool streaming)
    {
        await using var scene = new Scene();
        var runner = new Runner(scene, mode, resume, streaming);
        var asked = await runner.RunAsync(Scene.Said("delete it!"));
        runner.Host.FailsAfterTools = true;
        await Should.ThrowAsync<HttpRequestException>(() => runner.RunAsync(Scene.Approve(asked)));
        runner.Host.FailsAfterTools = false;

        (await runner.RunAsync(Scene.Approve(asked))).Text.ShouldBe("done");

        scene.Runs.ShouldBe(["delete Paris"]);
        (await scene.StoredAsync()).ShouldBe("user:delete it! | assistant:call 1 | tool:result 1 | assistant:done");
        (await scene.TurnsAsync()).ShouldHaveSingleItem().State.ShouldBe(TurnState.Completed);
        (await runner.RunAsync(Scene.Said("thanks"))).Text.ShouldBe("ok");
        (await scene.StoredAsync()).ShouldBe("user:delete it! | assistant:call 1 | tool:result 1 | assistant:done | user:thanks | assistant:ok");
        scene.Runs.Length.ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task ARefusal_IsTold(HistoryMode mode, Resume resume, bool streaming)
    {
        await using var scene = new Scene();
        var runner = new Runner(scene, mode, resume, streaming);
        var asked = await runner.RunAsync(Scene.Said("delete it!"));

        (await runner.RunAsync(Scene.Approve(asked, approved: false))).Text.ShouldBe("done");

        scene.Runs.ShouldBeEmpty();
        (await scene.StoredAsync()).ShouldBe("user:delete it! | assistant:call 1 | tool:result 1 | assistant:done");
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task AnAnswerElsewhere_IsUsed(HistoryMode mode, Resume resume, bool streaming)
    {
        await using var scene = new Scene();
        var runner = new Runner(scene, mode, resume, streaming);
        await runner.RunAsync(Scene.Said("delete it!"), "key-1");
        var waiting = await runner.Host.Store.Interrupts.ListAsync().SingleAsync();
        await runner.Host.Store.Interrupts.AnswerAsync(waiting.Id, InterruptAnswer.Edit(JsonElement.Parse("""{"city":"Rome"}"""), "ann"));

        (await runner.RunAsync(Scene.Said("delete it!"), "key-1")).Text.ShouldBe("done");

        scene.Runs.ShouldBe(["delete Rome"]);
        (await scene.StoredAsync()).ShouldBe("user:delete it! | assistant:call 1 | tool:result 1 | assistant:done");
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task TheUserGoesOn_AndNothingRuns(HistoryMode mode, Resume resume, bool streaming)
    {
        await using var scene = new Scene();
        var runner = new Runner(scene, mode, resume, streaming);
        await runner.RunAsync(Scene.Said("delete it!"));

        (await runner.RunAsync(Scene.Said("never mind"))).Text.ShouldBe("ok");

        scene.Runs.ShouldBeEmpty();
        (await scene.StoredAsync()).ShouldBe("user:delete it! | assistant:call 1 | tool:result 1 | user:never mind | assistant:ok");
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task ARequestThatWaits_IsReturnedAgain_AndTheModelIsNotAsked(HistoryMode mode, Resume resume, bool streaming)
    {
        await using var scene = new Scene();
        var runner = new Runner(scene, mode, resume, streaming);
        var asked = await runner.RunAsync(Scene.Said("delete it!"), "key-1");

        var again = await runner.RunAsync(Scene.Said("delete it!"), "key-1");

        AgentHost.RequestsIn(again).Select(request => request.RequestId).ShouldBe(AgentHost.RequestsIn(asked).Select(request => request.RequestId));
        scene.Model.Received.Count.ShouldBe(1);
    }

    private sealed class Runner(Scene scene, HistoryMode mode, Resume resume, bool streaming)
    {
        private AgentSession? _session;
        private JsonElement? _json;

        public AgentHost Host { get; private set; } = scene.Start(mode);

        public async Task<AgentResponse> RunAsync(Microsoft.Extensions.AI.ChatMessage message, string? key = null)
        {
            if (_session is null || resume == Resume.NewSession)
            {
                _session = await Host.SessionOfAsync("demo");
            }
            else if (resume == Resume.FreshObject)
            {
                Host = scene.Start(mode);
                _session = await Host.Agent.DeserializeSessionAsync(_json!.Value);
            }

            var response = await Host.RunAsync([message], _session, streaming, key is null ? null : new() { AdditionalProperties = new() { [PersistentChatClient.KeyProperty] = key } });
            _json = await Host.Agent.SerializeSessionAsync(_session);
            return response;
        }
    }
}

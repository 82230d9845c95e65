using System.Text.Json;
using Holdfast.Logs;
using Microsoft.Agents.AI.Workflows;

namespace Holdfast.AgentFramework.Tests.Workflows;

public sealed class CheckpointTests : IAsyncDisposable
{
    private readonly InMemoryCommitLog _log = new();
    private readonly AgentStateStore _store;
    private readonly HoldfastCheckpointStore _checkpoints;

    public CheckpointTests() => (_store, _checkpoints) = (new(_log), new(new AgentStateStore(_log)));

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Theory]
    [InlineData("""{"stepNumber":0,"workflow":{"edges":{"a":[1,2]}},"runnerData":{},"stateData":{"x||y/z%":{"value":null},"":1}}""")]
    [InlineData("""{"a":{"b":{"c":{"d":{}}}},"a/b":1,"a%2Fb":{"":{"$type":1}}}""")]
    public async Task ACheckpoint_ComesBackAsItWas(string json)
    {
        var id = await _checkpoints.CreateCheckpointAsync("s", JsonElement.Parse(json));

        var read = await _checkpoints.RetrieveCheckpointAsync("s", id);

        JsonElement.DeepEquals(read, JsonElement.Parse(json)).ShouldBeTrue(read.ToString());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[1]")]
    public async Task WhatIsNoCheckpoint_IsRefused(string json) => await Should.ThrowAsync<ArgumentException>(() => _checkpoints.CreateCheckpointAsync("s", JsonElement.Parse(json)).AsTask());

    [Fact]
    public async Task AKeyThatIsTooLong_IsKeptInItsObject()
    {
        var value = JsonSerializer.SerializeToElement(new { state = new Dictionary<string, int> { [new string('ä', 300)] = 1 } });
        var id = await _checkpoints.CreateCheckpointAsync("s", value);

        JsonElement.DeepEquals(await _checkpoints.RetrieveCheckpointAsync("s", id), value).ShouldBeTrue();
    }

    [Fact]
    public async Task TheIndex_IsInOrder_AndTellsParents()
    {
        var first = await _checkpoints.CreateCheckpointAsync("s", JsonElement.Parse("""{"step":1}"""));
        var second = await _checkpoints.CreateCheckpointAsync("s", JsonElement.Parse("""{"step":2}"""), first);
        var branch = await _checkpoints.CreateCheckpointAsync("s", JsonElement.Parse("""{"step":2}"""), first);

        (await _checkpoints.RetrieveIndexAsync("s")).ShouldBe([first, second, branch]);
        (await _checkpoints.RetrieveIndexAsync("s", first)).ShouldBe([second, branch]);
        (await _checkpoints.RetrieveIndexAsync("s", second)).ShouldBeEmpty();
        (await _checkpoints.RetrieveIndexAsync("other")).ShouldBeEmpty();
        (await _checkpoints.RetrieveCheckpointAsync("s", first)).GetProperty("step").GetInt32().ShouldBe(1);
    }

    [Theory]
    [InlineData("2")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("nonsense")]
    public async Task ACheckpointThatIsNotThere_IsAnError(string id)
    {
        await _checkpoints.CreateCheckpointAsync("s", JsonElement.Parse("""{"step":1}"""));

        await Should.ThrowAsync<KeyNotFoundException>(() => _checkpoints.RetrieveCheckpointAsync("s", new("s", id)).AsTask());
    }

    [Fact]
    public async Task WhatStays_IsNotWrittenAgain()
    {
        var graph = string.Join(',', Enumerable.Range(0, 200).Select(i => $"\"executor{i}\":{{\"type\":\"A, B\"}}"));
        for (var step = 0; step < 10; step++)
        {
            await _checkpoints.CreateCheckpointAsync("s", JsonElement.Parse($$$"""{"stepNumber":{{{step}}},"workflow":{"executors":{ {{{graph}}} }},"stateData":{"a":{{{step}}},"b":"still"}}"""));
        }

        var sizes = await _store.Thread("workflow/s").LogAsync(new() { Ascending = true }).Where(commit => !commit.IsKeyframe || commit.Version == 1).Select(commit => commit.Bytes).ToListAsync();
        sizes[0].ShouldBeGreaterThan(6_000);
        sizes.Skip(1).ShouldAllBe(bytes => bytes < 400);
    }

    [Fact]
    public async Task AWorkflow_WaitsForAPerson_AndIsResumedElsewhere()
    {
        await using (var run = await InProcessExecution.RunStreamingAsync(Ask(), "how much?", CheckpointManager.CreateJson(_checkpoints), "order-1", TestContext.Current.CancellationToken))
        {
            await foreach (var happened in run.WatchStreamAsync(TestContext.Current.CancellationToken))
            {
                if (happened is RequestInfoEvent)
                {
                    break;
                }
            }
        }

        var manager = CheckpointManager.CreateJson(new HoldfastCheckpointStore(new(_log)));
        var latest = await manager.GetLatestCheckpointAsync("order-1", TestContext.Current.CancellationToken);
        object? output = null;
        await using (var run = await InProcessExecution.ResumeStreamingAsync(Ask(), latest!, manager, TestContext.Current.CancellationToken))
        {
            await foreach (var happened in run.WatchStreamAsync(TestContext.Current.CancellationToken))
            {
                if (happened is RequestInfoEvent { Request: var request })
                {
                    request.TryGetDataAs<string>(out var question).ShouldBeTrue();
                    question.ShouldBe("HOW MUCH?");
                    await run.SendResponseAsync(request.CreateResponse(42));
                }

                output = (happened as WorkflowOutputEvent)?.Data ?? output;
            }
        }

        output.ShouldBe("answer 42");
        (await _store.Thread("workflow/order-1").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    private static Workflow Ask()
    {
        var (up, port, end) = (new Up(), RequestPort.Create<string, int>("ask"), new End());
        return new WorkflowBuilder(up).AddEdge(up, port).AddEdge(port, end).WithOutputFrom(end).Build();
    }

    private sealed class Up() : Executor<string, string>("up")
    {
        public override ValueTask<string> HandleAsync(string message, IWorkflowContext context, CancellationToken cancellationToken = default) => new(message.ToUpperInvariant());
    }

    private sealed class End() : Executor<int, string>("end")
    {
        public override ValueTask<string> HandleAsync(int message, IWorkflowContext context, CancellationToken cancellationToken = default) => new($"answer {message}");
    }
}

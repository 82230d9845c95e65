using Holdfast.Chat.Tests.Support;
using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Chat.Tests.Turns;

/// <summary>Agents that are called as tools, below the pipeline that invokes functions durably; the agent has a plain model, or a pipeline of its own.</summary>
public sealed class AgentToolTests
{
    private readonly InMemoryCommitLog _log = new();
    private readonly List<string> _effects = [];
    private int _fails;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task AnApprovalInside_IsAnsweredInTheInbox_AndTheToolRunsOnce(bool streaming, bool hasPipeline)
    {
        var waiting = await SayAsync([new(ChatRole.User, "pay 20") { MessageId = "m1" }], streaming, hasPipeline);

        TurnScene.RequestsIn(waiting.Messages).ShouldBeEmpty();
        var interrupts = (IReadOnlyList<Interrupt>)waiting.AdditionalProperties![DurableFunctionInvokingChatClient.InterruptsProperty]!;
        await using var store = new AgentStateStore(_log);
        var asked = await store.Interrupts.ListAsync().SingleAsync();
        interrupts.Select(interrupt => (interrupt.Id, interrupt.Tool)).ShouldBe([(asked.Id, "pay")]);
        (await store.Thread("demo").ChildrenAsync().SingleAsync()).Id.ShouldBe(asked.Thread);
        TurnScene.RequestsIn((await SayAsync([], streaming, hasPipeline)).Messages).ShouldBeEmpty();
        _effects.ShouldBeEmpty();

        await store.Interrupts.AnswerAsync(asked.Id, InterruptAnswer.Accept());
        (await SayAsync([], streaming, hasPipeline)).Messages[^1].Text.ShouldBe("it says: paid");
        (await SayAsync([new(ChatRole.User, "pay 20") { MessageId = "m1" }], streaming, hasPipeline)).Messages[^1].Text.ShouldBe("it says: paid");

        _effects.Count.ShouldBe(1);
        Transcript.Of((await store.LoadAsync("demo"))!.Messages).ShouldBe("user:pay 20 | assistant:call 1 | tool:result 1 | assistant:it says: paid");
        Transcript.Of((await store.LoadAsync(asked.Thread))!.Messages).ShouldBe("user:pay 20 | assistant:call 1 | tool:result 1 | assistant:paid");
        (await store.ListAsync().AllAsync(thread => thread.Status == ThreadStatus.Idle)).ShouldBeTrue();
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task AFailure_AfterTheAgentReplied_AsksTheAgentNothingAgain(bool streaming, bool hasPipeline)
    {
        await using var store = new AgentStateStore(_log);
        await SayAsync([new(ChatRole.User, "pay 20") { MessageId = "m1" }], streaming, hasPipeline);
        await store.Interrupts.AnswerAsync((await store.Interrupts.ListAsync().SingleAsync()).Id, InterruptAnswer.Accept());
        _fails = 1;
        await Should.ThrowAsync<HttpRequestException>(() => SayAsync([], streaming, hasPipeline));
        var child = await store.Thread("demo").ChildrenAsync().SingleAsync();

        (await SayAsync([new(ChatRole.User, "pay 20") { MessageId = "m1" }], streaming, hasPipeline)).Messages[^1].Text.ShouldBe("it says: paid");

        _effects.Count.ShouldBe(1);
        (await store.Thread("demo").ChildrenAsync().SingleAsync()).Version.ShouldBe(child.Version);
    }

    // Each time in a process of its own.
    private async Task<ChatResponse> SayAsync(IReadOnlyList<ChatMessage> messages, bool streaming, bool hasPipeline)
    {
        await using var store = new AgentStateStore(_log);
        IChatClient inner = new Model("pay", "", () => { });
        var pay = DurableFunction.Create(
            (ToolContext tool) =>
            {
                _effects.Add(tool.Step.IdempotencyKey);
                return "paid";
            },
            new() { Name = "pay", RequiresApproval = true });
        var agent = DurableFunction.ForAgent(
            hasPipeline ? inner.AsBuilder().UseDurableFunctionInvocation().UseHoldfast(store).Build() : inner,
            new() { Name = "payments", Description = "Pays." },
            new() { Instructions = "You pay.", Tools = [pay] });
        var client = new Model("payments", "it says: ", Fail).AsBuilder().UseDurableFunctionInvocation().UseHoldfast(store).Build();
        var options = new ChatOptions { ConversationId = "demo", Tools = [agent] };
        return streaming ? await client.GetStreamingResponseAsync(messages, options).ToChatResponseAsync() : await client.GetResponseAsync(messages, options);
    }

    private void Fail()
    {
        if (_fails-- > 0)
        {
            throw new HttpRequestException("503: the model is overloaded");
        }
    }

    // Calls its tool, and says what came of it.
    private sealed class Model(string tool, string prefix, Action beforeEnd) : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
            => Task.FromResult(Reply([.. messages]));

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            foreach (var update in Reply([.. messages]).ToChatResponseUpdates())
            {
                yield return update;
            }
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }

        private ChatResponse Reply(IReadOnlyList<ChatMessage> messages)
        {
            ProviderRules.Violation(messages).ShouldBeNull();
            if (messages[^1].Contents.OfType<FunctionResultContent>().SingleOrDefault() is not { } result)
            {
                return new(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("call_" + tool, tool, new Dictionary<string, object?> { ["request"] = "pay 20" })]));
            }

            beforeEnd();
            return new(new ChatMessage(ChatRole.Assistant, $"{prefix}{result.Result}"));
        }
    }
}

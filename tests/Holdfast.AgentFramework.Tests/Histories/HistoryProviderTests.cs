using Holdfast.AgentFramework.Worker;
using Holdfast.Chat.Tests.Support;
using Holdfast.Logs;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace Holdfast.AgentFramework.Tests.Histories;

/// <summary>The provider by itself, without turns.</summary>
public sealed class HistoryProviderTests : IAsyncDisposable
{
    private readonly AgentStateStore _store = new(new InMemoryCommitLog());
    private readonly StrictModel _model = new();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    public static MatrixTheoryData<HistoryMode, bool> Modes => new([HistoryMode.EndOfRun, HistoryMode.PerServiceCall], [false, true]);

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task AConversation_GoesOnInAnotherAgent(HistoryMode mode, bool streaming)
    {
        await RunAsync(AgentOf(mode), "weather?", streaming);
        await RunAsync(AgentOf(mode), "compare!", streaming);

        (await RunAsync(AgentOf(mode), "thanks", streaming)).Text.ShouldBe("ok");

        (await StoredAsync()).ShouldBe(
            "user:weather? | assistant:call 1 | tool:result 1 | assistant:done | user:compare! | assistant:call 2+call 3 | tool:result 2+result 3 | assistant:done | user:thanks | assistant:ok");
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task WhatIsSaid_IsDurableBeforeTheModelIsCalled_AndNotStoredTwice(HistoryMode mode, bool streaming)
    {
        var stored = "";
        _model.BeforeReply = _ =>
        {
            stored = StoredAsync().GetAwaiter().GetResult();
            throw new HttpRequestException("503");
        };
        await Should.ThrowAsync<HttpRequestException>(() => RunAsync(AgentOf(mode), "my name is Fay", streaming));
        stored.ShouldBe("user:my name is Fay");
        _model.BeforeReply = _ => { };

        await RunAsync(AgentOf(mode), "my name is Fay", streaming);

        (await StoredAsync()).ShouldBe("user:my name is Fay | assistant:ok");
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task AnApproval_IsGivenLater(HistoryMode mode, bool streaming)
    {
        var session = await SessionAsync(AgentOf(mode));
        var agent = AgentOf(mode);
        var asked = await RunAsync(agent, [new(ChatRole.User, "delete it!")], session, streaming);

        var reply = await RunAsync(agent, [Support.Scene.Approve(asked)], session, streaming);

        reply.Text.ShouldBe("done");
        _model.Violations.ShouldBeEmpty();
        (await RunAsync(agent, [new(ChatRole.User, "thanks")], session, streaming)).Text.ShouldBe("ok");
        _model.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task AReplyThatIsToldTwice_IsStoredOnce()
    {
        var (provider, agent) = (new HoldfastChatHistoryProvider(_store), AgentOf(HistoryMode.EndOfRun));
        var session = await SessionAsync(agent);
        var (said, replied) = (new ChatMessage[] { new(ChatRole.User, "hello") }, new ChatMessage[] { new(ChatRole.Assistant, "hi") });
        await provider.InvokingAsync(new(agent, session, said));

        await provider.InvokedAsync(new(agent, session, said, replied));
        await provider.InvokedAsync(new(agent, session, said, replied));

        (await StoredAsync()).ShouldBe("user:hello | assistant:hi");
    }

    [Fact]
    public async Task ManyRunsAtOnce_LoseNothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => RunAsync(AgentOf(HistoryMode.EndOfRun), $"weather {i}?", streaming: false)));

        (await StoredAsync()).Split(" | ").Length.ShouldBe(80);
    }

    [Fact]
    public async Task AThreadOfSomebodyElse_IsRefused()
    {
        await RunAsync(AgentOf(HistoryMode.EndOfRun, new() { UserId = "ann" }), "hello", streaming: false);

        await Should.ThrowAsync<ThreadAccessDeniedException>(() => RunAsync(AgentOf(HistoryMode.EndOfRun, new() { UserId = "bob" }), "hello", streaming: false));
    }

    [Fact]
    public async Task ASessionWithoutAThread_GetsOne_AndKeepsIt()
    {
        var agent = AgentOf(HistoryMode.EndOfRun);
        var session = await agent.CreateSessionAsync();
        await agent.RunAsync("hello", session);
        var thread = session.GetThreadId().ShouldNotBeNull();

        var other = AgentOf(HistoryMode.EndOfRun);
        session = await other.DeserializeSessionAsync(await agent.SerializeSessionAsync(session));
        await other.RunAsync("thanks", session);

        session.GetThreadId().ShouldBe(thread);
        Transcript.Of((await _store.LoadAsync(thread))!.Messages).ShouldBe("user:hello | assistant:ok | user:thanks | assistant:ok");
    }

    // What other providers put before the model is not part of the conversation; what the user said is, and they see it as such.
    [Fact]
    public async Task OtherProviders_SeeWhatIsSaid_AndTheirMessagesAreNotStored()
    {
        var context = new Memory();
        var agent = AgentOf(HistoryMode.EndOfRun, configure: options => options.AIContextProviders = [context]);
        var session = await SessionAsync(agent);

        await agent.RunAsync("hello", session);
        await agent.RunAsync("hello", session);

        context.Said.ShouldBe(["hello", "hello"]);
        (await StoredAsync()).ShouldBe("user:hello | assistant:ok | user:hello | assistant:ok");
        _model.Received[^1].Select(message => message.Text).ShouldBe(["hello", "ok", "hello", "remember the milk"], ignoreOrder: true);
    }

    private ChatClientAgent AgentOf(HistoryMode mode, PersistentChatOptions? options = null, Action<ChatClientAgentOptions>? configure = null)
    {
        var agent = new ChatClientAgentOptions
        {
            ChatOptions = new() { Tools = [Function("weather"), new ApprovalRequiredAIFunction(Function("delete"))] },
            ChatHistoryProvider = new HoldfastChatHistoryProvider(_store, options),
            RequirePerServiceCallChatHistoryPersistence = mode == HistoryMode.PerServiceCall,
        };
        configure?.Invoke(agent);
        return new(_model, agent);

        static AIFunction Function(string name) => AIFunctionFactory.Create((string city) => $"{name} of {city}", name);
    }

    private static async Task<AgentSession> SessionAsync(AIAgent agent)
    {
        var session = await agent.CreateSessionAsync();
        session.SetThreadId("demo");
        return session;
    }

    private static async Task<AgentResponse> RunAsync(AIAgent agent, string text, bool streaming) => await RunAsync(agent, [new(ChatRole.User, text)], await SessionAsync(agent), streaming);

    private static async Task<AgentResponse> RunAsync(AIAgent agent, ChatMessage[] messages, AgentSession session, bool streaming)
        => streaming ? await agent.RunStreamingAsync(messages, session).ToAgentResponseAsync() : await agent.RunAsync(messages, session);

    private async Task<string> StoredAsync()
    {
        _model.Violations.ShouldBeEmpty();
        return Transcript.Of((await _store.LoadAsync("demo"))!.Messages);
    }

    private sealed class Memory : MessageAIContextProvider
    {
        public List<string> Said { get; } = [];

        protected override ValueTask<IEnumerable<ChatMessage>> ProvideMessagesAsync(InvokingContext context, CancellationToken cancellationToken = default)
            => new([new ChatMessage(ChatRole.User, "remember the milk")]);

        protected override ValueTask StoreAIContextAsync(InvokedContext context, CancellationToken cancellationToken = default)
        {
            Said.AddRange(context.RequestMessages.Select(message => message.Text));
            return ValueTask.CompletedTask;
        }
    }
}

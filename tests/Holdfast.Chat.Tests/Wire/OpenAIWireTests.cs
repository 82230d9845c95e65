using System.ClientModel;
using System.ClientModel.Primitives;
using Holdfast.Chat.Tests.Functions;
using Holdfast.Chat.Tests.Support;
using Holdfast.Logs;
using Microsoft.Extensions.AI;
using OpenAI;

namespace Holdfast.Chat.Tests.Wire;

/// <summary>Over the wire format of a provider, by its own client.</summary>
public sealed class OpenAIWireTests : IAsyncDisposable
{
    private readonly InMemoryCommitLog _log = new();
    private readonly OpenAIServer _server = OpenAIServer.Start();
    private int _runs;

    public enum Api
    {
        ChatCompletions,
        Responses,
    }

    public static TheoryData<Api, State, bool> Cells
    {
        get
        {
            var cells = new TheoryData<Api, State, bool>();
            foreach (var api in Enum.GetValues<Api>())
            {
                foreach (var state in Enum.GetValues<State>())
                {
                    cells.Add(api, state, false);
                    cells.Add(api, state, true);
                }
            }

            return cells;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _log.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task ThreeTurnsWithFunctions_AreAccepted(Api api, State state, bool streaming)
    {
        (await SayAsync(api, state, streaming, "weather?")).ShouldBe("done");
        (await SayAsync(api, state, streaming, "compare!")).ShouldBe("done");
        (await SayAsync(api, state, streaming, "thanks")).ShouldBe("ok");

        _server.Refusals.ShouldBeEmpty();
        _runs.ShouldBe(3);
        (await StoredAsync()).ShouldBe(
            ["user:weather?", "assistant:call 1", "tool:result 1", "assistant:done", "user:compare!", "assistant:call 2+call 3", "tool:result 2+result 3", "assistant:done", "user:thanks", "assistant:ok"]);
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task AnApprovalThatIsAnsweredByAnotherClient_RunsOnce(Api api, State state, bool streaming)
    {
        var request = (await CallAsync(api, state, streaming, new(ChatRole.User, "delete it!"))).SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>().Single();
        _runs.ShouldBe(0);

        var reply = await CallAsync(api, state, streaming, new(ChatRole.User, [Scene.Fresh(request).CreateResponse(true)]));
        (await SayAsync(api, state, streaming, "thanks")).ShouldBe("ok");
        (await SayAsync(api, state, streaming, "thanks again")).ShouldBe("ok");

        reply[^1].Text.ShouldBe("done");
        _server.Refusals.ShouldBeEmpty();
        _runs.ShouldBe(1);
    }

    [Theory]
    [InlineData(Api.ChatCompletions, false, "chatcmpl-")]
    [InlineData(Api.ChatCompletions, true, "chatcmpl-")]
    [InlineData(Api.Responses, false, "resp_")]
    [InlineData(Api.Responses, true, "resp_")]
    public async Task WhatTheProviderSaysOfAReply_IsStored(Api api, bool streaming, string id)
    {
        await SayAsync(api, State.BelowFunctions, streaming, "hello");

        await using var store = new AgentStateStore(new Testing.FaultInjectingLog(_log));
        var reply = ReplyInfo.Of((await store.LoadAsync("demo"))!.Messages[^1]).ShouldNotBeNull();
        (reply.ModelId, reply.Usage!.TotalTokenCount).ShouldBe(("gpt-test", 25));
        reply.FinishReason.ShouldBe(api == Api.ChatCompletions || streaming ? ChatFinishReason.Stop : null, "the client of the responses does not say it of plain ones");
        reply.ResponseId!.ShouldStartWith(id);
    }

    [Theory]
    [InlineData(Api.ChatCompletions)]
    [InlineData(Api.Responses)]
    public async Task TheServer_RefusesWhatOpenAIRefuses(Api api)
    {
        var model = Model(api);
        ChatMessage call = new(ChatRole.Assistant, [new FunctionCallContent("c1", "weather")]);
        ChatMessage result = new(ChatRole.Tool, [new FunctionResultContent("c1", "sunny")]);
        ChatMessage[][] broken = [[call, new(ChatRole.User, "hi")], [result], [call], [call, result, call, result]];

        foreach (var messages in broken)
        {
            (await Should.ThrowAsync<ClientResultException>(() => model.GetResponseAsync(messages))).Status.ShouldBe(400);
        }

        (await model.GetResponseAsync([new(ChatRole.User, "hi"), call, result])).Text.ShouldBe("done");
    }

    private IChatClient Model(Api api)
    {
        var options = new OpenAIClientOptions { Endpoint = _server.Endpoint, RetryPolicy = new ClientRetryPolicy(0) };
        var client = new OpenAIClient(new ApiKeyCredential("none"), options);
#pragma warning disable OPENAI001 // The client of the responses is experimental.
        return api == Api.Responses ? client.GetResponsesClient().AsIChatClient("gpt-test") : client.GetChatClient("gpt-test").AsIChatClient();
#pragma warning restore OPENAI001
    }

    private async Task<string> SayAsync(Api api, State state, bool streaming, string text) => (await CallAsync(api, state, streaming, new(ChatRole.User, text)))[^1].Text;

    // Each call by a client and a store of its own, as after a restart.
    private async Task<IReadOnlyList<ChatMessage>> CallAsync(Api api, State state, bool streaming, ChatMessage message)
    {
        await using var store = new AgentStateStore(new Testing.FaultInjectingLog(_log));
        var pipeline = Model(api).AsBuilder();
        using var client = (state == State.BelowFunctions
            ? pipeline.UseFunctionInvocation().UseHoldfast(store)
            : pipeline.UseHoldfast(store).UseFunctionInvocation()).Build();
        var function = AIFunctionFactory.Create((string city) => $"{city} {Interlocked.Increment(ref _runs)}", "weather");
        var delete = new ApprovalRequiredAIFunction(AIFunctionFactory.Create((string city) => $"{city} {Interlocked.Increment(ref _runs)}", "delete"));
        var options = new ChatOptions { ConversationId = "demo", Tools = [function, delete] };
        return streaming
            ? [.. (await client.GetStreamingResponseAsync([message], options).ToChatResponseAsync()).Messages]
            : [.. (await client.GetResponseAsync([message], options)).Messages];
    }

    private async Task<IReadOnlyList<string>> StoredAsync()
    {
        await using var store = new AgentStateStore(new Testing.FaultInjectingLog(_log));
        return Transcript.Lines((await store.LoadAsync("demo"))!.Messages);
    }
}

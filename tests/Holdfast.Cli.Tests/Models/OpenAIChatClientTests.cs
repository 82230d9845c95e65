using System.ClientModel;
using Holdfast.Cli.Models;
using Microsoft.Extensions.AI;
using OpenAI;

namespace Holdfast.Cli.Tests.Models;

public sealed class OpenAIChatClientTests : IAsyncDisposable
{
    private const string Usage = """{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}""";

    private readonly FakeModelServer _server = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private OpenAIChatClient NewClient() => new(new OpenAIClient(new ApiKeyCredential("k1"), new() { Endpoint = _server.Address }), "m1", _server.Address);

    private static string Completion(string message, string reason = "stop")
        => $$"""{"id":"r1","object":"chat.completion","created":1700000000,"model":"m1-2026","choices":[{"index":0,"message":{{message}},"finish_reason":"{{reason}}"}],"usage":{{Usage}}}""";

    private static string Chunk(string delta, string reason = "null")
        => $$"""data: {"id":"r1","object":"chat.completion.chunk","created":1700000000,"model":"m1-2026","choices":[{"index":0,"delta":{{delta}},"finish_reason":{{reason}}}]}""";

    [Fact]
    public async Task GetResponse_Text_IsSentAndReadInTheWireFormat()
    {
        _server.AnswerJson(Completion("""{"role":"assistant","content":"Hello 🌊"}"""));
        using var client = NewClient();

        var response = await client.GetResponseAsync([new(ChatRole.System, "Be kind."), new(ChatRole.User, "Hi ✓")], new() { Instructions = "Be brief.", Temperature = 0.5f });

        response.Text.ShouldBe("Hello 🌊");
        response.FinishReason.ShouldBe(ChatFinishReason.Stop);
        response.ModelId.ShouldBe("m1-2026");
        response.ResponseId.ShouldBe("r1");
        response.Usage.ShouldNotBeNull().TotalTokenCount.ShouldBe(12);
        var (path, key, body) = _server.Requests.Single();
        (path, key).ShouldBe(("POST /v1/chat/completions", "Bearer k1"));
        body.GetProperty("model").GetString().ShouldBe("m1");
        body.GetProperty("temperature").GetDouble().ShouldBe(0.5);
        body.TryGetProperty("tools", out _).ShouldBeFalse();
        body.GetProperty("messages").EnumerateArray().Select(message => $"{message.GetProperty("role").GetString()}: {TextOf(message)}")
            .ShouldBe(["system: Be brief.", "system: Be kind.", "user: Hi ✓"]);
    }

    [Fact]
    public async Task GetResponse_AFunctionIsCalled_IsReadAndItsResultIsSent()
    {
        _server.AnswerJson(Completion(
            """{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"add","arguments":"{\"a\":1,\"b\":[2]}"}}]}""", "tool_calls"));
        _server.AnswerJson(Completion("""{"role":"assistant","content":"3"}"""));
        using var client = NewClient();
        var options = new ChatOptions { Tools = [AIFunctionFactory.Create((int a, int b) => a + b, "add", "Adds.")], ToolMode = ChatToolMode.Auto };
        List<ChatMessage> messages = [new(ChatRole.User, "1 + 2?")];

        var called = await client.GetResponseAsync(messages, options);
        var call = called.Messages.Single().Contents.OfType<FunctionCallContent>().Single();
        messages.AddMessages(called);
        messages.Add(new(ChatRole.Tool, [new FunctionResultContent(call.CallId, new { sum = 3 })]));
        (await client.GetResponseAsync(messages, options)).Text.ShouldBe("3");

        called.FinishReason.ShouldBe(ChatFinishReason.ToolCalls);
        (call.CallId, call.Name, call.Arguments!["a"]!.ToString()).ShouldBe(("c1", "add", "1"));
        var function = _server.Requests[0].Body.GetProperty("tools")[0].GetProperty("function");
        function.GetProperty("name").GetString().ShouldBe("add");
        function.GetProperty("parameters").GetProperty("properties").TryGetProperty("a", out _).ShouldBeTrue();
        _server.Requests[0].Body.GetProperty("tool_choice").GetString().ShouldBe("auto");
        var sent = _server.Requests[1].Body.GetProperty("messages");
        sent[1].GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString().ShouldBe("""{"a":1,"b":[2]}""");
        sent[2].GetProperty("role").GetString().ShouldBe("tool");
        sent[2].GetProperty("tool_call_id").GetString().ShouldBe("c1");
        TextOf(sent[2]).ShouldBe("""{"sum":3}""");
    }

    [Fact]
    public async Task GetResponse_ArgumentsThatAreNoJson_AreToldWithTheCall()
    {
        _server.AnswerJson(Completion(
            """{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"add","arguments":"{\"a\":"}}]}""", "tool_calls"));
        using var client = NewClient();

        var response = await client.GetResponseAsync("?");

        var call = response.Messages.Single().Contents.OfType<FunctionCallContent>().Single();
        call.Exception.ShouldNotBeNull();
        call.Name.ShouldBe("add");
    }

    [Fact]
    public async Task GetStreamingResponse_TextAndCalls_ArePutTogether()
    {
        _server.AnswerEvents(
            Chunk("""{"role":"assistant","content":"Let me "}"""),
            Chunk("""{"content":"see."}"""),
            Chunk("""{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"add","arguments":""}}]}"""),
            Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]}"""),
            Chunk("""{"tool_calls":[{"index":1,"id":"c2","type":"function","function":{"name":"now","arguments":""}}]}"""),
            Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}"""),
            Chunk("{}", "\"tool_calls\""),
            $$"""data: {"id":"r1","object":"chat.completion.chunk","created":1700000000,"model":"m1-2026","choices":[],"usage":{{Usage}}}""",
            "data: [DONE]");
        using var client = NewClient();

        var updates = await client.GetStreamingResponseAsync("1 + 2?").ToListAsync();

        updates.Where(update => update.Text.Length > 0).Select(update => update.Text).ShouldBe(["Let me ", "see."]);
        var response = updates.ToChatResponse();
        var message = response.Messages.Single();
        message.Text.ShouldBe("Let me see.");
        message.Contents.OfType<FunctionCallContent>().Select(call => (call.CallId, call.Name, call.Arguments!.Count)).ShouldBe([("c1", "add", 1), ("c2", "now", 0)]);
        response.FinishReason.ShouldBe(ChatFinishReason.ToolCalls);
        response.Usage.ShouldNotBeNull().OutputTokenCount.ShouldBe(7);
        _server.Requests.Single().Body.GetProperty("stream").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task GetResponse_Pictures_AreSent()
    {
        _server.AnswerJson(Completion("""{"role":"assistant","content":"A cat."}"""));
        using var client = NewClient();

        await client.GetResponseAsync([new(ChatRole.User, [new TextContent("What is it?"), new DataContent(new byte[] { 1, 2, 3 }, "image/png"), new UriContent("https://example.com/c.jpg", "image/jpeg")])]);

        var parts = _server.Requests.Single().Body.GetProperty("messages")[0].GetProperty("content");
        parts.GetArrayLength().ShouldBe(3);
        parts[1].GetProperty("image_url").GetProperty("url").GetString().ShouldBe("data:image/png;base64,AQID");
        parts[2].GetProperty("image_url").GetProperty("url").GetString().ShouldBe("https://example.com/c.jpg");
    }

    [Fact]
    public async Task GetResponse_AnEmptyReplyInTheHistory_IsLeftOut()
    {
        _server.AnswerJson(Completion("""{"role":"assistant","content":"ok"}"""));
        using var client = NewClient();

        await client.GetResponseAsync([new(ChatRole.User, "a"), new(ChatRole.Assistant, [new TextReasoningContent("hm")]), new(ChatRole.User, "b")]);

        _server.Requests.Single().Body.GetProperty("messages").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task GetResponse_WithState_KeepsTheToolLoopsConversation()
    {
        _server.AnswerJson(Completion(
            """{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"add","arguments":"{}"}}]}""", "tool_calls"));
        await using var store = new AgentStateStore(new Holdfast.Logs.InMemoryCommitLog());
        var client = NewClient().WithState(store);

        var response = await client.GetResponseAsync("1 + 2?", new() { ConversationId = "t" });

        response.ConversationId.ShouldBe("t");
        (await store.LoadAsync("t"))!.Messages[1].Contents.ShouldHaveSingleItem().ShouldBeOfType<FunctionCallContent>().CallId.ShouldBe("c1");
    }

    [Fact]
    public void GetService_Metadata_NamesTheModel()
    {
        using var client = NewClient();

        var metadata = client.GetService(typeof(ChatClientMetadata)).ShouldBeOfType<ChatClientMetadata>();
        (metadata.ProviderName, metadata.DefaultModelId, metadata.ProviderUri).ShouldBe(("openai", "m1", _server.Address));
        client.GetService(typeof(IChatClient)).ShouldBe(client);
        client.GetService(typeof(string)).ShouldBeNull();
    }

    private static string? TextOf(System.Text.Json.JsonElement message)
        => message.GetProperty("content") is { ValueKind: System.Text.Json.JsonValueKind.Array } parts ? parts[0].GetProperty("text").GetString() : message.GetProperty("content").GetString();
}

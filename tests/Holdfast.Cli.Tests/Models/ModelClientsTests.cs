using System.Text.Json;
using Holdfast.Cli.Models;
using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Tests.Models;

/// <summary>The clients of models in the wire format of the provider.</summary>
public sealed class ModelClientsTests : IAsyncDisposable
{
    private const string Usage = """{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}""";

    private readonly FakeModelServer _server = new();
    private readonly Dictionary<string, string> _environment = new() { ["OPENAI_API_KEY"] = "k1" };

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private IChatClient NewClient(string model = "openai:m1", bool withEndpoint = true)
    {
        using var output = new RecordedOutput(false, 100);
        var host = new ToolHost { Input = TextReader.Null, Output = output.Open(), Error = output.Open(), Environment = name => _environment.GetValueOrDefault(name) };
        return ModelClients.Create(ModelChoice.Parse(model, withEndpoint ? _server.Address.OriginalString : null), host);
    }

    private static string Completion(string message, string reason = "stop")
        => $$"""{"id":"r1","object":"chat.completion","created":1700000000,"model":"m1-2026","choices":[{"index":0,"message":{{message}},"finish_reason":"{{reason}}"}],"usage":{{Usage}}}""";

    private static string Chunk(string delta, string reason = "null")
        => $$"""data: {"id":"r1","object":"chat.completion.chunk","created":1700000000,"model":"m1-2026","choices":[{"index":0,"delta":{{delta}},"finish_reason":{{reason}}}]}""";

    [Fact]
    public async Task OpenAI_Text_IsSentAndReadInTheWireFormat()
    {
        _server.AnswerJson(Completion("""{"role":"assistant","content":"Hello 🌊"}"""));
        using var client = NewClient();

        var response = await client.GetResponseAsync([new(ChatRole.User, "Hi ✓")], new() { Instructions = "Be brief." });

        response.Text.ShouldBe("Hello 🌊");
        response.ModelId.ShouldBe("m1-2026");
        response.Usage.ShouldNotBeNull().TotalTokenCount.ShouldBe(12);
        var (path, key, body) = _server.Requests.Single();
        (path, key).ShouldBe(("POST /v1/chat/completions", "Bearer k1"));
        body.GetProperty("model").GetString().ShouldBe("m1");
        body.GetProperty("messages").EnumerateArray().Select(message => $"{RoleOf(message)}: {TextOf(message)}").ShouldBe(["system: Be brief.", "user: Hi ✓"]);
    }

    [Fact]
    public async Task OpenAI_TheAddressFromTheEnvironment_NeedsNoKey()
    {
        _environment.Clear();
        _environment["OPENAI_BASE_URL"] = _server.Address.OriginalString;
        _server.AnswerJson(Completion("""{"role":"assistant","content":"ok"}"""));
        using var client = NewClient(withEndpoint: false);

        (await client.GetResponseAsync("Hi")).Text.ShouldBe("ok");

        _server.Requests.Single().Path.ShouldBe("POST /v1/chat/completions");
    }

    // Calls that a function-invoking client has carried out are marked as informational; a model that is sent a result without its call refuses the request.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OpenAI_ACallAndItsResult_AreSentTogether(bool informational)
    {
        _server.AnswerJson(Completion("""{"role":"assistant","content":"3"}"""));
        using var client = NewClient();
        var call = new FunctionCallContent("c1", "add", new Dictionary<string, object?> { ["a"] = 1 }) { InformationalOnly = informational };

        await client.GetResponseAsync([new(ChatRole.User, "1 + 2?"), new(ChatRole.Assistant, [call]), new(ChatRole.Tool, [new FunctionResultContent("c1", 3)])]);

        var sent = _server.Requests.Single().Body.GetProperty("messages");
        sent.EnumerateArray().Select(RoleOf).ShouldBe(["user", "assistant", "tool"]);
        var function = sent[1].GetProperty("tool_calls")[0];
        (function.GetProperty("id").GetString(), function.GetProperty("function").GetProperty("name").GetString()).ShouldBe(("c1", "add"));
        JsonElement.Parse(function.GetProperty("function").GetProperty("arguments").GetString()!).GetProperty("a").GetInt32().ShouldBe(1);
        sent[2].GetProperty("tool_call_id").GetString().ShouldBe("c1");
        TextOf(sent[2]).ShouldBe("3");
    }

    [Fact]
    public async Task OpenAI_AStreamOfTextAndCalls_IsPutTogetherAndStored()
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
        await using var store = new AgentStateStore(new Holdfast.Logs.InMemoryCommitLog());
        using var client = NewClient().WithState(store);

        var response = await client.GetStreamingResponseAsync("1 + 2?", new() { ConversationId = "t" }).ToChatResponseAsync();

        response.FinishReason.ShouldBe(ChatFinishReason.ToolCalls);
        response.Usage.ShouldNotBeNull().OutputTokenCount.ShouldBe(7);
        var stored = (await store.LoadAsync("t"))!.Messages[1];
        stored.Text.ShouldBe("Let me see.");
        stored.Contents.OfType<FunctionCallContent>().Select(call => (call.CallId, call.Name, call.Arguments?.Count ?? 0)).ShouldBe([("c1", "add", 1), ("c2", "now", 0)]);
        _server.Requests.Single().Body.GetProperty("stream").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public void OpenAI_Metadata_NamesTheModel()
    {
        using var client = NewClient();

        var metadata = client.GetService<ChatClientMetadata>().ShouldNotBeNull();
        (metadata.ProviderName, metadata.DefaultModelId, metadata.ProviderUri).ShouldBe(("openai", "m1", _server.Address));
    }

    private static string? RoleOf(JsonElement message) => message.GetProperty("role").GetString();

    private static string? TextOf(JsonElement message)
        => message.GetProperty("content") is { ValueKind: JsonValueKind.Array } parts ? parts[0].GetProperty("text").GetString() : message.GetProperty("content").GetString();
}

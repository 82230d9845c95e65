using Holdfast.Cli.Models;
using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Tests.Models;

public sealed class ModelChatTests : IAsyncDisposable
{
    private readonly Tool _tool = new();
    private readonly FakeModelServer _server = new();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _tool.DisposeAsync();
    }

    private static readonly string[] AnthropicStream =
    [
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c1\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}",
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}}",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" John.\"}}",
        "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}",
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":4}}",
        "event: message_stop\ndata: {\"type\":\"message_stop\"}",
    ];

    private string[] Args(string model, params string[] more) => ["chat", "--model", model, "--endpoint", $"{_server.Address}", .. more];

    [Fact]
    public async Task Chat_WithAnOpenAICompatibleServer_RemembersTheConversation()
    {
        _server.AnswerEvents(FakeModelServer.OpenAIStream("Hello", " John."));
        _server.AnswerEvents(FakeModelServer.OpenAIStream("You are John."));

        (await _tool.RunAsync(new StringReader("I am John\n"), false, false, Args("openai:m1", "--instructions", "Be kind."))).ShouldExitWith(0).Output.ShouldBe("Hello John.\n");
        (await _tool.RunAsync(new StringReader("Who am I?\n"), false, false, Args("openai:m1"))).ShouldExitWith(0).Output.ShouldBe("You are John.\n");

        _server.Requests[0].Body.GetProperty("messages")[0].GetProperty("role").GetString().ShouldBe("system");
        _server.Requests[1].Body.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("role").GetString()).ShouldBe(["user", "assistant", "user"]);
        (await _tool.Store.LoadAsync("default"))!.Messages.Select(message => message.Text).ShouldBe(["I am John", "Hello John.", "Who am I?", "You are John."]);
        (await _tool.RunAsync("verify", "default")).ShouldExitWith(0);
    }

    [Fact]
    public async Task Chat_WithHistory_SendsNoMoreThanThat()
    {
        _server.AnswerEvents(FakeModelServer.OpenAIStream("a"));
        _server.AnswerEvents(FakeModelServer.OpenAIStream("b"));

        await _tool.RunAsync(new StringReader("1\n2\n"), false, false, Args("openai:m1", "--history", "1"));

        _server.Requests[1].Body.GetProperty("messages").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Chat_WithTheAnthropicApi_UsesTheOfficialClient()
    {
        _tool.Environment["ANTHROPIC_API_KEY"] = "k2";
        _server.AnswerEvents(AnthropicStream);
        var endpoint = _server.Address.GetLeftPart(UriPartial.Authority);

        var result = await _tool.RunAsync(new StringReader("I am John\n"), false, false, "chat", "--model", "anthropic:c1", "--endpoint", endpoint, "--user", "ann");

        result.ShouldExitWith(0).Output.ShouldBe("Hello John.\n");
        var (path, key, body) = _server.Requests.Single();
        (path, key).ShouldBe(("POST /v1/messages", "Bearer k2"));
        body.GetProperty("model").GetString().ShouldBe("c1");
        var state = await _tool.Store.LoadAsync("ann/default");
        state!.UserId.ShouldBe("ann");
        state.Messages.Select(message => message.Text).ShouldBe(["I am John", "Hello John."]);
    }

    [Fact]
    public async Task Chat_TheModelFails_KeepsWhatWasSaidAndExitsWithEight()
    {
        _server.AnswerJson("""{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","code":"invalid_api_key"}}""", 401);

        var result = await _tool.RunAsync(new StringReader("I am John\nnever said\n"), false, false, Args("openai:m1"));

        result.ShouldExitWith(8).Output.ShouldBeEmpty();
        result.Error.ShouldContain("error[model-failed]: openai:m1 did not answer:");
        result.Error.ShouldContain("hint: What was said is stored.");
        (await _tool.Store.LoadAsync("default"))!.Messages.Select(message => message.Text).ShouldBe(["I am John"]);
    }

    [Fact]
    public async Task Chat_TheModelFailsForAPerson_GoesOn()
    {
        _server.AnswerJson("""{"error":{"message":"no"}}""", 400);
        _server.AnswerEvents(FakeModelServer.OpenAIStream("Hello."));

        var result = await _tool.RunAsync(new StringReader("a\nb\n"), true, false, Args("openai:m1"));

        result.ShouldExitWith(0).Output.ShouldBe("Hello.\n");
        result.Error.ShouldContain("error[model-failed]");
    }

    [Fact]
    public async Task Chat_AFailedLineAgainByAPerson_IsStoredOnce()
    {
        _server.AnswerJson("""{"error":{"message":"no"}}""", 400);
        _server.AnswerJson("""{"error":{"message":"no"}}""", 400);
        _server.AnswerEvents(FakeModelServer.OpenAIStream("Hello."));
        _server.AnswerEvents(FakeModelServer.OpenAIStream("Hello again."));

        (await _tool.RunAsync(new StringReader("hi\nhi\nhi\nhi\n"), true, false, Args("openai:m1"))).ShouldExitWith(0).Output.ShouldBe("Hello.\nHello again.\n");

        (await TextsAsync()).ShouldBe(["hi", "Hello.", "hi", "Hello again."]);
        _server.Requests[2].Body.GetProperty("messages").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Chat_AFailedLineAgainByAnotherProcess_IsStoredOnce()
    {
        for (var attempt = 0; attempt < 2; attempt++)
        {
            _server.AnswerJson("""{"error":{"message":"no"}}""", 400);
            (await _tool.RunAsync(new StringReader("hi\n"), false, false, Args("openai:m1"))).ShouldExitWith(8);
        }

        _server.AnswerEvents(FakeModelServer.OpenAIStream("Hello."));
        (await _tool.RunAsync(new StringReader("hi\n"), false, false, Args("openai:m1"))).ShouldExitWith(0);

        (await TextsAsync()).ShouldBe(["hi", "Hello."]);
    }

    [Fact]
    public async Task Chat_AnotherLineAfterAFailedOne_IsStoredToo()
    {
        _server.AnswerJson("""{"error":{"message":"no"}}""", 400);
        _server.AnswerEvents(FakeModelServer.OpenAIStream("Hello."));

        await _tool.RunAsync(new StringReader("hi\nhello?\n"), true, false, Args("openai:m1"));

        (await TextsAsync()).ShouldBe(["hi", "hello?", "Hello."]);
    }

    [Fact]
    public async Task Chat_ALineThatWasAnsweredInPart_IsSaidAnew()
    {
        _server.AnswerAndCut(FakeModelServer.OpenAIStream("Once upon", " a time")[..2]);
        _server.AnswerEvents(FakeModelServer.OpenAIStream("Once upon a time."));

        await _tool.RunAsync(new StringReader("a story\na story\n"), true, false, Args("openai:m1"));

        // The model is asked last, whatever had arrived of the first answer.
        var messages = _server.Requests[^1].Body.GetProperty("messages");
        messages[messages.GetArrayLength() - 1].GetProperty("role").GetString().ShouldBe("user");
        (await TextsAsync())[^1].ShouldBe("Once upon a time.");
    }

    [Fact]
    public async Task Chat_WithTheAnthropicApiAtAnotherServer_NeedsNoKey()
    {
        _server.AnswerEvents(AnthropicStream);
        var endpoint = _server.Address.GetLeftPart(UriPartial.Authority);

        (await _tool.RunAsync(new StringReader("I am John\n"), false, false, "chat", "--model", "anthropic:c1", "--endpoint", endpoint)).ShouldExitWith(0).Output.ShouldBe("Hello John.\n");
    }

    [Fact]
    public async Task Chat_ASignalInTheMiddleOfAReply_KeepsWhatArrived()
    {
        var stalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.AnswerAndStall(stalled, FakeModelServer.OpenAIStream("Once upon", " a time")[..2]);
        var chat = _tool.RunAsync(new StringReader("Tell me a story\n"), false, false, Args("openai:m1"));
        await stalled.Task;
        await WaitForAsync(async () => (await _tool.Store.Thread("default").GetInfoAsync())?.MessageCount >= 1);

        _tool.Interruption.Interrupt(2);

        (await chat).ShouldExitWith(130).Output.ShouldBeEmpty();
        var messages = (await _tool.Store.LoadAsync("default"))!.Messages;
        messages[0].Text.ShouldBe("Tell me a story");
        if (messages.Count > 1)
        {
            // How much had arrived is the network's affair.
            "Once upon a time".ShouldStartWith(messages[1].Text);
            messages[1].AdditionalProperties!.ShouldContainKey(PersistentChatClient.PartialProperty);
        }
    }

    [Theory]
    [InlineData("anthropic:claude", null, "Anthropic", "claude")]
    [InlineData("OpenAI:gpt", null, "OpenAI", "gpt")]
    [InlineData("openai:ft:gpt:x", null, "OpenAI", "ft:gpt:x")]
    [InlineData("qwen3:8b", "http://localhost:11434/v1", "OpenAI", "qwen3:8b")]
    [InlineData("llama", "http://localhost:11434/v1", "OpenAI", "llama")]
    public void ModelChoice_Parse_ReadsProviderAndName(string text, string? endpoint, string provider, string name)
    {
        var model = ModelChoice.Parse(text, endpoint);
        (model.Provider.ToString(), model.Name, model.Endpoint?.OriginalString).ShouldBe((provider, name, endpoint));
    }

    private async Task<List<string>> TextsAsync() => [.. (await _tool.Store.LoadAsync("default"))!.Messages.Select(message => message.Text)];

    private static async Task WaitForAsync(Func<Task<bool>> condition)
    {
        var deadline = TimeProvider.System.GetUtcNow() + ToolProcess.Deadline;
        while (!await condition())
        {
            TimeProvider.System.GetUtcNow().ShouldBeLessThan(deadline);
            await Task.Yield();
        }
    }
}

using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Chat;

public sealed class PersistentChatClientTests : IAsyncDisposable
{
    private static readonly ChatOptions Demo = new() { ConversationId = "demo" };

    private readonly AgentStateStore _store = new(new InMemoryCommitLog());

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task GetResponse_InANewClient_SendsWhatWasSaidBefore()
    {
        await new ScriptedModel("Hi John").WithState(_store).GetResponseAsync("My name is John", Demo);
        var model = new ScriptedModel("John");

        await model.WithState(_store).GetResponseAsync("What's my name?", Demo);

        Texts(model.Received.Single()).ShouldBe(["My name is John", "Hi John", "What's my name?"]);
        (await TextsAsync("demo")).ShouldBe(["My name is John", "Hi John", "What's my name?", "John"]);
    }

    [Fact]
    public async Task GetResponse_WhenTheModelIsCalled_TheMessageIsDurable()
    {
        IReadOnlyList<string> seen = [];
        var model = new ScriptedModel(_ =>
        {
            seen = TextsAsync("demo").AsTask().GetAwaiter().GetResult();
            return new(new ChatMessage(ChatRole.Assistant, "ok"));
        });

        await model.WithState(_store).GetResponseAsync("hello", Demo);

        seen.ShouldBe(["hello"]);
    }

    [Fact]
    public async Task GetResponse_WhenTheModelFails_KeepsWhatWasSaid()
    {
        var client = new ScriptedModel(_ => throw new InvalidOperationException("overloaded")).WithState(_store);

        await Should.ThrowAsync<InvalidOperationException>(() => client.GetResponseAsync("hello", Demo));

        (await TextsAsync("demo")).ShouldBe(["hello"]);
    }

    [Fact]
    public async Task GetResponse_TheClientBelow_DoesNotSeeTheConversationId()
    {
        var model = new ScriptedModel("ok");
        var options = new ChatOptions { ConversationId = "demo", Temperature = 0.5f };

        var response = await model.WithState(_store).GetResponseAsync("hello", options);

        model.Options.Single()!.ConversationId.ShouldBeNull();
        model.Options.Single()!.Temperature.ShouldBe(0.5f);
        options.ConversationId.ShouldBe("demo");
        response.ConversationId.ShouldBe("demo");
    }

    [Fact]
    public async Task TheResponseOfTheClientBelow_StaysAsItWas()
    {
        var below = new ChatResponse(new ChatMessage(ChatRole.Assistant, "ok")) { ResponseId = "r", ModelId = "m", AdditionalProperties = new() { ["a"] = 1 } };

        var response = await new ScriptedModel(_ => below).WithState(_store).GetResponseAsync("hello", Demo);

        below.ConversationId.ShouldBeNull();
        (response.ConversationId, response.ResponseId, response.ModelId, response.AdditionalProperties!["a"]).ShouldBe(("demo", "r", "m", 1));
    }

    [Fact]
    public async Task TheUpdatesOfTheClientBelow_StayAsTheyWere()
    {
        ChatResponseUpdate[] below = [new(ChatRole.Assistant, "one"), new(ChatRole.Assistant, "two")];
        var client = new Fixed(new ScriptedModel("ok"), below).WithState(_store);

        await foreach (var update in client.GetStreamingResponseAsync("hello", Demo))
        {
            // What a reader does with an update changes nothing that is stored.
            update.Contents.Clear();
        }

        below.ShouldAllBe(update => update.ConversationId == null && update.Contents.Count == 1);
        (await LastAsync()).Text.ShouldBe("onetwo");
    }

    [Fact]
    public async Task GetResponse_WithoutAConversationId_BeginsAThreadAndReturnsItsId()
    {
        var response = await new ScriptedModel("ok").WithState(_store).GetResponseAsync("hello");

        (await TextsAsync(response.ConversationId!)).ShouldBe(["hello", "ok"]);
    }

    [Fact]
    public async Task GetResponse_SystemMessages_AreSentAndNotStored()
    {
        var model = new ScriptedModel("ok");
        List<ChatMessage> messages = [new(ChatRole.System, "Be kind"), new(ChatRole.User, "hello")];

        await model.WithState(_store).GetResponseAsync(messages, Demo);

        Texts(model.Received.Single()).ShouldBe(["Be kind", "hello"]);
        (await TextsAsync("demo")).ShouldBe(["hello", "ok"]);
    }

    [Fact]
    public async Task GetResponse_RepeatedWithTheSameMessageId_StoresTheMessageOnce()
    {
        var message = new ChatMessage(ChatRole.User, "hello") { MessageId = "1" };
        var failing = new ScriptedModel(_ => throw new InvalidOperationException("overloaded")).WithState(_store);
        await Should.ThrowAsync<InvalidOperationException>(() => failing.GetResponseAsync([message], Demo));

        await new ScriptedModel("ok").WithState(_store).GetResponseAsync([message], Demo);

        (await TextsAsync("demo")).ShouldBe(["hello", "ok"]);
    }

    [Fact]
    public async Task GetResponse_LongHistory_SendsTheWindow()
    {
        var model = new ScriptedModel("ok");
        var client = model.WithState(_store, new() { HistoryWindow = 3 });
        foreach (var text in new[] { "1", "2", "3" })
        {
            await client.GetResponseAsync(text, Demo);
        }

        Texts(model.Received[^1]).ShouldBe(["2", "ok", "3"]);
    }

    [Fact]
    public async Task GetResponse_TwentyAtOnceOnOneThread_LoseNothing()
    {
        var client = new ScriptedModel("ok").WithState(_store);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => client.GetResponseAsync($"message {i}", Demo))));

        var texts = await TextsAsync("demo");
        texts.Count.ShouldBe(40);
        texts.Where(text => text != "ok").Order().ShouldBe(Enumerable.Range(0, 20).Select(i => $"message {i}").Order());
        (await _store.Thread("demo").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task GetResponse_ForAnotherUser_IsRefused()
    {
        await new ScriptedModel("ok").WithState(_store, new() { UserId = "ann" }).GetResponseAsync("hello", Demo);

        await Should.ThrowAsync<ThreadAccessDeniedException>(
            () => new ScriptedModel("ok").WithState(_store, new() { UserId = "bob" }).GetResponseAsync("hello", Demo));
    }

    [Fact]
    public async Task Streaming_WhenComplete_EveryUpdateHasTheIdAndTheReplyIsOneMessage()
    {
        var client = new ScriptedModel("one two three").WithState(_store);

        var updates = await client.GetStreamingResponseAsync("count", Demo).ToListAsync();

        updates.ShouldAllBe(update => update.ConversationId == "demo");
        (await TextsAsync("demo")).ShouldBe(["count", "one two three "]);
        (await LastAsync()).AdditionalProperties.ShouldBeNull();
    }

    [Fact]
    public async Task Streaming_CutByAnError_KeepsWhatArrivedMarkedPartial()
    {
        var model = new ScriptedModel("one two three") { BeforeUpdate = sent => { if (sent == 2) { throw new IOException("connection lost"); } } };

        await Should.ThrowAsync<IOException>(async () => await model.WithState(_store).GetStreamingResponseAsync("count", Demo).ToListAsync());

        await ShouldEndWithPartialAsync("one two ");
    }

    [Fact]
    public async Task Streaming_Cancelled_KeepsWhatArrivedMarkedPartial()
    {
        using var cancellation = new CancellationTokenSource();
        var model = new ScriptedModel("one two three") { BeforeUpdate = sent => { if (sent == 1) { cancellation.Cancel(); } } };

        await Should.ThrowAsync<OperationCanceledException>(
            async () => await model.WithState(_store).GetStreamingResponseAsync("count", Demo, cancellation.Token).ToListAsync());

        await ShouldEndWithPartialAsync("one ");
    }

    [Fact]
    public async Task Streaming_WhoseReaderLeaves_KeepsWhatArrivedMarkedPartial()
    {
        await foreach (var _ in new ScriptedModel("one two three").WithState(_store).GetStreamingResponseAsync("count", Demo))
        {
            break;
        }

        await ShouldEndWithPartialAsync("one ");
    }

    [Fact]
    public void WithState_WindowOutOfRange_IsRefused()
        => Should.Throw<StateConfigurationException>(() => new ScriptedModel("ok").WithState(_store, new() { HistoryWindow = 0 }))
            .Message.ShouldContain("1 to 10,000");

    private static List<string> Texts(IEnumerable<ChatMessage> messages) => [.. messages.Select(message => message.Text)];

    private async ValueTask<IReadOnlyList<string>> TextsAsync(string thread) => Texts((await _store.LoadAsync(thread))!.Messages);

    private async ValueTask<ChatMessage> LastAsync() => (await _store.LoadAsync("demo"))!.Messages[^1];

    private async Task ShouldEndWithPartialAsync(string text)
    {
        var last = await LastAsync();
        last.Text.ShouldBe(text);
        last.AdditionalProperties![PersistentChatClient.PartialProperty]!.ToString().ShouldBe("True");
    }

    private sealed class Fixed(IChatClient inner, ChatResponseUpdate[] updates) : DelegatingChatClient(inner)
    {
        public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
            => updates.ToAsyncEnumerable();
    }
}

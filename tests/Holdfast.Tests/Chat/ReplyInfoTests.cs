using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Chat;

public sealed class ReplyInfoTests : IAsyncDisposable
{
    private static readonly ChatOptions Demo = new() { ConversationId = "demo" };

    private readonly AgentStateStore _store = new(new InMemoryCommitLog());

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhatTheModelSaysOfAReply_IsStoredWithItsLastMessage(bool streaming)
    {
        var model = new ScriptedModel(_ => Reply());
        await SayAsync(model.WithState(_store), streaming);

        var messages = (await _store.LoadAsync("demo"))!.Messages;

        ReplyInfo.Of(messages[0]).ShouldBeNull();
        var reply = ReplyInfo.Of(messages[^1]).ShouldNotBeNull();
        (reply.ResponseId, reply.ModelId, reply.FinishReason).ShouldBe(("resp-1", "m-1", ChatFinishReason.Stop));
        (reply.Usage!.InputTokenCount, reply.Usage.OutputTokenCount, reply.Usage.CachedInputTokenCount).ShouldBe((10, 5, 4));
        reply.Usage.AdditionalCounts!["cache_writes"].ShouldBe(3);
    }

    [Fact]
    public async Task WhatTheModelSaysOfAReply_IsNeitherReturnedOnMessagesNorSentAgain()
    {
        var model = new ScriptedModel(_ => Reply());
        var response = await model.WithState(_store).GetResponseAsync("hello", Demo);
        await model.WithState(_store).GetResponseAsync("again", Demo);

        response.Messages[0].AdditionalProperties.ShouldBeNull();
        model.Received[^1].ShouldAllBe(message => message.AdditionalProperties == null);
    }

    [Fact]
    public async Task WhatTheModelSaysOfAReply_SurvivesACopyAndAStateAsJson()
    {
        await using var other = new AgentStateStore(new InMemoryCommitLog());
        await new ScriptedModel(_ => Reply()).WithState(_store).GetResponseAsync("hello", Demo);

        await _store.CopyToAsync(other);
        var state = AgentState.FromJson((await other.LoadAsync("demo"))!.ToJson());

        ReplyInfo.Of(state.Messages[^1])!.Usage!.OutputTokenCount.ShouldBe(5);
    }

    [Fact]
    public async Task AModelThatSaysNothing_LeavesNothing()
    {
        await new ScriptedModel("ok").WithState(_store).GetResponseAsync("hello", Demo);

        (await _store.LoadAsync("demo"))!.Messages[^1].AdditionalProperties.ShouldBeNull();
    }

    [Fact]
    public async Task AStreamThatIsCutShort_KeepsWhatWasSaidSoFar()
    {
        await foreach (var _ in new ScriptedModel(_ => Reply("one two")).WithState(_store).GetStreamingResponseAsync("count", Demo))
        {
            break;
        }

        var last = (await _store.LoadAsync("demo"))!.Messages[^1];
        ReplyInfo.Of(last)!.ModelId.ShouldBe("m-1");
        last.AdditionalProperties!.Keys.ShouldBe([ReplyInfo.Property, PersistentChatClient.PartialProperty], ignoreOrder: true);
    }

    private static ChatResponse Reply(string text = "ok") => new(new ChatMessage(ChatRole.Assistant, text))
    {
        ResponseId = "resp-1",
        ModelId = "m-1",
        FinishReason = ChatFinishReason.Stop,
        Usage = new() { InputTokenCount = 10, OutputTokenCount = 5, CachedInputTokenCount = 4, AdditionalCounts = new() { ["cache_writes"] = 3 } },
    };

    private static async Task SayAsync(PersistentChatClient client, bool streaming)
    {
        if (streaming)
        {
            await client.GetStreamingResponseAsync("hello", Demo).ToListAsync();
        }
        else
        {
            await client.GetResponseAsync("hello", Demo);
        }
    }
}

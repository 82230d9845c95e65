using Holdfast.Logs;
using Holdfast.Testing;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Chat;

/// <summary>The rules of docs/chat.md about what is not stored again. A message is written <c>u:text</c> or <c>a:text</c>.</summary>
public sealed class RepeatedMessagesTests : IAsyncDisposable
{
    private static readonly ChatOptions Demo = new() { ConversationId = "demo" };

    private readonly InMemoryCommitLog _log = new();
    private readonly AgentStateStore _store;

    public RepeatedMessagesTests() => _store = new(_log);

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _log.DisposeAsync();
    }

    [Theory]

    // The whole conversation, with what is new at its end.
    [InlineData("u:1 a:1", "u:1 a:1 u:2", "u:1 a:1 u:2")]
    [InlineData("u:1 a:1", "u:1 a:1 u:1", "u:1 a:1 u:1")]
    [InlineData("u:1 a:ok u:2 a:ok", "u:1 a:ok u:2 a:ok u:2", "u:1 a:ok u:2 a:ok u:2")]
    [InlineData("", "u:1 a:1 u:2", "u:1 a:1 u:2")]

    // The end of it.
    [InlineData("u:1 a:1 u:2 a:2", "u:2 a:2 u:3", "u:1 a:1 u:2 a:2 u:3")]
    [InlineData("u:1 a:1 u:2 a:2", "a:2 u:3", "u:1 a:1 u:2 a:2 u:3")]

    // A summary in its place stays: nothing that is said is lost.
    [InlineData("u:1 a:1 u:2 a:2", "a:summary u:2 a:2 u:3", "u:1 a:1 u:2 a:2 a:summary u:3")]

    // After a call that failed: with the message that was not answered, once more or with another one.
    [InlineData("u:1 a:1 u:2", "u:1 a:1 u:2", "u:1 a:1 u:2")]
    [InlineData("u:1 a:1 u:2", "u:1 a:1 u:2 u:3", "u:1 a:1 u:2 u:3")]
    [InlineData("u:1 a:1 u:2", "u:1 a:1 u:2 u:2", "u:1 a:1 u:2 u:2")]

    // A caller who dropped a reply that was cut off, or who asks for another one.
    [InlineData("u:1 a:1 u:2 a:par", "u:1 a:1 u:2 u:3", "u:1 a:1 u:2 a:par u:3")]
    [InlineData("u:1 a:1 u:2 a:2", "u:1 a:1 u:2", "u:1 a:1 u:2 a:2 u:2")]

    // Others were at the same thread.
    [InlineData("u:1 a:1 u:x a:x u:2 a:2", "u:1 a:1 u:2 a:2 u:3", "u:1 a:1 u:x a:x u:2 a:2 u:3")]

    // Only what is new; the same words as a new turn.
    [InlineData("u:1 a:1", "u:2", "u:1 a:1 u:2")]
    [InlineData("u:yes a:ok", "u:yes", "u:yes a:ok u:yes")]
    [InlineData("u:yes a:ok u:2 a:2", "u:yes", "u:yes a:ok u:2 a:2 u:yes")]
    [InlineData("u:1 a:ok", "u:2 u:3", "u:1 a:ok u:2 u:3")]

    // A reply that only looks like one of the thread.
    [InlineData("u:1 a:ok u:2 a:2", "u:5 a:ok u:6", "u:1 a:ok u:2 a:2 u:5 a:ok u:6")]

    // What was never answered, said once more.
    [InlineData("u:1", "u:1", "u:1")]
    [InlineData("u:1", "u:1 u:2", "u:1 u:2")]
    [InlineData("u:1", "u:2", "u:1 u:2")]
    [InlineData("u:1 u:2", "u:1", "u:1 u:2 u:1")]
    [InlineData("u:1 u:2", "u:1 u:2", "u:1 u:2")]
    [InlineData("u:1", "u:1 u:1", "u:1 u:1")]

    // Blanks at the ends are no difference, others are.
    [InlineData("u:1 a:1_", "u:1 a:1 u:2", "u:1 a:1_ u:2")]
    [InlineData("u:1 a:a_b", "u:1 a:ab u:2", "u:1 a:a_b u:1 a:ab u:2")]
    public async Task What_IsStored(string stored, string said, string expected)
    {
        await StoreAsync(Parse(stored));

        await SayAsync(Parse(said));

        (await StoredAsync()).ShouldBe(expected.Replace('_', ' '));
    }

    [Theory]
    [InlineData("..4", "u:sum u:3 a:3 u:4")]
    [InlineData("..5", "u:sum a:3 u:4")]
    [InlineData("2..4", "u:1 a:1 u:sum u:3 a:3 u:4")]
    [InlineData("2..5", "u:1 a:1 u:sum a:3 u:4")]
    public async Task WhatASummaryStandsFor_IsNotStoredAgain(string range, string expected)
    {
        await StoreAsync(Parse("u:1 a:1 u:2 a:2 u:3 a:3"));
        var ends = range.Split("..");
        var session = await _store.OpenAsync("demo");
        await session.History.SummarizeAsync((ends[0].Length == 0 ? 0 : int.Parse(ends[0], System.Globalization.CultureInfo.InvariantCulture))..int.Parse(ends[1], System.Globalization.CultureInfo.InvariantCulture), "sum");
        await session.CommitAsync();

        await SayAsync(Parse("u:1 a:1 u:2 a:2 u:3 a:3 u:4"));

        (await StoredAsync()).ShouldBe(expected);
    }

    [Fact]
    public async Task AConversationThatIsPassedWhole_AndSummarizedNowAndThen_DoesNotComeBack()
    {
        var policy = new CompactionPolicy { MaxTokens = 1, KeepExchanges = 2, Summarize = (_, _) => Task.FromResult(new ChatMessage(ChatRole.User, "sum")) };
        var chat = new ScriptedModel("ok").WithState(_store, new() { Compaction = policy });
        var conversation = new List<ChatMessage>();
        for (var i = 1; i <= 6; i++)
        {
            conversation.Add(new(ChatRole.User, $"{i}"));
            conversation.AddRange((await chat.GetResponseAsync(conversation.Select(message => message.Clone()).ToList(), Demo)).Messages);
        }

        (await StoredAsync()).ShouldBe("u:sum u:4 a:ok u:5 a:ok u:6 a:ok");
    }

    [Fact]
    public async Task WithoutRecognition_EverythingWithoutIdsIsStored()
    {
        await StoreAsync(Parse("u:1 a:1"));

        await SayAsync(Parse("u:1 a:1 u:2"), new() { RecognizeRepeats = false });

        (await StoredAsync()).ShouldBe("u:1 a:1 u:1 a:1 u:2");
    }

    [Fact]
    public async Task UsersMessagesWithDifferentIds_AreDifferent()
    {
        await StoreAsync([new(ChatRole.User, "yes") { MessageId = "1" }]);

        await SayAsync([new(ChatRole.User, "yes") { MessageId = "2" }]);

        (await StoredAsync()).ShouldBe("u:yes u:yes");
    }

    [Fact]
    public async Task AReplyThatGotAnotherId_IsTheSame()
    {
        await StoreAsync([new(ChatRole.User, "hi"), new(ChatRole.Assistant, "hello") { MessageId = "chatcmpl-1" }]);

        await SayAsync([new(ChatRole.User, "hi") { MessageId = "u1" }, new(ChatRole.Assistant, "hello") { MessageId = "ui-7" }, new(ChatRole.User, "more") { MessageId = "u2" }]);

        (await StoredAsync()).ShouldBe("u:hi a:hello u:more");
    }

    [Fact]
    public async Task AReplyWithoutItsReasoning_IsTheSame()
    {
        await StoreAsync([new(ChatRole.User, "hi"), new(ChatRole.Assistant, [new TextReasoningContent("hm"), new TextContent("hello")])]);

        await SayAsync(Parse("u:hi a:hello u:more"));

        (await StoredAsync()).ShouldBe("u:hi a:hello u:more");
    }

    [Fact]
    public async Task PicturesThatDiffer_AreDifferent()
    {
        static ChatMessage Picture(byte content) => new(ChatRole.User, [new TextContent("what is it?"), new DataContent(new byte[] { content }, "image/png")]);
        await StoreAsync([Picture(1)]);

        await SayAsync([Picture(1)]);
        await SayAsync([Picture(2)]);

        (await StoredAsync()).ShouldBe("u:what is it? u:what is it?");
    }

    [Fact]
    public async Task AMessageWhoseTurnEndedAmongItsFunctions_IsNotStoredAgain()
    {
        ChatMessage call = new(ChatRole.Assistant, [new FunctionCallContent("c1", "weather")]);
        ChatMessage result = new(ChatRole.Tool, [new FunctionResultContent("c1", "sunny")]);
        await StoreAsync([new(ChatRole.User, "weather?"), call, result]);

        await SayAsync(Parse("u:weather?"));

        (await StoredAsync()).ShouldBe("u:weather? a: t:");
    }

    [Fact]
    public async Task ALongConversation_IsKnownBeyondTheWindow()
    {
        var conversation = Enumerable.Range(0, 60).SelectMany(i => Parse($"u:{i} a:ok")).ToList();
        await StoreAsync(conversation);

        await SayAsync([.. conversation, new(ChatRole.User, "new")], new() { HistoryWindow = 4 });

        (await _store.LoadAsync("demo"))!.Messages.Count.ShouldBe(121);
    }

    [Fact]
    public async Task AConversationWhoseBeginningIsHidden_IsKnown()
    {
        var conversation = Parse("u:1 a:1 u:2 a:2 u:3 a:3");
        await StoreAsync(conversation);
        await _store.UpdateAsync("demo", session => session.History.KeepLast(2));

        await SayAsync([.. conversation, new(ChatRole.User, "4")]);

        (await StoredAsync()).ShouldBe("u:3 a:3 u:4");
    }

    [Fact]
    public async Task TwoRetriesAtOnce_StoreTheMessageOnce()
    {
        var faults = new FaultInjectingLog(_log);
        var gate = faults.Next(LogCall.Append).WaitsBefore();
        var slow = new ScriptedModel("ok").WithState(new(faults)).GetResponseAsync([new(ChatRole.User, "hi") { MessageId = "1" }], Demo);
        await gate.Reached;

        await SayAsync([new(ChatRole.User, "hi") { MessageId = "1" }]);
        gate.Open();
        await slow;

        (await StoredAsync()).ShouldBe("u:hi a:ok");
    }

    private static List<ChatMessage> Parse(string messages) =>
    [
        .. messages.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(message => new ChatMessage(message[0] == 'u' ? ChatRole.User : ChatRole.Assistant, message[2..].Replace('_', ' '))),
    ];

    private async Task StoreAsync(IEnumerable<ChatMessage> messages) => await _store.UpdateAsync("demo", session => session.History.AddRange(messages));

    // The model fails, so that what is stored is what was said.
    private Task SayAsync(IReadOnlyList<ChatMessage> messages, PersistentChatOptions? options = null)
        => Should.ThrowAsync<IOException>(() => new ScriptedModel(_ => throw new IOException("down")).WithState(_store, options).GetResponseAsync(messages, Demo));

    private async Task<string> StoredAsync()
        => string.Join(' ', (await _store.LoadAsync("demo"))!.Messages.Select(message => $"{message.Role.Value[0]}:{message.Text}"));
}

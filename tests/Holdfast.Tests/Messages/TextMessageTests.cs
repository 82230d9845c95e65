using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Xunit;

namespace Holdfast.Tests.Messages;

public sealed class TextMessageTests
{
    public static TheoryData<string> Texts => ["", "Hello", "\"quoted\" \\ and <b>bold</b> & 'single'", "line\r\nbreak\ttab\0nul\u001f\u007f", "Grüße, 世界, 👩‍👩‍👧", "a text with \uFFFD of its own", "\u2028\u2029\u200b"];

    [Theory]
    [MemberData(nameof(Texts))]
    public void TryWrite_Text_WritesWhatTheSerializerWrites(string text)
    {
        var time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)).AddTicks(1_234_567);
        foreach (var message in new ChatMessage[]
        {
            new(ChatRole.User, text),
            new(ChatRole.Assistant, text) { CreatedAt = time },
            new(new ChatRole("rôle \"x\""), text) { CreatedAt = time.ToUniversalTime(), AuthorName = "Zoë \"Z\"", MessageId = "id/1 é" },
            new(ChatRole.System, [new TextContent(text)]) { AuthorName = "", MessageId = "" },
        })
        {
            var expected = JsonSerializer.Serialize(message, MessageCodec.Options.GetTypeInfo(typeof(ChatMessage)));

            Assert.Equal(expected, Encoding.UTF8.GetString(TextMessage.TryWrite(message, null)!.Value.Span));
        }
    }

    public static TheoryData<ChatMessage> Others =>
    [
        new ChatMessage(ChatRole.User, "half \ud83d of a pair"),
        new ChatMessage(ChatRole.User, "text") { MessageId = "\ud83d" },
        new ChatMessage(ChatRole.User, "text") { AuthorName = "\ud83d" },
        new ChatMessage(new ChatRole("\ud83d"), "text"),
        new ChatMessage(ChatRole.User, (string?)null),
        new ChatMessage(ChatRole.User, "text") { AdditionalProperties = [] },
        new ChatMessage(ChatRole.User, [new TextContent("one"), new TextContent("two")]),
        new ChatMessage(ChatRole.User, [new TextContent("text") { AdditionalProperties = [] }]),
        new ChatMessage(ChatRole.User, [new TextContent("text") { Annotations = [new CitationAnnotation { Title = "source" }] }]),
        new ChatMessage(ChatRole.Assistant, [new TextReasoningContent("thought")]),
        new ChatMessage(ChatRole.Assistant, [new OpaqueContent("{\"$type\":\"new\"}"u8)]),
        new OwnMessage(ChatRole.User, "text"),
    ];

    [Theory]
    [MemberData(nameof(Others), DisableDiscoveryEnumeration = true)]
    public void TryWrite_OtherThanPlainText_LeavesItToTheSerializer(ChatMessage message) => Assert.Null(TextMessage.TryWrite(message, null));

    [Fact]
    public void TryWrite_MessageWithEveryProperty_LeavesNoneOut()
    {
        // A property that a later version of ChatMessage or TextContent gets has to be looked at here.
        string[] written = [nameof(ChatMessage.AuthorName), nameof(ChatMessage.CreatedAt), nameof(ChatMessage.Role), nameof(ChatMessage.Contents), nameof(ChatMessage.MessageId)];
        string[] refused = [nameof(ChatMessage.AdditionalProperties), nameof(TextContent.Annotations)];
        string[] derived = [nameof(ChatMessage.Text), nameof(ChatMessage.RawRepresentation)];

        Assert.Empty(typeof(ChatMessage).GetProperties().Concat(typeof(TextContent).GetProperties()).Select(property => property.Name).Except([.. written, .. refused, .. derived]));
    }

    private sealed class OwnMessage(ChatRole role, string text) : ChatMessage(role, text);
}

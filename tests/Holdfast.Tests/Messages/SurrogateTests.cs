using System.Text.Json;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Messages;

/// <summary>Half of a surrogate pair, such as a text that was cut inside an emoji: it is refused, never replaced without a word.</summary>
public sealed class SurrogateTests
{
    private const string Half = "a\ud800b";

    private readonly TestStore _test = new();

    public static TheoryData<string, Action<ThreadSession>> Places => new()
    {
        { "variable", session => session.Variables.Set("v", Half) },
        { "variable of an object", session => session.Variables.Set("v", new { text = Half }) },
        { "key of an object", session => session.Variables.Set("v", new Dictionary<string, int> { [Half] = 1 }) },
        { "variable of a character", session => session.Variables.Set("v", '\udc00') },
        { "metadata", session => session.Metadata.Set("v", Half) },
        { "state of a tool", session => session.Tools["t"].Set("v", Half) },
        { "todo", session => session.Todos.Add(Half) },
        { "message", session => session.Say(Half) },
        { "cut emoji", session => session.Say("well done \ud83d") },
        { "author", session => session.History.Add(new ChatMessage(ChatRole.User, "hi") { AuthorName = Half }) },
        { "argument", session => session.History.Add(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("c", "f", new Dictionary<string, object?> { ["x"] = Half })])) },
        { "result", session => session.History.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent("c", Half)])) },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public async Task HalfAPair_IsRefusedAndNothingIsStored(string place, Action<ThreadSession> change)
    {
        var session = await _test.Store.OpenAsync("a");

        var error = Should.Throw<InvalidStateValueException>(() => change(session));

        error.Message.ShouldContain("surrogate", customMessage: place);
        (await session.CommitAsync()).IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task WholePairsAndTheReplacementCharacter_AreStoredAsTheyAre()
    {
        const string Text = "😀 \ufffd \\ufffd 𝄞";
        await _test.CommitAsync("a", session =>
        {
            session.Variables.Set("v", Text);
            session.Variables.Set("o", new { text = Text });
            session.Say(Text);
        });

        var stored = await _test.Another().OpenAsync("a");
        stored.Variables.Get("v", "").ShouldBe(Text);
        stored.Variables["o"]!.Value.GetProperty("text").GetString().ShouldBe(Text);
        (await stored.History.TextsAsync()).ShouldBe([Text]);
    }

    [Theory]
    [InlineData("{\n  \"page\":\"\\ud83d\"\n}", "{  \"page\":\"\\ud83d\"}")]
    [InlineData("{\"page\":\"\\ud83d\"}", "{\"page\":\"\\ud83d\"}")]
    public async Task JsonWithHalfAPairAsAnEscape_IsKeptByteForByte(string json, string stored)
    {
        await _test.CommitAsync("a", session => session.Variables.Set("v", JsonElement.Parse(json)));

        (await _test.Another().OpenAsync("a")).Variables["v"]!.Value.GetRawText().ShouldBe(stored);
        (await _test.Store.LoadAsync("a"))!.ToJson().ShouldContain("\\ud83d");
    }

    [Theory]
    [InlineData("{ /* why */ \"a\": 1, }", "{\"a\":1}")]
    [InlineData("[1, 2, // three\n]", "[1,2]")]
    public async Task AnElementReadWithCommentsOrTrailingCommas_IsStoredAsJson(string json, string stored)
    {
        var element = JsonDocument.Parse(json, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }).RootElement;

        await _test.CommitAsync("a", session => session.Variables.Set("v", element));

        (await _test.Another().OpenAsync("a")).Variables["v"]!.Value.GetRawText().ShouldBe(stored);
    }
}

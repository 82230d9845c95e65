using System.Text.Json;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Messages;

public sealed class OpaqueContentTests
{
    private const string Hologram = """{ "$type": "hologram", "light": 1.50, "é": "\u00e9", "parts": [ null ] }""";
    private const string Message = $$"""{"role":"assistant","contents":[{"$type":"text","text":"look:"},{{Hologram}},{"$type":"text","text":"!"}],"messageId":"m"}""";

    private readonly TestStore _test = new();

    [Fact]
    public async Task UnknownContent_IsShownAsItIsStored()
    {
        await WriteAsync(Message);

        var message = (await (await _test.Store.OpenAsync("a")).History.LastAsync(1)).Single();

        (message.Text, message.MessageId, message.Contents.Count).ShouldBe(("look:!", "m", 3));
        var opaque = message.Contents[1].ShouldBeOfType<OpaqueContent>();
        opaque.Kind.ShouldBe("hologram");
        opaque.ToString().ShouldBe(Hologram);
        opaque.ToJson().GetProperty("light").GetRawText().ShouldBe("1.50");
    }

    [Fact]
    public async Task UnknownContent_WhenItsMessageIsAddedOrSavedAgain_IsTheSameToTheByte()
    {
        await WriteAsync(Message);
        var state = (await _test.Store.LoadAsync("a"))!;

        await _test.CommitAsync("added", session => session.History.Add(state.Messages[0]));
        await _test.Store.SaveAsync("saved", state with { Messages = [new(ChatRole.User, "u"), state.Messages[0]] });
        (await _test.Store.SaveAsync("a", state)).Commit.IsEmpty.ShouldBeTrue();
        (await _test.Store.SaveAsync("a", AgentState.FromJson(state.ToJson()))).Commit.IsEmpty.ShouldBeTrue();

        (await _test.BodiesAsync("added"))[0].ShouldContain(Message);
        (await _test.BodiesAsync("saved"))[0].ShouldContain(Message);
    }

    [Fact]
    public async Task UnknownContent_InAMessageThatWasChanged_IsTheSameToTheByte()
    {
        await WriteAsync(Message);
        var message = (await _test.Store.LoadAsync("a"))!.Messages[0];
        message.Contents.Insert(0, new TextContent("hey,"));
        var moved = new ChatMessage(ChatRole.User, [message.Contents[2]]);

        await _test.CommitAsync("b", session => session.History.AddRange([message, moved]));

        var body = (await _test.BodiesAsync("b"))[0];
        body.ShouldContain($$"""{"$type":"text","text":"look:"},{{Hologram}},""");
        body.ShouldContain($$"""[{{Hologram}}]""");
        var read = (await (await _test.Store.OpenAsync("b")).History.LastAsync(2));
        read[0].Text.ShouldBe("hey,look:!");
        read[1].Contents.Single().ShouldBeOfType<OpaqueContent>().ToString().ShouldBe(Hologram);
    }

    [Theory]
    [InlineData("""{"text":"no type"}""", null)]
    [InlineData("""{"$type":7}""", "7")]
    [InlineData("""{"$type":"functionCall"}""", "functionCall")]
    [InlineData("""null""", null)]
    public async Task Contents_ThatCannotBeRead_AreKept(string content, string? kind)
    {
        await WriteAsync($$"""{"role":"user","contents":[{{content}}]}""");
        var message = (await _test.Store.LoadAsync("a"))!.Messages[0];

        var opaque = message.Contents.Single().ShouldBeOfType<OpaqueContent>();

        (opaque.Kind, opaque.ToString()).ShouldBe((kind, content));
        await _test.CommitAsync("b", session => session.History.Add(new ChatMessage(ChatRole.User, [opaque])));
        (await _test.BodiesAsync("b"))[0].ShouldContain($"[{content}]");
    }

    [Fact]
    public async Task UnknownContent_OutlivesEverything()
    {
        await WriteAsync(Message);
        var opaque = (OpaqueContent)(await _test.Store.LoadAsync("a"))!.Messages[0].Contents[1];
        JsonElement json = opaque.ToJson();
        await _test.Store.Thread("a").EraseAsync();
        GC.Collect();

        json.GetProperty("parts")[0].ValueKind.ShouldBe(JsonValueKind.Null);
    }

    private Task WriteAsync(string message)
        => new RawThread(_test.Memory, ThreadKey.Of("a")).AppendAsync($$"""{"v":1,"at":"2026-11-21T08:00:00.000Z","messages":[{{message}}]}""");
}

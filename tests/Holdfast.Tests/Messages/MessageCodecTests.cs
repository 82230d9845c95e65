using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Messages;

public sealed class MessageCodecTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Messages_OfEveryKindOfContent_RoundTrip()
    {
        AIContent[] contents =
        [
            new TextContent("text \"é\" 👩‍🚀"),
            new TextReasoningContent("reasoning") { ProtectedData = "sealed" },
            new FunctionCallContent("c1", "search", new Dictionary<string, object?> { ["q"] = "x", ["n"] = 3, ["none"] = null }),
            new FunctionResultContent("c1", "found"),
            new DataContent(new byte[] { 1, 2, 3 }, "image/png"),
            new UriContent("https://example.com/a.png", "image/png"),
            new ErrorContent("failed") { ErrorCode = "E1", Details = "details" },
            new UsageContent(new() { InputTokenCount = 1, OutputTokenCount = 2 }),
            new ToolApprovalRequestContent("r1", new FunctionCallContent("c2", "delete")),
        ];
        await _test.CommitAsync("a", session => session.History.Add(new(ChatRole.Assistant, [.. contents])
        {
            MessageId = "m",
            AuthorName = "author",
            CreatedAt = _test.Clock.GetUtcNow(),
            AdditionalProperties = new() { ["x"] = 1, ["y"] = "z" },
        }));

        var message = (await (await _test.Store.OpenAsync("a")).History.LastAsync(1)).Single();

        message.Contents.Select(content => content.GetType()).ShouldBe(contents.Select(content => content.GetType()));
        (message.MessageId, message.AuthorName, message.CreatedAt, message.Role).ShouldBe(("m", "author", _test.Clock.GetUtcNow(), ChatRole.Assistant));
        message.AdditionalProperties!["y"]!.ToString().ShouldBe("z");
        message.Text.ShouldBe("text \"é\" 👩‍🚀");
        ((FunctionCallContent)message.Contents[2]).Arguments!["n"]!.ToString().ShouldBe("3");
        ((FunctionResultContent)message.Contents[3]).Result!.ToString().ShouldBe("found");
        ((DataContent)message.Contents[4]).Data.ToArray().ShouldBe([1, 2, 3]);
        ((UsageContent)message.Contents[7]).Details.OutputTokenCount.ShouldBe(2);
    }

    [Fact]
    public async Task Messages_AreStoredInOneLineWithoutIndentation()
    {
        await _test.CommitAsync("a", session => session.Say("two\nlines"));

        var body = (await _test.BodiesAsync("a")).Single();
        body.ShouldNotContain("\n");
        body.ShouldNotContain("  ");
        body.ShouldContain("""{"$type":"text","text":"two\nlines"}""");
    }

    public static TheoryData<string> Unstorable => ["NaN argument", "NaN result", "cycle", "depth", "type", "in additional properties"];

    [Theory, MemberData(nameof(Unstorable))]
    public async Task Add_WhatCannotBeJson_IsRefusedByPathBeforeAnythingIsWritten(string what)
    {
        var session = await _test.Store.OpenAsync("a");
        session.Say("good");
        var (bad, path) = Make(what);

        var error = Should.Throw<InvalidStateValueException>(() => session.History.Add(bad));
        error.Message.ShouldStartWith(path);
        error.Code.ShouldBe(ErrorCodes.InvalidValue);
        Should.Throw<InvalidStateValueException>(() => new AgentState { Messages = [new(ChatRole.User, "x"), bad] }).Message.ShouldStartWith(path);
        Should.Throw<InvalidStateValueException>(() => new AgentState { Messages = [new(ChatRole.User, "x")] }.AddMessage(bad)).Message.ShouldStartWith(path);

        session.History.Count.ShouldBe(1);
        (await session.CommitAsync()).MessageCount.ShouldBe(1);
        (await _test.TextsAsync("a")).ShouldBe(["good"]);
    }

    [Fact]
    public async Task UnknownProperties_OfAMessageThatWasRead_SurviveItsBeingSaved()
    {
        const string Message = """{"role":"assistant","future":{"x":[ 1.50 ]},"contents":[{"$type":"text","text":"hi","newer":true}],"messageId":"m"}""";
        await WriteAsync(Message);
        var state = (await _test.Store.LoadAsync("a"))!;
        state.Messages.Single().Text.ShouldBe("hi");

        // As part of a list that was changed elsewhere, and added to another thread.
        await _test.Store.SaveAsync("a", state with { Messages = [new(ChatRole.User, "before"), .. state.Messages] });
        await _test.CommitAsync("b", session => session.History.AddRange(state.Messages));

        (await _test.BodiesAsync("a"))[1].ShouldContain(Message);
        (await _test.BodiesAsync("b"))[0].ShouldContain(Message);
    }

    [Fact]
    public async Task UnknownProperties_OfAMessageThatWasChanged_DoNotHideTheChange()
    {
        await WriteAsync("""{"role":"assistant","future":1,"contents":[{"$type":"text","text":"hi"}]}""");
        var message = (await _test.Store.LoadAsync("a"))!.Messages.Single();
        message.Contents.Add(new TextContent("!"));

        await _test.CommitAsync("b", session => session.History.Add(message));

        (await _test.TextsAsync("b")).ShouldBe(["hi!"]);
    }

    [Fact]
    public async Task Type_ThatIsNotFirst_IsAccepted()
    {
        await WriteAsync("""{"contents":[{"text":"hi","$type":"text"},{"callId":"c","arguments":{},"name":"f","$type":"functionCall"}],"role":"assistant"}""");

        var message = (await _test.Store.LoadAsync("a"))!.Messages.Single();

        message.Text.ShouldBe("hi");
        message.Contents[1].ShouldBeOfType<FunctionCallContent>().Name.ShouldBe("f");
    }

    [Theory, InlineData("5"), InlineData("\"x\""), InlineData("[]"), InlineData("null"), InlineData("""{"role":7}"""), InlineData("""{"role":"user","contents":{}}""")]
    public async Task StoredMessages_ThatAreNone_AreErrorsOfTheLibrary(string message)
    {
        await WriteAsync(message);
        var session = await _test.Store.OpenAsync("a");

        await Should.ThrowAsync<InvalidStateValueException>(async () => await session.History.TextsAsync());
        Should.Throw<InvalidStateValueException>(() => AgentState.FromJson($$"""{"messages":[{{message}}]}""")).Message.ShouldContain("messages[0]");
    }

    private static (ChatMessage Message, string Path) Make(string what)
    {
        var cycle = new List<object>();
        cycle.Add(cycle);
        object deep = 1;
        for (var i = 0; i < 70; i++)
        {
            deep = new[] { deep };
        }

        return what switch
        {
            "NaN argument" => (new(ChatRole.Assistant, [new TextContent("x"), new FunctionCallContent("c", "f", new Dictionary<string, object?> { ["x"] = double.NaN })]), "messages[1].contents[1].arguments"),
            "NaN result" => (Result(double.NaN), "messages[1].contents[0].result"),
            "cycle" => (Result(cycle), "messages[1].contents[0].result"),
            "depth" => (Result(deep), "messages[1].contents[0].result"),
            "type" => (Result((Action)(() => { })), "messages[1].contents[0].result"),
            _ => (new(ChatRole.User, "x") { AdditionalProperties = new() { ["x"] = double.NaN } }, "messages[1]"),
        };

        static ChatMessage Result(object result) => new(ChatRole.Tool, [new FunctionResultContent("c", result)]);
    }

    private Task WriteAsync(string message)
        => new RawThread(_test.Memory, ThreadKey.Of("a")).AppendAsync($$"""{"v":1,"at":"2026-11-21T08:00:00.000Z","messages":[{{message}}]}""");
}

using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Sessions;

public sealed class MessageHistoryAddIfNewTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task AMessageWithAKnownId_IsNotAdded()
    {
        await _test.CommitAsync("a", session => session.History.Add(User("hello", "1")));
        var session = await _test.Store.OpenAsync("a");

        (await session.History.AddIfNewAsync(User("hello", "1"))).ShouldBeFalse();
        (await session.History.AddIfNewAsync(User("hello", "2"))).ShouldBeTrue();
        (await session.History.AddIfNewAsync(User("hello", "2"))).ShouldBeFalse("it is pending already");

        session.History.Count.ShouldBe(2);
    }

    [Fact]
    public async Task AMessageWithoutIds_IsAddedAlways()
    {
        var session = await _test.Store.OpenAsync("a");

        (await session.History.AddIfNewAsync(User("hello"))).ShouldBeTrue();
        (await session.History.AddIfNewAsync(User("hello"))).ShouldBeTrue();
    }

    [Fact]
    public async Task CallsAndResults_AreKnownByTheirIds()
    {
        var session = await _test.Store.OpenAsync("a");
        ChatMessage[] turn = [User("weather?"), Call("c1", "c2"), Result("c1")];

        (await session.History.AddIfNewAsync(turn)).ShouldBe(3);
        (await session.History.AddIfNewAsync([Call("c1", "c2"), Result("c1", "c2")])).ShouldBe(1);

        (await session.History.LastAsync(10)).Select(message => message.Contents.Count).ShouldBe([1, 2, 1, 1]);
    }

    [Fact]
    public async Task ACallThatReusesAnId_TakesAResultOfItsOwn()
    {
        var session = await _test.Store.OpenAsync("a");
        session.History.AddRange([Call("0"), Result("0"), Call("0")]);

        (await session.History.AddIfNewAsync(Result("0"))).ShouldBeTrue();
        (await session.History.AddIfNewAsync(Result("0"))).ShouldBeFalse();
    }

    [Fact]
    public async Task RequestsAndAnswers_AreKnownByTheirIds()
    {
        var session = await _test.Store.OpenAsync("a");
        var request = new ToolApprovalRequestContent("r1", new FunctionCallContent("c1", "delete"));
        await session.History.AddIfNewAsync(new ChatMessage(ChatRole.Assistant, [request]));
        await session.History.AddIfNewAsync(new ChatMessage(ChatRole.User, [request.CreateResponse(true)]));

        (await session.History.AddIfNewAsync(new ChatMessage(ChatRole.Assistant, [request]))).ShouldBeFalse();
        (await session.History.AddIfNewAsync(new ChatMessage(ChatRole.User, [request.CreateResponse(true)]))).ShouldBeFalse();
        (await session.History.AddIfNewAsync(new ChatMessage(ChatRole.User, [request.CreateResponse(false)]))).ShouldBeTrue("it is another answer");
    }

    [Fact]
    public async Task RepliesOfAServerThatGivesThemAllOneId_AreAdded()
    {
        var session = await _test.Store.OpenAsync("a");
        await session.History.AddIfNewAsync(new ChatMessage(ChatRole.Assistant, "one") { MessageId = "chat" });

        (await session.History.AddIfNewAsync(new ChatMessage(ChatRole.Assistant, "two") { MessageId = "chat" })).ShouldBeTrue();
        (await session.History.AddIfNewAsync(new ChatMessage(ChatRole.Assistant, "one") { MessageId = "chat" })).ShouldBeFalse();
    }

    [Fact]
    public async Task Among_LooksOnlyAtTheLastMessages()
    {
        await _test.CommitAsync("a", session => session.History.AddRange([User("one", "1"), User("two", "2")]));
        var session = await _test.Store.OpenAsync("a");

        (await session.History.AddIfNewAsync([User("one", "1")], among: 1)).ShouldBe(1);
    }

    [Fact]
    public async Task AMessageThatCannotBeStored_AddsNone()
    {
        var session = await _test.Store.OpenAsync("a");
        var broken = new ChatMessage(ChatRole.Tool, [new FunctionResultContent("c1", double.NaN)]);

        await Should.ThrowAsync<InvalidStateValueException>(async () => await session.History.AddIfNewAsync([User("hello", "1"), broken]));

        session.History.Count.ShouldBe(0);
    }

    private static ChatMessage User(string text, string? id = null) => new(ChatRole.User, text) { MessageId = id };

    private static ChatMessage Call(params string[] ids) => new(ChatRole.Assistant, [.. ids.Select(id => new FunctionCallContent(id, "weather"))]);

    private static ChatMessage Result(params string[] ids) => new(ChatRole.Tool, [.. ids.Select(id => new FunctionResultContent(id, "sunny"))]);
}

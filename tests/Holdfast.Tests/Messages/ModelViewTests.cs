using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Messages;

public sealed class ModelViewTests
{
    private const string Interrupted = "This call was interrupted; whether it took effect is not known.";
    private const string NotAnswered = "This call was not made: nobody answered and the conversation went on.";

    private readonly TestStore _test = new();

    [Fact]
    public async Task AWholeConversation_IsAsItIs()
        => (await ViewAsync([User("hi"), Call("c1", "c2"), Result("c1"), Result("c2"), Text("sunny")]))
            .ShouldBe(["user:hi", "assistant:call c1+call c2", "tool:result c1=c1!", "tool:result c2=c2!", "assistant:sunny"]);

    [Fact]
    public async Task AnInformationalCall_KeepsItsResult()
    {
        var call = Call("c1");
        ((FunctionCallContent)call.Contents[0]).InformationalOnly = true;

        (await ViewAsync([User("hi"), call, Result("c1"), Text("sunny")])).ShouldBe(["user:hi", "assistant:call c1", "tool:result c1=c1!", "assistant:sunny"]);
    }

    [Fact]
    public async Task AnInformationalCallWithoutItsResult_SaysThatItIsNotKnown()
    {
        var call = Call("c1");
        ((FunctionCallContent)call.Contents[0]).InformationalOnly = true;

        (await ViewAsync([call, User("well?")])).ShouldBe(["assistant:call c1", "tool:result c1=The result of this call is not known.", "user:well?"]);
    }

    [Fact]
    public async Task ACallWithoutItsResult_IsAnsweredAsInterrupted()
        => (await ViewAsync([Call("c1"), User("well?")])).ShouldBe(["assistant:call c1", $"tool:result c1={Interrupted}", "user:well?"]);

    [Fact]
    public async Task ResultsOfTurnsThatInterleave_FollowTheirCalls()
        => (await ViewAsync([Call("c1"), User("and?"), Result("c1")])).ShouldBe(["assistant:call c1", "tool:result c1=c1!", "user:and?"]);

    [Fact]
    public async Task AResultWithoutItsCall_IsLeftOut() => (await ViewAsync([Result("lost"), User("hi")])).ShouldBe(["user:hi"]);

    [Fact]
    public async Task AResultThatIsThereTwice_IsSentOnce()
        => (await ViewAsync([Call("c1"), Result("c1"), Result("c1"), User("hi")])).ShouldBe(["assistant:call c1", "tool:result c1=c1!", "user:hi"]);

    [Fact]
    public async Task ACallThatIsThereTwice_IsSentOnceWhereItsResultIs()
        => (await ViewAsync([Call("c1"), User("again"), Call("c1"), Result("c1")])).ShouldBe(["user:again", "assistant:call c1", "tool:result c1=c1!"]);

    [Fact]
    public async Task CallsThatReuseAnId_KeepTheirOwnResults()
        => (await ViewAsync([Call("0"), Result("0", "first"), Text("ok"), Call("0"), Result("0", "second"), Call("0")]))
            .ShouldBe(["assistant:call 0", "tool:result 0=first", "assistant:ok", "assistant:call 0", "tool:result 0=second", "assistant:call 0", $"tool:result 0={Interrupted}"]);

    [Fact]
    public async Task EmptyMessages_AreLeftOut()
        => (await ViewAsync([User("hi"), new(ChatRole.Assistant, []), Text(" "), User("?")])).ShouldBe(["user:hi", "user:?"]);

    [Fact]
    public async Task AWindowThatWouldBeginWithAResult_BeginsWithItsCall()
        => (await ViewAsync([User("hi"), Call("c1"), Result("c1")], new() { Last = 1 })).ShouldBe(["assistant:call c1", "tool:result c1=c1!"]);

    [Fact]
    public async Task ARequestThatNobodyAnswered_IsClosed()
        => (await ViewAsync([User("delete"), Asks("c1"), User("hello?")]))
            .ShouldBe(["user:delete", "assistant:call c1", $"tool:result c1={NotAnswered}", "user:hello?"]);

    [Fact]
    public async Task ARequestThatIsBeingAnswered_StaysWithItsAnswer()
    {
        var answer = Answers("c1", approved: true);

        (await ViewAsync([User("delete"), Asks("c1"), answer], new() { Answers = [answer] })).ShouldBe(["user:delete", "assistant:asks c1", "user:approves c1"]);
    }

    [Fact]
    public async Task OneOfTwoRequestsThatIsBeingAnswered_LeavesTheOtherClosed()
    {
        var answer = Answers("c2", approved: true);

        (await ViewAsync([Asks("c1", "c2"), answer], new() { Answers = [answer] }))
            .ShouldBe(["assistant:call c1+asks c2", $"tool:result c1={NotAnswered}", "user:approves c2"]);
    }

    [Fact]
    public async Task AnApprovalOfBefore_ThatCameToNothing_IsInterrupted()
        => (await ViewAsync([Asks("c1"), Answers("c1", approved: true), User("hello?")]))
            .ShouldBe(["assistant:call c1", $"tool:result c1={Interrupted}", "user:hello?"]);

    [Fact]
    public async Task ARefusalOfBefore_IsToldWithItsReason()
        => (await ViewAsync([Asks("c1"), Answers("c1", approved: false), User("hello?")]))
            .ShouldBe(["assistant:call c1", "tool:result c1=This call was not made: it was refused. too dear", "user:hello?"]);

    [Fact]
    public async Task AnApprovalThatWasCarriedOut_IsTheCallAndItsResult()
        => (await ViewAsync([Asks("c1"), Answers("c1", approved: true), Call("c1"), Result("c1"), Text("done")]))
            .ShouldBe(["assistant:call c1", "tool:result c1=c1!", "assistant:done"]);

    [Fact]
    public async Task AnApprovalThatWasCarriedOut_IsNotOpenedByItsAnswerOnceMore()
    {
        var answer = Answers("c1", approved: true);

        (await ViewAsync([Asks("c1"), answer, Call("c1"), Result("c1")], new() { Answers = [answer] })).ShouldBe(["assistant:call c1", "tool:result c1=c1!"]);
    }

    [Fact]
    public async Task TheLaterOfTwoAnswers_Holds()
    {
        var refusal = Answers("c1", approved: false);

        (await ViewAsync([Asks("c1"), Answers("c1", approved: true), refusal], new() { Answers = [refusal] })).ShouldBe(["assistant:asks c1", "user:refuses c1"]);
    }

    [Fact]
    public async Task AnApprovalOfACallThatTheProviderCarriesOut_IsForTheProvider()
    {
        var request = new ToolApprovalRequestContent("r1", new McpServerToolCallContent("c1", "search", "docs"));

        var view = await MessagesAsync([new(ChatRole.Assistant, [request]), new(ChatRole.User, [request.CreateResponse(true)])]);

        view.SelectMany(message => message.Contents).Select(content => content.GetType()).ShouldBe([typeof(ToolApprovalRequestContent), typeof(ToolApprovalResponseContent)]);
    }

    [Fact]
    public async Task WhatIsStored_IsNotChanged()
    {
        await ViewAsync([Call("c1"), User("well?"), Result("lost")]);

        (await _test.Store.LoadAsync("a"))!.Messages.Select(Line).ShouldBe(["assistant:call c1", "user:well?", "tool:result lost=lost!"]);
    }

    [Fact]
    public async Task WhatHoldfastNotes_IsNotSent()
    {
        var message = new ChatMessage(ChatRole.Assistant, "hi") { AdditionalProperties = new() { ["holdfast.partial"] = true, ["mine"] = 1 } };

        var sent = (await MessagesAsync([message]))[0];

        sent.AdditionalProperties!.Keys.ShouldBe(["mine"]);
        sent.CreatedAt.ShouldBeNull();
    }

    [Fact]
    public async Task Last_OutOfRange_IsRefused()
    {
        var session = await _test.Store.OpenAsync("a");

        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await session.History.ForModelAsync(new() { Last = 0 }));
    }

    private static ChatMessage User(string text) => new(ChatRole.User, text);

    private static ChatMessage Text(string text) => new(ChatRole.Assistant, text);

    private static FunctionCallContent CallContent(string id) => new(id, "weather");

    private static ChatMessage Call(params string[] ids) => new(ChatRole.Assistant, [.. ids.Select(CallContent)]);

    private static ChatMessage Result(string id, string? result = null) => new(ChatRole.Tool, [new FunctionResultContent(id, result ?? id + "!")]);

    private static ChatMessage Asks(params string[] ids)
        => new(ChatRole.Assistant, [.. ids.Select(id => new ToolApprovalRequestContent("r-" + id, CallContent(id)))]);

    private static ChatMessage Answers(string id, bool approved)
        => new(ChatRole.User, [new ToolApprovalResponseContent("r-" + id, approved, CallContent(id)) { Reason = approved ? null : "too dear" }]);

    private static string Line(ChatMessage message) => $"{message.Role}:" + string.Join('+', message.Contents.Select(content => content switch
    {
        FunctionCallContent call => $"call {call.CallId}",
        FunctionResultContent result => $"result {result.CallId}={result.Result}",
        ToolApprovalRequestContent request => $"asks {request.ToolCall.CallId}",
        ToolApprovalResponseContent answer => $"{(answer.Approved ? "approves" : "refuses")} {answer.ToolCall.CallId}",
        _ => content.ToString(),
    }));

    private async Task<List<string>> ViewAsync(ChatMessage[] messages, ModelViewOptions? options = null)
        => [.. (await MessagesAsync(messages, options)).Select(Line)];

    private async Task<IReadOnlyList<ChatMessage>> MessagesAsync(ChatMessage[] messages, ModelViewOptions? options = null)
    {
        await _test.CommitAsync("a", session => session.History.AddRange(messages));
        return await (await _test.Another().OpenAsync("a")).History.ForModelAsync(options);
    }
}

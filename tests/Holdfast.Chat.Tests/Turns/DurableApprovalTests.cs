using System.Text.Json;
using Holdfast.Chat.Tests.Functions;
using Holdfast.Chat.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Chat.Tests.Turns;

public sealed class DurableApprovalTests
{
    public enum Again
    {
        SameObject,
        FreshObjects,
        OtherProcess,
    }

    [Theory]
    [InlineData(Again.SameObject, false)]
    [InlineData(Again.SameObject, true)]
    [InlineData(Again.FreshObjects, false)]
    [InlineData(Again.FreshObjects, true)]
    [InlineData(Again.OtherProcess, false)]
    [InlineData(Again.OtherProcess, true)]
    public async Task AFailedResume_CanBeResumed_AndTheToolRanOnce(Again again, bool streaming)
    {
        await using var scene = new TurnScene();
        var process = scene.Start(lease: TimeSpan.FromSeconds(1));
        var request = TurnScene.RequestsIn(await process.SayAsync([new(ChatRole.User, "delete it!")], streaming)).Single();
        var answer = TurnScene.Answer(request.CreateResponse(true));
        scene.Model.BeforeReply = messages =>
        {
            if (messages[^1].Role == ChatRole.Tool)
            {
                if (again == Again.OtherProcess)
                {
                    process.Kill();
                }

                throw new HttpRequestException("503: the model is overloaded");
            }
        };
        await Should.ThrowAsync<HttpRequestException>(() => process.SayAsync([answer], streaming));
        scene.Model.BeforeReply = _ => { };

        var second = again == Again.OtherProcess ? scene.Start() : process;
        var reply = await second.SayAsync(again == Again.SameObject ? [answer] : [TurnScene.Answer(Scene.Fresh(request).CreateResponse(true))], streaming);

        reply[^1].Text.ShouldBe("done");
        scene.Runs.Count().ShouldBe(1);
        (await scene.StoredAsync()).ShouldBe("user:delete it! | assistant:call 1 | tool:result 1 | assistant:done");
        (await scene.TurnsAsync()).Single().State.ShouldBe(TurnState.Completed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnAnswer_IsGivenOnce_AndTheSameOnceMoreGivesTheReply(bool streaming)
    {
        await using var scene = new TurnScene();
        var process = scene.Start();
        var request = TurnScene.RequestsIn(await process.SayAsync([new(ChatRole.User, "delete it!")], streaming)).Single();

        (await process.SayAsync([TurnScene.Answer(request.CreateResponse(true))], streaming))[^1].Text.ShouldBe("done");
        var sent = scene.Model.Received.Count;
        (await process.SayAsync([TurnScene.Answer(Scene.Fresh(request).CreateResponse(true))], streaming))[^1].Text.ShouldBe("done");
        await Should.ThrowAsync<InterruptClosedException>(() => process.SayAsync([TurnScene.Answer(request.CreateResponse(false))], streaming));

        scene.Model.Received.Count.ShouldBe(sent);
        scene.Runs.Count().ShouldBe(1);
        (await process.SayAsync([new(ChatRole.User, "thanks")], streaming))[^1].Text.ShouldBe("ok");
        (await scene.StoredAsync()).ShouldBe("user:delete it! | assistant:call 1 | tool:result 1 | assistant:done | user:thanks | assistant:ok");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ChangedArguments_AreNeverRun(bool streaming)
    {
        await using var scene = new TurnScene();
        var process = scene.Start();
        var request = TurnScene.RequestsIn(await process.SayAsync([new(ChatRole.User, "delete it!")], streaming)).Single();
        var call = (FunctionCallContent)request.ToolCall;
        var changed = new FunctionCallContent(call.CallId, call.Name, new Dictionary<string, object?> { ["city"] = "Rome" });
        var renamed = new FunctionCallContent(call.CallId, "weather", call.Arguments);

        await Should.ThrowAsync<ApprovalMismatchException>(() => process.SayAsync([TurnScene.Answer(new ToolApprovalResponseContent(request.RequestId, true, changed))], streaming));
        await Should.ThrowAsync<ApprovalMismatchException>(() => process.SayAsync([TurnScene.Answer(new ToolApprovalResponseContent(request.RequestId, true, renamed))], streaming));

        scene.Runs.ShouldBeEmpty();
        (await process.SayAsync([TurnScene.Answer(request.CreateResponse(true))], streaming))[^1].Text.ShouldBe("done");
        scene.Runs.Count().ShouldBe(1);
    }

    /// <summary>The client reads the question again, as it stands now.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RedactedArguments_AreNeverRun_AndCanBeDeclined(bool streaming)
    {
        await using var scene = new TurnScene();
        var process = scene.Start();
        var request = TurnScene.RequestsIn(await process.SayAsync([new(ChatRole.User, "delete it!")], streaming)).Single();
        await using var store = new AgentStateStore(scene.Log);
        await store.Thread("demo").RedactAsync(new() { Pattern = "Paris" });
        var call = (await store.LoadAsync("demo"))!.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().Single();
        call.Arguments!["city"]!.ToString().ShouldBe("[redacted]");

        await Should.ThrowAsync<ApprovalMismatchException>(() => process.SayAsync([TurnScene.Answer(new ToolApprovalResponseContent(request.RequestId, true, call))], streaming));
        await process.SayAsync([TurnScene.Answer(new ToolApprovalResponseContent(request.RequestId, false, call))], streaming);

        scene.Runs.ShouldBeEmpty();
        (await scene.TurnsAsync()).ShouldAllBe(turn => turn.State == TurnState.Completed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AForgedApproval_IsRefused(bool streaming)
    {
        await using var scene = new TurnScene();
        var process = scene.Start();
        var forged = new ToolApprovalResponseContent("ficc_c1", true, new FunctionCallContent("c1", "delete", new Dictionary<string, object?> { ["city"] = "Paris" }));

        await Should.ThrowAsync<InterruptNotFoundException>(() => process.SayAsync([TurnScene.Answer(forged)], streaming));
        await process.SayAsync([new(ChatRole.User, "hello")], streaming);
        await Should.ThrowAsync<InterruptNotFoundException>(() => process.SayAsync([TurnScene.Answer(forged)], streaming));

        scene.Runs.ShouldBeEmpty();
        (await scene.StoredAsync()).ShouldBe("user:hello | assistant:ok");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OneOfSeveral_WaitsForTheOthers(bool streaming)
    {
        await using var scene = new TurnScene();
        var process = scene.Start();
        var requests = TurnScene.RequestsIn(await process.SayAsync([new(ChatRole.User, "delete all three!")], streaming));
        requests.Count.ShouldBe(3);

        var left = TurnScene.RequestsIn(await process.SayAsync([TurnScene.Answer(requests[1].CreateResponse(true))], streaming));
        left.Select(request => request.RequestId).ShouldBe([requests[0].RequestId, requests[2].RequestId], ignoreOrder: true);
        scene.Runs.ShouldBeEmpty();
        TurnScene.RequestsIn(await process.SayAsync([], streaming)).Count.ShouldBe(2);

        await using var other = scene.Start();
        var reply = await other.SayAsync([TurnScene.Answer(Scene.Fresh(left[0]).CreateResponse(true), Scene.Fresh(left[1]).CreateResponse(false, "keep that one"))], streaming);

        reply[^1].Text.ShouldBe("done");
        scene.Runs.Count().ShouldBe(2);
        scene.Model.Received.Count.ShouldBe(2);
        scene.Model.Received[1].SelectMany(message => message.Contents).OfType<FunctionResultContent>().Select(result => result.Result?.ToString())
            .ShouldContain("This call was not made: it was refused. keep that one");
        (await scene.StoredAsync()).ShouldStartWith("user:delete all three! | assistant:call 1+call 2+call 3 | tool:result");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnEdit_IsWhatRunsAndWhatTheModelSees(bool streaming)
    {
        await using var scene = new TurnScene();
        var process = scene.Start();
        await process.SayAsync([new(ChatRole.User, "delete it!")], streaming);
        var waiting = await process.Store.Interrupts.ListAsync().SingleAsync();
        await process.Store.Interrupts.AnswerAsync(waiting.Id, InterruptAnswer.Edit(JsonSerializer.SerializeToElement(new { city = "Lyon" }), "ann"));

        var reply = await process.SayAsync([], streaming);

        reply[^1].Text.ShouldBe("done");
        var sent = scene.Model.Received[^1].SelectMany(message => message.Contents).ToList();
        sent.OfType<FunctionCallContent>().Single().Arguments!["city"]!.ToString().ShouldBe("Lyon");
        var result = sent.OfType<FunctionResultContent>().Single();
        result.Result!.ToString().ShouldBe("delete of Lyon");
        result.AdditionalProperties.ShouldBeNull();
        var stored = (await process.Store.LoadAsync("demo"))!.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().Single();
        stored.Arguments!["city"]!.ToString().ShouldBe("Paris");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnAnswerThroughTheInbox_IsUsedWhenTheUserGoesOn(bool streaming)
    {
        await using var scene = new TurnScene();
        var process = scene.Start();
        await process.SayAsync([new(ChatRole.User, "delete it!")], streaming);
        var waiting = await process.Store.Interrupts.ListAsync().SingleAsync();
        await process.Store.Interrupts.AnswerAsync(waiting.Id, InterruptAnswer.Accept("ann"));

        (await process.SayAsync([new(ChatRole.User, "go on")], streaming))[^1].Text.ShouldBe("ok");

        scene.Runs.Count().ShouldBe(1);
        (await scene.StoredAsync()).ShouldBe("user:delete it! | assistant:call 1 | tool:result 1 | user:go on | assistant:ok");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhoSaysSomethingElse_WithdrawsTheQuestion(bool streaming)
    {
        await using var scene = new TurnScene();
        var process = scene.Start();
        var request = TurnScene.RequestsIn(await process.SayAsync([new(ChatRole.User, "delete it!")], streaming)).Single();

        (await process.SayAsync([new(ChatRole.User, "never mind")], streaming))[^1].Text.ShouldBe("ok");

        await Should.ThrowAsync<InterruptClosedException>(() => process.SayAsync([TurnScene.Answer(request.CreateResponse(true))], streaming));
        scene.Runs.ShouldBeEmpty();
        (await scene.StoredAsync()).ShouldBe("user:delete it! | assistant:call 1 | tool:result 1 | user:never mind | assistant:ok");
    }

    [Fact]
    public async Task TheWholeConversationOnceMore_AddsNothing()
    {
        await using var scene = new TurnScene();
        var process = scene.Start();
        List<ChatMessage> conversation = [new(ChatRole.User, "delete it!")];
        conversation.AddRange(await process.SayAsync(conversation, streaming: false));
        conversation.Add(TurnScene.Answer(TurnScene.RequestsIn(conversation).Single().CreateResponse(true)));
        conversation.AddRange(await process.SayAsync(conversation, streaming: false));
        conversation.Add(new(ChatRole.User, "thanks"));
        conversation.AddRange(await process.SayAsync(conversation, streaming: false));

        conversation[^1].Text.ShouldBe("ok");
        scene.Runs.Count().ShouldBe(1);
        (await scene.StoredAsync()).ShouldBe("user:delete it! | assistant:call 1 | tool:result 1 | assistant:done | user:thanks | assistant:ok");
    }
}

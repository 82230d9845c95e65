using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Tests.Chat;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Turns;

public sealed class InterruptTests
{
    private readonly TestStore _test = new();
    private readonly List<string> _refunds = [];

    private ThreadHandle Thread => _test.Store.Thread("chat");

    private InterruptInbox Inbox => _test.Store.Interrupts;

    [Fact]
    public async Task AQuestionWithoutText_IsRefused()
    {
        await using var turn = await _test.Store.Thread("chat").BeginTurnAsync("hi");

        (await Should.ThrowAsync<ArgumentException>(async () => await turn.AskAsync(new() { Name = "colour", Prompt = "" }))).Message.ShouldContain("Prompt");
    }

    [Fact]
    public async Task AQuestion_WaitsForItsAnswer_AndIsAnsweredOnce()
    {
        await AskAsync();
        var info = await Inbox.ListAsync().SingleAsync();
        (info.Thread.Value, info.Kind, info.Name, info.UserId).ShouldBe(("chat", InterruptKinds.Input, "colour", null));
        var asked = (await Inbox.GetAsync(info.Id))!;
        (asked.Prompt, asked.State, asked.Note).ShouldBe(("Which colour?", InterruptState.Pending, "ask nicely"));
        (await Thread.GetInfoAsync())!.Status.ShouldBe(ThreadStatus.WaitingForInput);
        (await Inbox.AnswerAsync(info.Id, InterruptAnswer.Respond(JsonElement.Parse("\"red\""), by: "ann"))).State.ShouldBe(InterruptState.Answered);
        (await Inbox.ListAsync().CountAsync()).ShouldBe(0);
        var second = await Should.ThrowAsync<InterruptClosedException>(async () => await Inbox.AnswerAsync(info.Id, InterruptAnswer.Accept("bob")));
        (second.State, second.Answer!.By).ShouldBe((InterruptState.Answered, "ann"));

        (await AskAsync()).ShouldBe("red");

        (await Inbox.GetAsync(info.Id))!.State.ShouldBe(InterruptState.Applied);
        second = await Should.ThrowAsync<InterruptClosedException>(async () => await Inbox.AnswerAsync(info.Id, InterruptAnswer.Accept("bob")));
        second.Answer!.By.ShouldBe("ann");
        await Should.ThrowAsync<InterruptNotFoundException>(async () => await Inbox.AnswerAsync(InterruptId.Parse("nothing"), InterruptAnswer.Accept()));
    }

    [Fact]
    public async Task ADeadline_ExpiresToItsPolicy_EvenAgainstAnAnswer()
    {
        await AskAsync(time: TimeSpan.FromMinutes(1));
        var info = await Inbox.ListAsync().SingleAsync();
        info.Deadline.ShouldBe(_test.Clock.GetUtcNow() + TimeSpan.FromMinutes(1));
        (await _test.Memory.GetHeadAsync(ThreadKey.Of("chat")))!.DueAt.ShouldBe(info.Deadline);
        _test.Clock.Advance(TimeSpan.FromMinutes(1));

        await Should.ThrowAsync<InterruptClosedException>(async () => await Inbox.AnswerAsync(info.Id, InterruptAnswer.Accept()));

        (await AskAsync(time: TimeSpan.FromMinutes(1))).ShouldBe("Reject: nobody answered in time");
    }

    [Fact]
    public async Task AnAnswer_ThatIsStoredBeforeTheDeadlineIsNoted_Holds()
    {
        await AskAsync(time: TimeSpan.FromMinutes(1));
        var info = await Inbox.ListAsync().SingleAsync();
        var late = new FakeTimeProvider(_test.Clock.GetUtcNow());
        _test.Clock.Advance(TimeSpan.FromMinutes(2));
        await using var turn = await Thread.BeginTurnAsync("paint it", new() { Key = "k" });
        await _test.Another(options => options.TimeProvider = late).Interrupts.AnswerAsync(info.Id, InterruptAnswer.Accept("ann"));

        var answer = await turn.AskAsync(new() { Name = "colour", Prompt = "Which colour?" });

        (answer.Kind, answer.By).ShouldBe((AnswerKinds.Accept, "ann"));
        (await Inbox.GetAsync(info.Id))!.State.ShouldBe(InterruptState.Answered);
    }

    [Fact]
    public async Task AnswersThatAreNotAllowed_AreRefused()
    {
        await AskAsync();
        var id = (await Inbox.ListAsync().SingleAsync()).Id;

        await Should.ThrowAsync<AnswerNotAllowedException>(async () => await Inbox.AnswerAsync(id, InterruptAnswer.Edit(JsonElement.Parse("{}"))));
        Should.Throw<ArgumentException>(() => InterruptAnswer.Edit(JsonElement.Parse("[]")));
    }

    [Fact]
    public async Task AnApproval_RunsTheToolOnce_AfterAFailedResumeToo()
    {
        await RefundAsync(expected: TurnState.Interrupted);
        (await Thread.GetInfoAsync())!.Status.ShouldBe(ThreadStatus.WaitingForApproval);
        var asked = (await Inbox.GetAsync((await Inbox.ListAsync(new() { Kind = InterruptKinds.Approval, Audience = "finance" }).SingleAsync()).Id))!;
        (asked.Tool, asked.Arguments!.Value.GetProperty("amount").GetDecimal(), asked.CallId).ShouldBe(("refund", 20m, "call_1"));
        await Inbox.AnswerAsync(asked.Id, InterruptAnswer.Accept("ann"));

        // The first resume fails after the tool ran.
        await RefundAsync(expected: TurnState.Failed, failsAfterTool: true);
        await RefundAsync(expected: TurnState.Completed);

        _refunds.ShouldBe(["20"]);
        (await (await _test.Store.OpenAsync("chat")).History.LastAsync(10)).Names().ShouldBe(["refund 20", "call call_1", "result call_1", "done"]);
        (await Inbox.GetAsync(asked.Id))!.State.ShouldBe(InterruptState.Applied);
    }

    [Fact]
    public async Task ARejectedCall_IsNotMade_AndTheModelIsToldWhy()
    {
        await RefundAsync(expected: TurnState.Interrupted);
        await Inbox.AnswerAsync((await Inbox.ListAsync().SingleAsync()).Id, InterruptAnswer.Reject("too much", "ann"));

        var model = await RefundAsync(expected: TurnState.Completed);

        _refunds.ShouldBeEmpty();
        ((FunctionResultContent)model.Received.Single()[^1].Contents[0]).Result!.ToString().ShouldBe("This call was not made: it was refused. too much");
    }

    [Fact]
    public async Task AnEdit_IsWhatRuns()
    {
        await RefundAsync(expected: TurnState.Interrupted);
        await Inbox.AnswerAsync((await Inbox.ListAsync().SingleAsync()).Id, InterruptAnswer.Edit(JsonElement.Parse("""{"amount":5}""")));

        await RefundAsync(expected: TurnState.Completed);

        _refunds.ShouldBe(["5"]);
    }

    [Fact]
    public async Task TheUserGoesOn_WithdrawsTheirOwnQuestions()
    {
        await AskAsync();
        var id = (await Inbox.ListAsync().SingleAsync()).Id;
        await using var next = await Thread.BeginTurnAsync("never mind");

        (await Inbox.GetAsync(id))!.State.ShouldBe(InterruptState.Withdrawn);
        await Should.ThrowAsync<InterruptClosedException>(async () => await Inbox.AnswerAsync(id, InterruptAnswer.Accept()));
        (await Inbox.ListAsync().CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task AQuestionThatIsWithdrawn_CountsAsRefused_AndSaysSo()
    {
        await AskAsync();
        var id = (await Inbox.ListAsync().SingleAsync()).Id;
        (await Inbox.WithdrawAsync(id, "asked by mistake")).Answer!.Reason.ShouldBe("asked by mistake");

        (await Should.ThrowAsync<InterruptClosedException>(async () => await Inbox.AnswerAsync(id, InterruptAnswer.Accept()))).Message.ShouldContain("it was answered with reject");

        (await AskAsync()).ShouldBe("Reject: asked by mistake");
    }

    [Fact]
    public async Task TheUserGoesOn_WaitsForAnAudience()
    {
        await RefundAsync(expected: TurnState.Interrupted);

        await Should.ThrowAsync<TurnBusyException>(async () => await Thread.BeginTurnAsync("hurry", new() { WhenBusy = WhenBusy.Reject }));
    }

    [Fact]
    public async Task WhatTheUserSaysAfterAllIsDecided_ComesAfterTheResults()
    {
        await RefundAsync(expected: TurnState.Interrupted);
        await Inbox.AnswerAsync((await Inbox.ListAsync().SingleAsync()).Id, InterruptAnswer.Accept());
        await using var turn = await Thread.BeginTurnAsync("and now?");
        turn.IsResumed.ShouldBeTrue();
        await turn.ReplyAsync(Model(), new() { Tools = [Refund()] });
        await turn.CompleteAsync();

        (await (await _test.Store.OpenAsync("chat")).History.LastAsync(10)).Names().ShouldBe(["refund 20", "call call_1", "result call_1", "and now?", "done"]);
        _refunds.ShouldBe(["20"]);
    }

    [Fact]
    public async Task AUsersView_NeitherListsNorAnswersWhatIsForAnAudience()
    {
        var open = new TurnOptions { UserId = "ann", Key = "k" };
        await using (var turn = await Thread.BeginTurnAsync("hi", open))
        {
            await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.AskAsync(new() { Name = "own", Prompt = "?" }));
        }

        await using (var turn = await _test.Store.Thread("other").BeginTurnAsync("hi", open))
        {
            await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.AskAsync(new() { Name = "boss", Prompt = "?", Audience = "finance" }));
        }

        await using (var turn = await _test.Store.Thread("bobs").BeginTurnAsync("hi", new() { UserId = "bob" }))
        {
            await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.AskAsync(new() { Name = "bobs", Prompt = "?" }));
        }

        var view = _test.Store.ForUser("ann").Interrupts;
        (await view.ListAsync().Select(info => info.Name).ToListAsync()).ShouldBe(["own"]);
        var forAudience = (await Inbox.ListAsync(new() { Audience = "finance" }).SingleAsync()).Id;
        await Should.ThrowAsync<InterruptNotFoundException>(async () => await view.AnswerAsync(forAudience, InterruptAnswer.Accept()));
        (await Inbox.ListAsync().CountAsync()).ShouldBe(3);
    }

    [Fact]
    public async Task Listing_ReadsNoLog()
    {
        await AskAsync();
        _test.Log.Reset();

        (await Inbox.ListAsync().CountAsync()).ShouldBe(1);

        (_test.Log.TailReads, _test.Log.EntryReads).ShouldBe((0, 0));
    }

    private async Task<string?> AskAsync(ThreadHandle? thread = null, TimeSpan? time = null)
    {
        await using var turn = await (thread ?? Thread).BeginTurnAsync("paint it", new() { Key = "k" });
        try
        {
            var answer = await turn.AskAsync(new() { Name = "colour", Prompt = "Which colour?", Note = "ask nicely", Time = time });
            await turn.CompleteAsync();
            return answer.Value?.GetString() ?? $"{answer.Kind}: {answer.Reason}";
        }
        catch (TurnSuspendedException)
        {
            turn.Interrupts.Single().Prompt.ShouldBe("Which colour?");
            return null;
        }
    }

    private async Task<ScriptedModel> RefundAsync(TurnState expected, bool failsAfterTool = false)
    {
        var model = Model(failsAfterTool);
        await using var turn = await _test.Another().Thread("chat").BeginTurnAsync("refund 20", new() { Key = "k" });
        try
        {
            await turn.ReplyAsync(model, new() { Tools = [Refund()] });
        }
        catch (Exception e) when (e is TurnSuspendedException or HttpRequestException)
        {
            if (e is HttpRequestException)
            {
                await turn.FailAsync(e);
            }
        }

        (await turn.CompleteAsync()).ShouldBe(expected);
        return model;
    }

    private static ScriptedModel Model(bool failsAfterTool = false) => new(messages => messages[^1].Role == ChatRole.User && messages[^1].Text.StartsWith("refund", StringComparison.Ordinal)
        ? new(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("call_1", "refund", new Dictionary<string, object?> { ["amount"] = 20 })]))
        : failsAfterTool ? throw new HttpRequestException("the model is down") : new(new ChatMessage(ChatRole.Assistant, "done")));

    private AIFunction Refund() => DurableFunction.Create(
        (decimal amount, ToolContext tool) =>
        {
            tool.Step.IdempotencyKey.ShouldStartWith("hf_");
            _refunds.Add(amount.ToString(System.Globalization.CultureInfo.InvariantCulture));
            return "receipt " + amount;
        },
        new() { Name = "refund", RequiresApproval = true, Audience = "finance", Policy = StepPolicy.AtMostOnce });
}

using System.Text.Json;
using Holdfast.Tests.Chat;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Turns;

public sealed class OpenCallTests
{
    private readonly TestStore _test = new();

    private ThreadHandle Thread => _test.Store.Thread("chat");

    [Fact]
    public async Task OpenCalls_AreKnownWithoutReadingHistory_AndTheirArgumentsWithOneRead()
    {
        await _test.CommitAsync("chat", session => session.History.Add(Conversations.Call("a", "b")));
        for (var i = 0; i < 300; i++)
        {
            await _test.CommitAsync("chat", session => session.Variables.Set("x", new string('x', 100) + i));
        }

        var session = await _test.Store.OpenAsync("chat");
        _test.Log.Reset();

        session.OpenCalls.ShouldBe([new("a", "tool", 1, OpenCallState.MayHaveRun), new("b", "tool", 1, OpenCallState.MayHaveRun)]);
        _test.Log.Calls.ShouldBe(0);
        var call = (await session.ReadCallAsync(session.OpenCalls[1]))!;
        JsonSerializer.Serialize(call.Arguments).ShouldBe("""{"x":"b"}""");
        _test.Log.EntryReads.ShouldBe(1);
        (await session.ReadCallAsync(session.OpenCalls[1] with { CallId = "c" })).ShouldBeNull();
    }

    [Fact]
    public async Task OpenCalls_SayWhatIsKnownOfEach()
    {
        await using (var turn = await Thread.BeginTurnAsync("hi", new() { Key = "k" }))
        {
            await turn.AddAsync([Conversations.Call("asks", "later", "done")]);
            var tool = DurableFunction.Create((string x) => x, new() { Name = "tool", RequiresApproval = true });
            await turn.RunOnceAsync("other", (_, _) => Task.FromResult(1));
            await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.RunToolAsync(Call("asks"), tool));
        }

        (await StatesAsync()).ShouldBe(["asks Waiting", "later NotStarted", "done NotStarted"]);
        await _test.Store.Interrupts.AnswerAsync((await _test.Store.Interrupts.ListAsync().SingleAsync()).Id, InterruptAnswer.Accept());
        (await StatesAsync()).ShouldBe(["asks NotStarted", "later NotStarted", "done NotStarted"]);
        await using var again = await Thread.BeginTurnAsync("hi", new() { Key = "k" });

        (await StatesAsync()).ShouldBe(["asks MayHaveRun", "later MayHaveRun", "done MayHaveRun"]);
    }

    [Fact]
    public async Task ACallOfATurnThatWaits_MayHaveRun_IfAnEarlierAttemptMayHaveMadeIt()
    {
        await using (var first = await Thread.BeginTurnAsync("hi", new() { Key = "k" }))
        {
            await first.AddAsync([Conversations.Call("early")]);
        }

        await using (var second = await Thread.BeginTurnAsync("hi", new() { Key = "k" }))
        {
            second.Attempt.ShouldBe(2);
            await Should.ThrowAsync<TurnSuspendedException>(async () => await second.AskAsync(new() { Name = "colour", Prompt = "Which colour?" }));
        }

        (await StatesAsync()).ShouldBe(["early MayHaveRun"]);
    }

    [Fact]
    public async Task AnApprovedCallThatMayHaveRun_IsNotSaidToBeNotMade()
    {
        var tool = DurableFunction.Create((string x, ToolContext context) => { context.Turn.Running.Stop(); throw new OperationCanceledException(); }, new() { Name = "tool", RequiresApproval = true });
        await ReplyAsync(tool);
        await _test.Store.Interrupts.AnswerAsync((await _test.Store.Interrupts.ListAsync().SingleAsync()).Id, InterruptAnswer.Accept());
        await ReplyAsync(tool);

        await using var next = await Thread.BeginTurnAsync("never mind");

        var result = (await next.ForModelAsync()).SelectMany(message => message.Contents).OfType<FunctionResultContent>().Single();
        result.Result!.ToString().ShouldBe(ModelView.Interrupted);
    }

    [Fact]
    public async Task Drop_HidesTheMessageWithTheCalls_AndItsOtherResults_AndKeepsTheRest()
    {
        await _test.CommitAsync("chat", session =>
        {
            session.History.Add(ChatRole.User, "first");
            session.History.Add(Conversations.Call("x"));
            session.History.Add(Conversations.Result("x"));
            session.History.Add(Conversations.Call("a", "b"));
            session.History.Add(Conversations.Result("a"));
        });
        await _test.CommitAsync("chat", session => session.History.Add(ChatRole.User, "second"));

        await using var turn = await Thread.BeginTurnAsync("third", new() { Repair = Repair.Drop });

        (await turn.ForModelAsync()).Names().ShouldBe(["first", "call x", "result x", "second", "third"]);
        var session = await _test.Store.OpenAsync("chat");
        session.History.Count.ShouldBe(5);
        session.OpenCalls.ShouldBeEmpty();
        (await _test.Store.LoadAsync("chat", 2))!.Messages.Count.ShouldBe(6);
        await turn.AddAsync([new(ChatRole.Assistant, "hello")]);
        await turn.CompleteAsync();
        (await (await _test.Store.OpenAsync("chat")).History.LastAsync(10)).Names().ShouldBe(["first", "call x", "result x", "second", "third", "hello"]);
    }

    [Fact]
    public async Task Drop_AnswersACallWhoseResultIsRecorded()
    {
        await using (var turn = await Thread.BeginTurnAsync("hi"))
        {
            await turn.AddAsync([Conversations.Call("a")]);
            await turn.Running.WriteAsync("step done", (book, _) =>
            {
                book.Session.Records.Put(TurnSections.StepRecord(TurnSections.StepKey(turn.Id, "tool/a")), "\"recorded\""u8.ToArray());
                book.Put(turn.Id, "tool/a", new() { Kind = "tool", State = StepState.Completed, Call = "a", HasOutput = true });
            });
            await turn.AddAsync([Conversations.Call("b")]);
        }

        (await StatesAsync()).ShouldBe(["a Done", "b MayHaveRun"]);
        await using var next = await Thread.BeginTurnAsync("go on", new() { Repair = Repair.Drop });

        (await next.ForModelAsync()).Names().ShouldBe(["hi", "call a", "result a", "go on"]);
    }

    [Fact]
    public async Task Report_NamesTheCalls_ButForThoseThatTheCallerAnswers()
    {
        await _test.CommitAsync("chat", session => session.History.Add(Conversations.Call("a", "b")));

        var error = await Should.ThrowAsync<OpenCallsException>(async () => await Thread.BeginTurnAsync([Conversations.Result("a")], new() { Repair = Repair.Report }));
        error.CallIds.ShouldBe(["b"]);
        await using var turn = await Thread.BeginTurnAsync([Conversations.Result("a", "b")], new() { Repair = Repair.Report });

        (await turn.ForModelAsync()).Names().ShouldBe(["call a call b", "result a result b"]);
    }

    [Theory, InlineData(Repair.Answer), InlineData(Repair.Drop), InlineData(Repair.Report)]
    public async Task OpeningWithARepair_ChangesTheSessionOnly_AndLeavesTurnsAlone(Repair repair)
    {
        await _test.CommitAsync("chat", session =>
        {
            session.History.Add(ChatRole.User, "hi");
            session.History.Add(Conversations.Call("a"));
        });
        if (repair == Repair.Report)
        {
            await Should.ThrowAsync<OpenCallsException>(async () => await _test.Store.OpenAsync("chat", new() { Repair = repair }));
            return;
        }

        var session = await _test.Store.OpenAsync("chat", new() { Repair = repair });

        session.HasChanges.ShouldBeTrue();
        (await session.History.LastAsync(10)).Names().ShouldBe(repair == Repair.Answer ? ["hi", "call a", "result a"] : ["hi"]);
        (await _test.Store.OpenAsync("chat")).OpenCalls.Count.ShouldBe(1);
        await session.CommitAsync();
        (await _test.Store.OpenAsync("chat")).OpenCalls.ShouldBeEmpty();
        await using var turn = await Thread.BeginTurnAsync("again");
        await turn.AddAsync([Conversations.Call("b")]);
        (await _test.Store.OpenAsync("chat", new() { Repair = repair })).HasChanges.ShouldBeFalse();
    }

    [Fact]
    public void AHistory_WithoutSomePlaces_ShowsAllOthers()
    {
        int[] counts = [0, 3, 1, 0, 2, 4];
        var random = new Random(7);
        for (var i = 0; i < 500; i++)
        {
            var whole = random.Next(2) == 0 ? VisibleHistory.All : new VisibleHistory(new HistoryRange(1, 1, 1, 2), new HistoryRange(2, null, random.Next(2)));
            var all = Places(whole);
            var gone = all.Where(_ => random.Next(3) == 0).ToList();

            var left = whole.Without(gone);

            Places(left).ShouldBe(all.Except(gone));
            left.Ranges[^1].To.ShouldBeNull();
        }

        List<(long Version, int Index)> Places(VisibleHistory history)
            => [.. history.Ranges.SelectMany(range => Enumerable.Range(1, counts.Length - 1).Where(version => range.Contains(version)).SelectMany(version => Enumerable.Range(0, counts[version]).Take(range.Of(version, counts[version])).Select(index => ((long)version, index))))];
    }

    private static FunctionCallContent Call(string id) => new(id, "tool", new Dictionary<string, object?> { ["x"] = id });

    private async Task<IEnumerable<string>> StatesAsync() => (await _test.Store.OpenAsync("chat")).OpenCalls.Select(call => $"{call.CallId} {call.State}");

    private async Task ReplyAsync(AIFunction tool)
    {
        await using var turn = await Thread.BeginTurnAsync("hi", new() { Key = "k" });
        try
        {
            await turn.ReplyAsync(new ScriptedModel(_ => new(Conversations.Call("a"))), new() { Tools = [tool] });
        }
        catch (Exception e) when (e is TurnSuspendedException or OperationCanceledException)
        {
            // It asks, or is cut off.
        }
    }
}

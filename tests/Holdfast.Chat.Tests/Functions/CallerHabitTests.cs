using System.Text.Json;
using Holdfast.Chat.Tests.Support;
using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Chat.Tests.Functions;

/// <summary>Callers who pass the whole conversation each time, as chat clients without a memory need it, and others at the same thread.</summary>
public sealed class CallerHabitTests : IAsyncDisposable
{
    private readonly InMemoryCommitLog _log = new();
    private readonly StrictModel _model = new();

    public static TheoryData<State, bool, bool> Habits
    {
        get
        {
            var cells = new TheoryData<State, bool, bool>();
            foreach (var state in Enum.GetValues<State>())
            {
                foreach (var (streaming, fresh) in new[] { (false, false), (false, true), (true, false), (true, true) })
                {
                    cells.Add(state, streaming, fresh);
                }
            }

            return cells;
        }
    }

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    [Theory]
    [MemberData(nameof(Habits))]
    public async Task TheWholeConversationEachTime_IsStoredOnce(State state, bool streaming, bool fresh)
    {
        await using var process = new AgentProcess(_log, _model, state == State.BelowFunctions, withApprovals: true, _ => { });
        var conversation = new List<ChatMessage>();
        foreach (var text in new[] { "weather?", "weather?", "delete both!", null, "compare!", "thanks", "thanks" })
        {
            conversation.Add(text is not null ? new(ChatRole.User, text) : Approval(conversation[^1]));
            var reply = await process.SayAsync(fresh ? conversation.ConvertAll(Fresh) : conversation, streaming);
            conversation.AddRange(reply);
        }

        _model.Violations.ShouldBeEmpty();
        process.Runs.Count.ShouldBe(6);
        process.Runs.ShouldBeUnique();
        var stored = await process.Store.LoadAsync("demo");
        string[] approval = state == State.BelowFunctions
            ? ["assistant:call 3+call 4", "tool:result 3+result 4"]
            : ["assistant:asks 3+asks 4", "user:approves 3+approves 4", "assistant:call 3+call 4", "tool:result 3+result 4"];
        Transcript.Lines(stored!.Messages).ShouldBe(
        [
            "user:weather?", "assistant:call 1", "tool:result 1", "assistant:done",
            "user:weather?", "assistant:call 2", "tool:result 2", "assistant:done",
            "user:delete both!", .. approval, "assistant:done",
            "user:compare!", "assistant:call 5+call 6", "tool:result 5+result 6", "assistant:done",
            "user:thanks", "assistant:ok", "user:thanks", "assistant:ok",
        ]);
    }

    [Theory]
    [InlineData(State.BelowFunctions, false)]
    [InlineData(State.BelowFunctions, true)]
    [InlineData(State.AboveFunctions, false)]
    [InlineData(State.AboveFunctions, true)]
    public async Task OneOfTwoApprovals_RunsThatOne(State state, bool streaming)
    {
        await using var process = new AgentProcess(_log, _model, state == State.BelowFunctions, withApprovals: true, _ => { });
        var asked = await process.SayAsync([new(ChatRole.User, "delete both!")], streaming);
        var requests = asked.SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>().ToList();

        await process.SayAsync([new(ChatRole.User, [Scene.Fresh(requests[1]).CreateResponse(true)])], streaming);
        (await process.SayAsync([new(ChatRole.User, "thanks")], streaming))[^1].Text.ShouldBe("ok");

        _model.Violations.ShouldBeEmpty();
        process.Runs.ShouldBe([requests[1].ToolCall.CallId]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TheSameAnswerAfterItsResultWasLost_DoesNotRunAgain(bool streaming)
    {
        AgentProcess process = null!;
        await using var used = process = new(_log, _model, stateIsBelow: true, withApprovals: true, _ => process.Faults.Every(Testing.LogCall.Append).FailsBefore());
        var request = (await process.SayAsync([new(ChatRole.User, "delete it!")], streaming)).SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>().Single();
        ChatMessage answer = new(ChatRole.User, [request.CreateResponse(true)]);
        await Should.ThrowAsync<StoreUnavailableException>(() => process.SayAsync([answer], streaming));
        process.Faults.Heal();

        (await process.SayAsync([answer], streaming))[^1].Text.ShouldBe("done");

        process.Runs.Count.ShouldBe(1);
        _model.Received[^1].SelectMany(message => message.Contents).OfType<FunctionResultContent>().Single().Result!.ToString()!.ShouldContain("interrupted");
    }

    [Theory]
    [InlineData(State.BelowFunctions)]
    [InlineData(State.AboveFunctions)]
    public async Task TwentyTurnsAtOnceOnOneThread_LoseNothing(State state)
    {
        await using var process = new AgentProcess(_log, _model, state == State.BelowFunctions, withApprovals: false, _ => { });

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => process.SayAsync([new(ChatRole.User, $"weather {i}?")], streaming: i % 2 == 0))));

        _model.Violations.ShouldBeEmpty();
        process.Runs.ShouldBeUnique();
        var messages = (await process.Store.LoadAsync("demo"))!.Messages;
        messages.Where(message => message.Role == ChatRole.User).Select(message => message.Text).ShouldBe(Enumerable.Range(0, 20).Select(i => $"weather {i}?"), ignoreOrder: true);
        var results = messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Select(result => result.CallId).ToList();
        results.ShouldBe(process.Runs, ignoreOrder: true);
    }

    private static ChatMessage Approval(ChatMessage asked)
        => new(ChatRole.User, [.. asked.Contents.OfType<ToolApprovalRequestContent>().Select(request => Scene.Fresh(request).CreateResponse(true))]);

    private static ChatMessage Fresh(ChatMessage message)
        => JsonSerializer.Deserialize<ChatMessage>(JsonSerializer.Serialize(message, AIJsonUtilities.DefaultOptions), AIJsonUtilities.DefaultOptions)!;
}

using System.Text.Json;
using Holdfast.Chat.Tests.Support;
using Holdfast.Logs;
using Holdfast.Sqlite;
using Holdfast.Worker;
using Microsoft.Extensions.AI;

namespace Holdfast.Chat.Tests.Turns;

/// <summary>Processes of their own that are killed (SIGKILL) while a function of a turn runs; the turn goes on in another one, at once.</summary>
public sealed class KilledTurnTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-turn-").FullName;
    private readonly StrictModel _model = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ATurn_GoesOnInAnotherProcess(bool streaming)
    {
        await KillInFunctionAsync(streaming, new(ChatRole.User, "weather?"));
        await using var log = Open();
        await using var process = AgentProcess.Durable(log, _model);

        (await process.SayAsync([new(ChatRole.User, "weather?")], streaming))[^1].Text.ShouldBe("done");

        process.Runs.ShouldBe(["c1"]);
        _model.Received.Count.ShouldBe(1);
        await CheckAsync(process, "user:weather? | assistant:call 1 | tool:result 1 | assistant:done");
        (await process.Store.Thread("demo").TurnsAsync().SingleAsync()).Attempt.ShouldBe(2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ATurn_IsRepaired_WhenTheUserSaysSomethingElse(bool streaming)
    {
        await KillInFunctionAsync(streaming, new(ChatRole.User, "weather?"));
        await using var log = Open();
        await using var process = AgentProcess.Durable(log, _model);

        (await process.SayAsync([new(ChatRole.User, "hello")], streaming))[^1].Text.ShouldBe("ok");

        process.Runs.ShouldBeEmpty();
        await CheckAsync(process, "user:weather? | assistant:call 1 | tool:result 1 | user:hello | assistant:ok");
        (await process.Store.Thread("demo").TurnsAsync().Select(turn => turn.State).ToListAsync()).ShouldBe([TurnState.Completed, TurnState.Failed]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnApproval_IsKept(bool streaming)
    {
        ChatMessage answer;
        await using (var log = Open())
        {
            await using var asking = AgentProcess.Durable(log, _model);
            answer = TurnScene.Answer(TurnScene.RequestsIn(await asking.SayAsync([new(ChatRole.User, "delete it!")], streaming)).Single().CreateResponse(true));
        }

        await KillInFunctionAsync(streaming, answer);
        await using var after = Open();
        await using var process = AgentProcess.Durable(after, _model);

        // Nobody has to approve again.
        (await process.SayAsync([new(ChatRole.User, "delete it!")], streaming))[^1].Text.ShouldBe("done");
        (await process.SayAsync([answer], streaming))[^1].Text.ShouldBe("done");

        process.Runs.Count.ShouldBe(1);
        _model.Received.Count.ShouldBe(2);
        await CheckAsync(process, "user:delete it! | assistant:call 1 | tool:result 1 | assistant:done");
    }

    private async Task KillInFunctionAsync(bool streaming, ChatMessage message)
    {
        using var worker = WorkerProcess.Start($"sqlite:{DatabasePath}", "chat", "durable", streaming ? "stream" : "plain", JsonSerializer.Serialize(message, AIJsonUtilities.DefaultOptions));
        await worker.UntilReadyAsync();
        await worker.KillAsync();
    }

    private string DatabasePath => Path.Combine(_directory, "turns.db");

    private SqliteCommitLog Open() => new(new() { DataSource = DatabasePath });

    private async Task CheckAsync(AgentProcess process, string expected)
    {
        _model.Violations.ShouldBeEmpty();
        (await process.Store.Thread("demo").VerifyAsync())!.Problems.ShouldBeEmpty();
        Transcript.Of((await process.Store.LoadAsync("demo"))!.Messages).ShouldBe(expected);
    }
}

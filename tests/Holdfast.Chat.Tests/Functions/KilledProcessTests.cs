using System.Text.Json;
using Holdfast.Chat.Tests.Support;
using Holdfast.Logs;
using Holdfast.Sqlite;
using Holdfast.Worker;
using Microsoft.Extensions.AI;

namespace Holdfast.Chat.Tests.Functions;

/// <summary>Processes of their own that are killed (SIGKILL) while a function runs: between its call and its result.</summary>
public sealed class KilledProcessTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-chat-").FullName;
    private readonly StrictModel _model = new();

    public static TheoryData<string, State, bool> Cells
    {
        get
        {
            var cells = new TheoryData<string, State, bool>();
            foreach (var backend in new[] { "sqlite", "file" })
            {
                foreach (var state in Enum.GetValues<State>())
                {
                    cells.Add(backend, state, false);
                    cells.Add(backend, state, true);
                }
            }

            return cells;
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task AFunctionThatWasCutOff_IsToldAsInterrupted(string backend, State state, bool streaming)
    {
        await KillInFunctionAsync(backend, state, streaming, new(ChatRole.User, "weather?"));

        await using var process = Start(backend, state);
        (await process.Process.SayAsync([new(ChatRole.User, "thanks")], streaming))[^1].Text.ShouldBe("ok");
        (await process.Process.SayAsync([new(ChatRole.User, "weather?")], streaming))[^1].Text.ShouldBe("done");

        _model.Violations.ShouldBeEmpty();
        Transcript.Of(_model.Received[0]).ShouldBe(state == State.BelowFunctions
            ? "user:weather? | assistant:call 1 | tool:result 1 | user:thanks"
            : "user:weather? | user:thanks");
        (await process.StoredAsync()).ShouldBe(state == State.BelowFunctions
            ? "user:weather? | assistant:call 1 | user:thanks | assistant:ok | user:weather? | assistant:call 2 | tool:result 2 | assistant:done"
            : "user:weather? | user:thanks | assistant:ok | user:weather? | assistant:call 1 | tool:result 1 | assistant:done");
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task AnApprovedFunctionThatWasCutOff_RunsAgainOnlyWhenItIsApprovedAgain(string backend, State state, bool streaming)
    {
        ToolApprovalRequestContent request;
        await using (var asking = Start(backend, state))
        {
            request = (await asking.Process.SayAsync([new(ChatRole.User, "delete it!")], streaming))
                .SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>().Single();
        }

        var answer = new ChatMessage(ChatRole.User, [request.CreateResponse(true)]);
        await KillInFunctionAsync(backend, state, streaming, answer);
        await using var process = Start(backend, state);

        (await process.Process.SayAsync([new(ChatRole.User, "hello?")], streaming))[^1].Text.ShouldBe("ok");
        process.Process.Runs.ShouldBeEmpty();
        (await process.Process.SayAsync([new(ChatRole.User, [Scene.Fresh(request).CreateResponse(true)])], streaming)).ShouldNotBeEmpty();
        process.Process.Runs.Count.ShouldBe(1);
        (await process.Process.SayAsync([new(ChatRole.User, "thanks")], streaming))[^1].Text.ShouldBe("ok");

        process.Process.Runs.Count.ShouldBe(1);
        _model.Violations.ShouldBeEmpty();
        (await process.StoredAsync()).Split(" | ").Count(line => line.Contains("result", StringComparison.Ordinal)).ShouldBe(1);
    }

    private async Task KillInFunctionAsync(string backend, State state, bool streaming, ChatMessage message)
    {
        var json = JsonSerializer.Serialize(message, AIJsonUtilities.DefaultOptions);
        using var worker = WorkerProcess.Start(Url(backend), "chat", state == State.BelowFunctions ? "below" : "above", streaming ? "stream" : "plain", json);
        await worker.UntilReadyAsync();
        await worker.KillAsync();
    }

    private string Url(string backend) => backend == "sqlite" ? $"sqlite:{PathOf(backend)}" : $"file:{PathOf(backend)}";

    private string PathOf(string backend) => Path.Combine(_directory, backend == "sqlite" ? "chat.db" : "chats");

    private Successor Start(string backend, State state)
    {
        ICommitLog log = backend == "sqlite"
            ? new SqliteCommitLog(new() { DataSource = PathOf(backend) })
            : new FileCommitLog(new() { Directory = PathOf(backend) });
        return new(log, new(log, _model, state == State.BelowFunctions, withApprovals: true, _ => { }));
    }

    // The process that comes after the one that was killed.
    private sealed record Successor(ICommitLog Log, AgentProcess Process) : IAsyncDisposable
    {
        public async Task<string> StoredAsync()
        {
            (await Process.Store.Thread("demo").VerifyAsync())!.Problems.ShouldBeEmpty();
            return Transcript.Of((await Process.Store.LoadAsync("demo"))!.Messages);
        }

        public async ValueTask DisposeAsync()
        {
            await Process.DisposeAsync();
            await Log.DisposeAsync();
        }
    }
}

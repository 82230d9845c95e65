using Holdfast.AgentFramework.Tests.Support;
using Holdfast.AgentFramework.Worker;
using Holdfast.Chat.Tests.Support;
using Holdfast.Sqlite;

namespace Holdfast.AgentFramework.Tests.Agents;

/// <summary>A function that needs approval runs once, over processes of their own.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-agents-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(HistoryMode.Pipeline)]
    [InlineData(HistoryMode.EndOfRun)]
    [InlineData(HistoryMode.PerServiceCall)]
    public async Task AFailedResume_CanBeResumed_AndTheToolRanOnce(HistoryMode mode)
    {
        (await RunAsync(mode, "say", "delete it!")).ShouldBe("assistant:asks 1");
        (await RunAsync(mode, "approve-fails")).ShouldBe("failed: 503");

        (await RunAsync(mode, "approve")).ShouldEndWith("assistant:done");

        (await File.ReadAllLinesAsync(Path.Combine(_directory, "journal"))).ShouldBe(["delete Paris"]);
        await using var log = new SqliteCommitLog(new() { DataSource = Path.Combine(_directory, "agents.db") });
        await using var store = new AgentStateStore(log);
        Transcript.Of((await store.LoadAsync("demo"))!.Messages).ShouldBe("user:delete it! | assistant:call 1 | tool:result 1 | assistant:done");
        (await store.Thread("demo").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    private Task<string> RunAsync(HistoryMode mode, params string[] arguments) => ChildProgram.RunAsync(typeof(HistoryMode).Assembly.Location, _directory, [_directory, mode.ToString(), .. arguments]);
}

using Holdfast.AgentFramework.Worker;
using Holdfast.Chat.Tests.Support;
using Holdfast.Logs;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace Holdfast.AgentFramework.Tests.Support;

/// <summary>A thread to which agents of several processes come, and what their functions did.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private readonly List<AgentHost> _hosts = [];
    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-agents-").FullName;

    public InMemoryCommitLog Log { get; } = new();

    public StrictModel Model { get; } = new();

    /// <summary>What functions did, in all processes.</summary>
    public string[] Runs => File.Exists(JournalPath) ? File.ReadAllLines(JournalPath) : [];

    private string JournalPath => Path.Combine(_directory, "journal");

    public AgentHost Start(HistoryMode mode, Action<ChatClientAgentOptions>? configure = null, Action<string>? run = null)
    {
        var host = new AgentHost(Log, mode, JournalPath, Model, configure, run);
        _hosts.Add(host);
        return host;
    }

    /// <summary>What is stored, as a new process reads it, and whether all is well with it.</summary>
    public async Task<string> StoredAsync(string thread = "demo")
    {
        await using var store = new AgentStateStore(Log);
        (await store.Thread(thread).VerifyAsync())!.Problems.ShouldBeEmpty();
        Model.Violations.ShouldBeEmpty();
        return Transcript.Of((await store.LoadAsync(thread))!.Messages);
    }

    public async Task<List<TurnInfo>> TurnsAsync(string thread = "demo")
    {
        await using var store = new AgentStateStore(Log);
        return await store.Thread(thread).TurnsAsync().ToListAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }

        await Log.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    public static ChatMessage Said(string text) => new(ChatRole.User, text);

    /// <summary>Approves what a response asks, by contents of its own, as a web page sends them.</summary>
    public static ChatMessage Approve(AgentResponse response, bool approved = true)
        => new(ChatRole.User, [.. AgentHost.RequestsIn(response).Select(request => Copy(request).CreateResponse(approved, approved ? null : "too dear"))]);

    private static ToolApprovalRequestContent Copy(ToolApprovalRequestContent request)
    {
        var call = (FunctionCallContent)request.ToolCall;
        return new(request.RequestId, new FunctionCallContent(call.CallId, call.Name, new Dictionary<string, object?>(call.Arguments!)));
    }
}

using Holdfast.Chat.Tests.Support;
using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Chat.Tests.Turns;

/// <summary>A thread that processes come to one after the other, each with a durable pipeline of its own.</summary>
internal sealed class TurnScene : IAsyncDisposable
{
    private readonly List<AgentProcess> _processes = [];

    public InMemoryCommitLog Log { get; } = new();

    public StrictModel Model { get; } = new();

    /// <summary>The calls that ran, in all processes.</summary>
    public IEnumerable<string> Runs => _processes.SelectMany(process => process.Runs);

    public AgentProcess Start(Action<string>? run = null, TimeSpan? lease = null, IChatClient? model = null)
    {
        var process = AgentProcess.Durable(Log, model ?? Model, run, lease);
        _processes.Add(process);
        return process;
    }

    /// <summary>What is stored, as a new process reads it, and whether all is well with it.</summary>
    public async Task<string> StoredAsync()
    {
        await using var store = new AgentStateStore(Log);
        (await store.Thread("demo").VerifyAsync())!.Problems.ShouldBeEmpty();
        Model.Violations.ShouldBeEmpty();
        return Transcript.Of((await store.LoadAsync("demo"))!.Messages);
    }

    public async Task<List<TurnInfo>> TurnsAsync()
    {
        await using var store = new AgentStateStore(Log);
        return await store.Thread("demo").TurnsAsync().ToListAsync();
    }

    /// <summary>The commits of the thread, oldest first.</summary>
    public async Task<List<string?>> ReasonsAsync()
    {
        await using var store = new AgentStateStore(Log);
        return await store.Thread("demo").LogAsync(new() { Ascending = true }).Select(commit => commit.Reason).ToListAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        await Log.DisposeAsync();
    }

    public static IReadOnlyList<ToolApprovalRequestContent> RequestsIn(IEnumerable<ChatMessage> messages)
        => [.. messages.SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>()];

    public static ChatMessage Answer(params IEnumerable<ToolApprovalResponseContent> answers) => new(ChatRole.User, [.. answers]);
}

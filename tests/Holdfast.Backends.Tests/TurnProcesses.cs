using System.Text.Json;
using Holdfast.Servers;
using Holdfast.Worker;
using Microsoft.Extensions.Hosting;

namespace Holdfast.Backends.Tests;

/// <summary>Processes that run turns over one store, and what the world saw of it.</summary>
internal sealed class TurnProcesses : IAsyncDisposable
{
    private static readonly JsonElement True = JsonElement.Parse("true");

    private readonly DirectoryInfo _journal = Directory.CreateTempSubdirectory("holdfast-journal-");
    private readonly Dictionary<string, TurnId> _turns = new(StringComparer.Ordinal);
    private readonly List<WorkerProcess> _processes = [];
    private readonly string _url;

    public TurnProcesses(string url) => (_url, Store) = (url, new(TurnHost.Open(url)));

    public AgentStateStore Store { get; }

    /// <summary>The threads that turns were submitted to.</summary>
    public IReadOnlyCollection<string> Threads => _turns.Keys;

    /// <summary>The keys of the effects that were had, by thread.</summary>
    public ILookup<string, string> Effects => SideEffects.Read(_journal.FullName);

    public async Task SubmitAsync(string thread)
        => _turns[thread] = (await Store.Thread(thread).SubmitTurnAsync([new(Microsoft.Extensions.AI.ChatRole.User, "go")])).Id;

    public async Task<WorkerProcess> StartAsync(TimeSpan lease)
    {
        var process = WorkerProcess.Start(_url, "turns", _journal.FullName, $"{lease.TotalMilliseconds:0}");
        _processes.Add(process);
        await process.UntilReadyAsync();
        return process;
    }

    /// <summary>Starts a worker in this process, which hangs nowhere.</summary>
    public async Task<IHost> StartHereAsync(TimeSpan lease)
    {
        var host = TurnHost.Create(TurnHost.Open(_url), _journal.FullName, lease, new(isActive: false));
        await host.StartAsync();
        return host;
    }

    /// <summary>Waits until every turn has ended, or asks.</summary>
    public async Task<IReadOnlyDictionary<string, TurnInfo>> UntilOverAsync()
    {
        using var limit = new CancellationTokenSource(Patience.Limit);
        var turns = new Dictionary<string, TurnInfo>(StringComparer.Ordinal);
        foreach (var (thread, turn) in _turns)
        {
            turns[thread] = await Store.Thread(thread).WaitForTurnAsync(turn, limit.Token);
        }

        return turns;
    }

    /// <summary>Says of each step of which it is not known whether it took effect that it did, and waits until every turn has ended.</summary>
    public async Task<IReadOnlyDictionary<string, TurnInfo>> UntilAnsweredAsync()
    {
        await foreach (var asked in Store.Interrupts.ListAsync())
        {
            await Store.Interrupts.AnswerAsync(asked.Id, InterruptAnswer.Respond(True, "test"));
        }

        IReadOnlyDictionary<string, TurnInfo> turns = new Dictionary<string, TurnInfo>();
        await Patience.UntilAsync("every turn has ended", async () =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            turns = await UntilOverAsync();
            return turns.Values.All(turn => turn.State != TurnState.Interrupted);
        });
        return turns;
    }

    public async Task<IReadOnlyDictionary<string, long>> VersionsAsync()
    {
        var versions = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var thread in _turns.Keys)
        {
            versions[thread] = (await Store.Thread(thread).GetInfoAsync())!.Version;
        }

        return versions;
    }

    public async ValueTask DisposeAsync()
    {
        _processes.ForEach(process => process.Dispose());
        await Store.DisposeAsync();
        _journal.Delete(recursive: true);
    }
}

using Holdfast.Logs;

namespace Holdfast.Worker;

/// <summary>Archives the threads of a store, however young they are.</summary>
internal static class ArchiveWorker
{
    /// <summary>Archives them one by one, until all are or the process is killed.</summary>
    public static async Task RunAsync(ICommitLog log, string archive)
    {
        await using var cold = Logs.Open(archive);
        await using var store = new AgentStateStore(log, new() { Archive = cold });
        await foreach (var thread in store.ListAsync(new() { Order = ThreadOrder.Id }))
        {
            await store.ArchiveAsync(new() { OlderThan = TimeSpan.Zero, Query = new() { IdPrefix = thread.Id.Value } });
            Console.WriteLine($"at {thread.Id}");
        }
    }
}

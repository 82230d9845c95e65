using Microsoft.Extensions.Hosting;

namespace Holdfast;

/// <summary>Logs what is likely not meant about how a store is set up: once, after the host has started.</summary>
/// <param name="getStore">Gives the store once the host has started.</param>
/// <param name="advisor">Finds it.</param>
internal sealed class AdviceService(Func<AgentStateStore> getStore, StoreAdvisor advisor) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not before the services that come after this one have started.
        await Task.Yield();
        if (Store() is not { } store)
        {
            return;
        }

        Log(store, await advisor.LookAsync(store, stoppingToken).ConfigureAwait(false));
        Log(store, await advisor.WatchOwnersAsync(store, stoppingToken).ConfigureAwait(false));
    }

    // A store that cannot be made is told to whoever asks for it; it does not end the host here.
    private AgentStateStore? Store()
    {
        try
        {
            return getStore();
        }
        catch (Exception)
        {
            return null;
        }
    }

    private static void Log(AgentStateStore store, IReadOnlyList<Advice> found)
    {
        foreach (var advice in found)
        {
            StoreLog.AdviceFound(store.Logger, advice.Code, advice.Text, advice.Action, advice.Link);
        }
    }
}

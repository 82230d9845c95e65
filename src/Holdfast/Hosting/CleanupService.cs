using Microsoft.Extensions.Hosting;

namespace Holdfast;

/// <summary>Cleans up from time to time, as long as the host runs.</summary>
internal sealed class CleanupService(AgentStateStore store, CleanupServiceOptions options) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Interval, store.Time);
        do
        {
            try
            {
                await store.CleanupAsync(new() { OlderThan = options.OlderThan, AllTenants = true }, stoppingToken).ConfigureAwait(false);
            }
            catch (AgentStateException e)
            {
                StoreLog.CleanupFailed(store.Logger, options.Interval, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }
}

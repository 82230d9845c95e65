using Microsoft.Extensions.Hosting;

namespace Holdfast;

/// <summary>Cleans up from time to time, as long as the host runs.</summary>
/// <param name="getStore">Gives the store once the host has started, which has checked its settings by then.</param>
/// <param name="getOptions">Gives the settings, likewise; null for no clean-up.</param>
internal sealed class CleanupService(Func<AgentStateStore> getStore, Func<CleanupServiceOptions?> getOptions) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (getOptions() is not { } options)
        {
            return;
        }

        var store = getStore();
        using var timer = new PeriodicTimer(options.Interval, store.Time);
        do
        {
            try
            {
                await store.CleanupAsync(new() { OlderThan = options.OlderThan, AllTenants = true }, stoppingToken).ConfigureAwait(false);
                if (options.Retention is not null || options.RetentionOf is not null)
                {
                    await store.TrimAllAsync(head => PolicyOf(options, head.Key.Tenant), new() { AllTenants = true }, stoppingToken).ConfigureAwait(false);
                }

                if (options.ArchiveOlderThan is { } age)
                {
                    var archived = await store.ArchiveAsync(new() { OlderThan = age, AllTenants = true }, stoppingToken).ConfigureAwait(false);
                    foreach (var failure in archived.Failures)
                    {
                        StoreLog.NotArchived(store.Logger, failure.Key, failure.Error);
                    }
                }
            }
            catch (AgentStateException e)
            {
                StoreLog.CleanupFailed(store.Logger, options.Interval, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    // What the application says of a tenant is checked as the settings are. Where it is wrong, the threads of that tenant are left, and the others are trimmed.
    private static RetentionPolicy? PolicyOf(CleanupServiceOptions options, string tenant)
    {
        if (options.RetentionOf is not { } find)
        {
            return options.Retention;
        }

        try
        {
            var policy = find(tenant) ?? options.Retention;
            policy?.Validate();
            return policy;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new StateConfigurationException($"CleanupServiceOptions.RetentionOf gives no policy for tenant '{tenant}': {e.Message}", e);
        }
    }
}

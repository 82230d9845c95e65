using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast;

/// <summary>Asks the log of a store for a thread that is not there: one read, no retries. A store that cannot be made is unhealthy too.</summary>
internal sealed class HoldfastHealthCheck(IServiceProvider services, string? storeName) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        AgentStateStore? store;
        try
        {
            store = storeName is null ? services.GetService<AgentStateStore>() : services.GetKeyedService<AgentStateStore>(storeName);
        }
        catch (Exception e)
        {
            // Whatever a backend throws when it is made: the checks of others must still be told. Only our own messages are known to hold no secrets.
            return new(context.Registration.FailureStatus, e is AgentStateException ? e.Message : $"The store cannot be made: {e.GetType().Name}.", e);
        }

        if (store is null)
        {
            return new(context.Registration.FailureStatus, $"There is no store to check. Call AddHoldfast({(storeName is null ? "" : $"\"{storeName}\", ")}…) on the service collection.");
        }

        try
        {
            await store.Context.ProbeAsync(cancellationToken).ConfigureAwait(false);
            return HealthCheckResult.Healthy(store.CommitLog.Description, Advice());
        }
        catch (Exception e) when (e is AgentStateException or ObjectDisposedException)
        {
            return new(context.Registration.FailureStatus, e.Message, e);
        }
    }

    // What was found when the host started. It does not make the store unhealthy: it works.
    private Dictionary<string, object>? Advice()
        => services.GetKeyedService<StoreAdvisor>(storeName ?? Microsoft.Extensions.Options.Options.DefaultName)?.Known is { Count: > 0 } known
            ? new(StringComparer.Ordinal) { ["advice"] = known.Select(advice => advice.ToString()).ToList() }
            : null;
}

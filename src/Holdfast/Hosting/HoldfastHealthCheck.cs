using Holdfast.Logs;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast;

/// <summary>Asks the log of a store for a thread that is not there: one read, no retries.</summary>
internal sealed class HoldfastHealthCheck(AgentStateStore store) : IHealthCheck
{
    private static readonly ThreadKey Probe = ThreadKey.Of("$health", ThreadId.Parse("probe"));

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await store.CommitLog.GetHeadAsync(Probe, cancellationToken).ConfigureAwait(false);
            return HealthCheckResult.Healthy(store.CommitLog.Description);
        }
        catch (Exception e) when (e is AgentStateException or ObjectDisposedException)
        {
            return new(context.Registration.FailureStatus, e.Message, e);
        }
    }
}

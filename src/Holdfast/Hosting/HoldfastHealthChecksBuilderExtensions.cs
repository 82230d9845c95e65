using Holdfast;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the health of a store to the health checks of an application.</summary>
public static class HoldfastHealthChecksBuilderExtensions
{
    /// <summary>Checks that the backend of a store answers: one read of a thread that does not exist. A store that was not added, or cannot be made, fails the check too.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="storeName">The name of the store in <c>AddHoldfast(name, …)</c>; null for the unnamed one.</param>
    /// <param name="name">The name of the check; null for <c>holdfast</c>, followed for a named store by a hyphen and its name.</param>
    /// <param name="failureStatus">What is reported when the backend does not answer; null for <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Tags to choose checks by.</param>
    /// <param name="timeout">How long the check may take; null for 10 seconds.</param>
    public static IHealthChecksBuilder AddHoldfast(
        this IHealthChecksBuilder builder,
        string? storeName = null,
        string? name = null,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new(
            name ?? (storeName is null ? "holdfast" : $"holdfast-{storeName}"),
            services => new HoldfastHealthCheck(services, storeName),
            failureStatus,
            tags,
            timeout ?? TimeSpan.FromSeconds(10)));
    }
}

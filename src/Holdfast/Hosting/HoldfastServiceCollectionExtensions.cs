using Holdfast;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Holdfast to a service collection.</summary>
public static class HoldfastServiceCollectionExtensions
{
    /// <summary>Adds an <see cref="AgentStateStore"/>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Names the backend, such as <c>holdfast => holdfast.UseInMemory()</c>, and changes settings.</param>
    public static IServiceCollection AddHoldfast(this IServiceCollection services, Action<HoldfastBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        configure(new(services, name: null));
        return services;
    }

    /// <summary>Adds one of several stores, which is asked for by its name: <c>[FromKeyedServices("name")] AgentStateStore store</c>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The name of the store.</param>
    /// <param name="configure">Names the backend and changes settings.</param>
    public static IServiceCollection AddHoldfast(this IServiceCollection services, string name, Action<HoldfastBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(configure);
        configure(new(services, name));
        return services;
    }
}

using Holdfast;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Providers;
using Orleans.Runtime.Hosting;
using Orleans.Serialization;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace Orleans.Hosting;

/// <summary>Adds to the services of a silo what keeps the states of grains in an <see cref="AgentStateStore"/>.</summary>
public static class HoldfastGrainStorageServiceCollectionExtensions
{
    /// <summary>Keeps the states of all grains that name no other storage in threads.</summary>
    /// <inheritdoc cref="AddHoldfastGrainStorage(IServiceCollection, string, Action{HoldfastGrainStorageOptions}?)"/>
    public static IServiceCollection AddHoldfastGrainStorageAsDefault(this IServiceCollection services, Action<HoldfastGrainStorageOptions>? configure = null)
        => services.AddHoldfastGrainStorage(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, configure);

    /// <summary>Keeps the states of grains that name this storage in threads. The store is the one that <c>AddHoldfast</c> registers in the same services.</summary>
    /// <param name="services">The services of the silo.</param>
    /// <param name="name">The name by which grains ask for the storage, as in <c>[PersistentState("profile", "name")]</c>.</param>
    /// <param name="configure">Changes the settings; null for the defaults.</param>
    public static IServiceCollection AddHoldfastGrainStorage(this IServiceCollection services, string name, Action<HoldfastGrainStorageOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        services.AddOptions<HoldfastGrainStorageOptions>(name)
            .Configure(options => configure?.Invoke(options))
            .PostConfigure<IServiceProvider>((options, provider) => options.GrainStorageSerializer ??= ActivatorUtilities.GetServiceOrCreateInstance<SystemTextJsonGrainStorageSerializer>(provider));

        // Errors of the store reach those who call the grain.
        services.Configure<ExceptionSerializationOptions>(options => options.SupportedNamespacePrefixes.Add(nameof(Holdfast)));
        services.ConfigureNamedOptionForLogging<HoldfastGrainStorageOptions>(name);
        return services.AddGrainStorage(name, Create);
    }

    private static HoldfastGrainStorage Create(IServiceProvider provider, string name)
    {
        var options = provider.GetRequiredService<IOptionsMonitor<HoldfastGrainStorageOptions>>().Get(name);
        var store = options.StoreName is { } storeName ? provider.GetRequiredKeyedService<AgentStateStore>(storeName) : provider.GetRequiredService<AgentStateStore>();
        return new(store, provider.GetRequiredService<IOptions<ClusterOptions>>().Value.ServiceId, options, provider.GetRequiredService<IActivatorProvider>());
    }
}

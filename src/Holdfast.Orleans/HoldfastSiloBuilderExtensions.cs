using Holdfast;

namespace Orleans.Hosting;

/// <summary>Keeps the states of a silo's grains in an <see cref="AgentStateStore"/>.</summary>
public static class HoldfastSiloBuilderExtensions
{
    /// <summary>Keeps the states of all grains that name no other storage in threads.</summary>
    /// <inheritdoc cref="AddHoldfastGrainStorage(ISiloBuilder, string, Action{HoldfastGrainStorageOptions}?)"/>
    public static ISiloBuilder AddHoldfastGrainStorageAsDefault(this ISiloBuilder builder, Action<HoldfastGrainStorageOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddHoldfastGrainStorageAsDefault(configure);
        return builder;
    }

    /// <summary>Keeps the states of grains that name this storage in threads. The store is the one that <c>AddHoldfast</c> registers in the services of the silo.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="name">The name by which grains ask for the storage, as in <c>[PersistentState("profile", "name")]</c>.</param>
    /// <param name="configure">Changes the settings; null for the defaults.</param>
    public static ISiloBuilder AddHoldfastGrainStorage(this ISiloBuilder builder, string name, Action<HoldfastGrainStorageOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddHoldfastGrainStorage(name, configure);
        return builder;
    }
}

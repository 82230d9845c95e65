using System.Diagnostics.CodeAnalysis;
using Holdfast;
using Microsoft.Agents.AI;
using Microsoft.Agents.AI.Workflows;
using Microsoft.Agents.AI.Workflows.Checkpointing;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds to a service collection what agents and workflows keep in the registered <see cref="AgentStateStore"/>; what was registered before stays.</summary>
public static class HoldfastAgentFrameworkServiceCollectionExtensions
{
    /// <summary>Adds a <see cref="ChatHistoryProvider"/> over threads.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Changes its settings; null for the defaults.</param>
    public static IServiceCollection AddHoldfastChatHistoryProvider(this IServiceCollection services, Action<PersistentChatOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton<ChatHistoryProvider>(provider =>
        {
            var options = new PersistentChatOptions();
            configure?.Invoke(options);
            return new HoldfastChatHistoryProvider(provider.GetRequiredService<AgentStateStore>(), options);
        });
        return services;
    }

    /// <summary>Adds an <see cref="AgentSessionStore"/> over threads.</summary>
    /// <param name="services">The services.</param>
    /// <param name="agentName">The name of the agent whose sessions it keeps: the key under which it is registered, as the framework's hosting looks for it; null for one without a key.</param>
    [Experimental("MAAI001")]
    public static IServiceCollection AddHoldfastAgentSessionStore(this IServiceCollection services, string? agentName = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddKeyedSingleton<AgentSessionStore>(agentName, (provider, _) => new HoldfastAgentSessionStore(provider.GetRequiredService<AgentStateStore>()));
        return services;
    }

    /// <summary>Adds a <see cref="CheckpointManager"/>, and the <see cref="JsonCheckpointStore"/> that it uses, over threads.</summary>
    /// <param name="services">The services.</param>
    public static IServiceCollection AddHoldfastCheckpoints(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton<JsonCheckpointStore>(provider => new HoldfastCheckpointStore(provider.GetRequiredService<AgentStateStore>()));
        services.TryAddSingleton(provider => CheckpointManager.CreateJson(provider.GetRequiredService<JsonCheckpointStore>()));
        return services;
    }
}

using Holdfast;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.AI;

/// <summary>Adds a durable memory to pipelines of chat clients.</summary>
public static class HoldfastChatClientBuilderExtensions
{
    /// <summary>
    /// Adds a client that remembers: callers pass only what is new, and the conversation so far comes from the store. <see cref="ChatOptions.ConversationId"/> is the thread id.
    /// </summary>
    /// <param name="builder">The pipeline. Put this below <c>UseFunctionInvocation</c>, so that each call of a function and its result are stored as they happen.</param>
    /// <param name="store">Where the conversations are kept; null for the store that is registered in the services of the pipeline.</param>
    /// <param name="configure">Changes the settings of the client.</param>
    /// <exception cref="StateConfigurationException">An option is out of its range. Thrown when the pipeline is built.</exception>
    /// <exception cref="InvalidOperationException">There is no store: none was given, and none is registered. Thrown when the pipeline is built.</exception>
    public static ChatClientBuilder UseHoldfast(
        this ChatClientBuilder builder, AgentStateStore? store = null, Action<PersistentChatOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Use((inner, services) => Make(inner, store ?? services.GetRequiredService<AgentStateStore>(), options => configure?.Invoke(options)));
    }

    /// <summary>Adds a client that remembers, with settings that need the services of the pipeline, such as who is signed in.</summary>
    /// <param name="builder">The pipeline.</param>
    /// <param name="configure">Changes the settings of the client; called once, when the pipeline is built.</param>
    /// <exception cref="StateConfigurationException">An option is out of its range. Thrown when the pipeline is built.</exception>
    /// <exception cref="InvalidOperationException">No store is registered in the services of the pipeline. Thrown when the pipeline is built.</exception>
    public static ChatClientBuilder UseHoldfast(this ChatClientBuilder builder, Action<IServiceProvider, PersistentChatOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        return builder.Use((inner, services) => Make(inner, services.GetRequiredService<AgentStateStore>(), options => configure(services, options)));
    }

    /// <summary>Adds a client that remembers, in one of several stores that are registered in the services of the pipeline by their names.</summary>
    /// <param name="builder">The pipeline.</param>
    /// <param name="storeName">The name that the store was registered with, as in <c>AddHoldfast(name, …)</c>.</param>
    /// <param name="configure">Changes the settings of the client.</param>
    /// <exception cref="StateConfigurationException">An option is out of its range. Thrown when the pipeline is built.</exception>
    /// <exception cref="InvalidOperationException">No store of that name is registered. Thrown when the pipeline is built.</exception>
    public static ChatClientBuilder UseHoldfast(this ChatClientBuilder builder, string storeName, Action<PersistentChatOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(storeName);
        return builder.Use((inner, services) => Make(inner, services.GetRequiredKeyedService<AgentStateStore>(storeName), options => configure?.Invoke(options)));
    }

    /// <summary>
    /// Adds a client that invokes functions, each once: what a call came to is durable before it is used, and a turn that was cut off, or that waits for an approval, goes on where it stood.
    /// </summary>
    /// <param name="builder">The pipeline. Put this above <c>UseHoldfast</c>, in the place of <c>UseFunctionInvocation</c>.</param>
    /// <param name="configure">Changes the settings of the client.</param>
    /// <exception cref="InvalidOperationException">There is no <c>UseHoldfast</c> below. Thrown when the pipeline is built.</exception>
    public static ChatClientBuilder UseDurableFunctionInvocation(this ChatClientBuilder builder, Action<DurableFunctionInvokingChatClient>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Use((inner, services) =>
        {
            var client = new DurableFunctionInvokingChatClient(inner, services.GetService<ILoggerFactory>(), services);
            configure?.Invoke(client);
            return client;
        });
    }

    private static PersistentChatClient Make(IChatClient inner, AgentStateStore store, Action<PersistentChatOptions> configure)
    {
        var options = new PersistentChatOptions();
        configure(options);
        return new(inner, store, options);
    }
}

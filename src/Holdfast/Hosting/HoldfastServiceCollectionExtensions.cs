using Holdfast;
using Microsoft.Extensions.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Holdfast to a service collection.</summary>
public static class HoldfastServiceCollectionExtensions
{
    /// <summary>Adds an <see cref="AgentStateStore"/>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Chooses the backend, such as <c>holdfast => holdfast.UseInMemory()</c>, and changes settings.</param>
    public static IServiceCollection AddHoldfast(this IServiceCollection services, Action<HoldfastBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        configure(new(services, name: null));
        return services;
    }

    /// <summary>Adds one of several stores; it is resolved by its name: <c>[FromKeyedServices("name")] AgentStateStore store</c>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The name of the store.</param>
    /// <param name="configure">Chooses the backend and changes settings.</param>
    public static IServiceCollection AddHoldfast(this IServiceCollection services, string name, Action<HoldfastBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(configure);
        configure(new(services, name));
        return services;
    }

    /// <summary>Adds an <see cref="AgentStateStore"/> that a section of the configuration sets up: where it stores, expiry, visibility, retries and clean-up.</summary>
    /// <remarks>
    /// <para><c>docs/configuration.md</c> lists the settings. Unknown ones are an error. All problems are reported at once: when the host starts, or when the store is made.</para>
    /// <para>Settings are read when the store is made; later changes of the configuration have no effect on it.</para>
    /// </remarks>
    /// <param name="services">The services.</param>
    /// <param name="section">The section, such as <c>configuration.GetSection("Holdfast")</c>.</param>
    /// <param name="configure">Adds the schemes of backends, such as <c>holdfast => holdfast.AddSqlite()</c>, and changes settings. Code takes precedence over configuration.</param>
    /// <exception cref="ArgumentException">The whole configuration was passed instead of a section.</exception>
    public static IServiceCollection AddHoldfast(this IServiceCollection services, IConfiguration section, Action<HoldfastBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        return Add(services, null, section, configure);
    }

    /// <summary>Adds one of several stores, set up by a section of the configuration.</summary>
    /// <inheritdoc cref="AddHoldfast(IServiceCollection, IConfiguration, Action{HoldfastBuilder}?)"/>
    /// <param name="services">The services.</param>
    /// <param name="name">The name of the store.</param>
    /// <param name="section">The section, such as <c>configuration.GetSection("Holdfast:Chats")</c>.</param>
    /// <param name="configure">Adds the schemes of backends, and changes settings. Code takes precedence over configuration.</param>
    public static IServiceCollection AddHoldfast(this IServiceCollection services, string name, IConfiguration section, Action<HoldfastBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Add(services, name, section, configure);
    }

    private static IServiceCollection Add(IServiceCollection services, string? name, IConfiguration section, Action<HoldfastBuilder>? configure)
    {
        ArgumentNullException.ThrowIfNull(section);
        if (section is not IConfigurationSection holdfast)
        {
            throw new ArgumentException("Pass the section of Holdfast, such as configuration.GetSection(\"Holdfast\"), and not the whole configuration.", nameof(section));
        }

        var builder = new HoldfastBuilder(services, name);
        builder.Bind(holdfast);
        configure?.Invoke(builder);
        return services;
    }
}

using Holdfast;
using Holdfast.Redis;
using StackExchange.Redis;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Stores in Redis (6.2 or newer), Valkey or a Redis Cluster.</summary>
public static class RedisHoldfastBuilderExtensions
{
    private static readonly StoreScheme Scheme = new(
        "redis", "redis://HOST:PORT", url => new RedisCommitLog(RedisLogOptions.FromUrl(url.Text)), "rediss", "valkey", "valkeys");

    /// <summary>Lets <see cref="HoldfastBuilder.UseStore"/> open URLs as <see cref="RedisLogOptions.FromUrl"/> reads them.</summary>
    public static HoldfastBuilder AddRedis(this HoldfastBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddStoreScheme(Scheme);
    }

    /// <summary>Stores in the server that a configuration string or a URL names.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configuration">
    /// The configuration string of StackExchange.Redis, such as <c>localhost:6379</c>, or a URL as <see cref="RedisLogOptions.FromUrl"/> reads it.
    /// </param>
    /// <param name="configure">Changes further settings.</param>
    /// <exception cref="StateConfigurationException">A setting is missing or out of its range. Thrown when the store is made.</exception>
    public static HoldfastBuilder UseRedis(this HoldfastBuilder builder, string configuration, Action<RedisLogOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configuration);
        return builder.UseLog(_ =>
        {
            var options = configuration.Contains("://", StringComparison.Ordinal) ? RedisLogOptions.FromUrl(configuration) : new() { Configuration = configuration };
            configure?.Invoke(options);
            return new RedisCommitLog(options);
        });
    }

    /// <summary>Stores over a connection of your own, such as one among the services; it is not disposed of with the store.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="connection">Finds the connection, such as <c>services => services.GetRequiredService&lt;IConnectionMultiplexer&gt;()</c>.</param>
    /// <param name="configure">Changes further settings.</param>
    /// <exception cref="StateConfigurationException">A setting is missing or out of its range. Thrown when the store is made.</exception>
    public static HoldfastBuilder UseRedis(
        this HoldfastBuilder builder, Func<IServiceProvider, IConnectionMultiplexer> connection, Action<RedisLogOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(connection);
        return builder.UseLog(services =>
        {
            var options = new RedisLogOptions { Connection = connection(services) };
            configure?.Invoke(options);
            return new RedisCommitLog(options);
        });
    }

    /// <summary>Stores where the settings say.</summary>
    /// <exception cref="StateConfigurationException">A setting is missing or out of its range. Thrown when the store is made.</exception>
    public static HoldfastBuilder UseRedis(this HoldfastBuilder builder, Action<RedisLogOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        return builder.UseLog(_ =>
        {
            var options = new RedisLogOptions();
            configure(options);
            return new RedisCommitLog(options);
        });
    }
}

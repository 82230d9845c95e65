using Holdfast.Redis;
using StackExchange.Redis;

namespace Holdfast;

/// <summary>Stores into Redis.</summary>
public static class RedisHoldfastBuilderExtensions
{
    /// <summary>Stores into Redis (6.2 or newer), Valkey or a Redis Cluster.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configuration">The configuration string of StackExchange.Redis, such as <c>localhost:6379</c>.</param>
    /// <param name="configure">Changes further options.</param>
    public static HoldfastBuilder UseRedis(this HoldfastBuilder builder, string configuration, Action<RedisLogOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return builder.UseRedis((_, options) =>
        {
            options.Configuration = configuration;
            configure?.Invoke(options);
        });
    }

    /// <summary>Stores into Redis (6.2 or newer), Valkey or a Redis Cluster over a connection of your own, which is not disposed of.</summary>
    public static HoldfastBuilder UseRedis(this HoldfastBuilder builder, IConnectionMultiplexer connection, Action<RedisLogOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return builder.UseRedis((_, options) =>
        {
            options.Connection = connection;
            configure?.Invoke(options);
        });
    }

    /// <summary>Stores into Redis (6.2 or newer), Valkey or a Redis Cluster.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Says where the server is, for instance by a connection among the services.</param>
    public static HoldfastBuilder UseRedis(this HoldfastBuilder builder, Action<IServiceProvider, RedisLogOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        return builder.UseLog(services =>
        {
            var options = new RedisLogOptions();
            configure(services, options);
            return new RedisCommitLog(options);
        });
    }
}

using Holdfast.Redis.Tests;
using Holdfast.Servers;
using StackExchange.Redis;

[assembly: AssemblyFixture(typeof(SharedServers))]

namespace Holdfast.Redis.Tests;

/// <summary>The single server and the cluster that the tests share; started when the first test asks for them.</summary>
public sealed class SharedServers : IAsyncLifetime
{
    private static readonly Lazy<Task<RedisServer>> SingleServer = new(() => RedisServer.StartAsync());
    private static readonly Lazy<Task<RedisCluster>> Nodes = new(RedisCluster.StartAsync);

    /// <summary>How long logs wait for a server on a machine that may be busy with other things.</summary>
    public static TimeSpan Patience => Holdfast.Servers.Patience.Call;

    public static Task<RedisServer> Server => SingleServer.Value;

    public static Task<RedisCluster> Cluster => Nodes.Value;

    public static async Task<string> ConfigurationAsync(ServerKind kind)
        => kind == ServerKind.Cluster ? (await Cluster).Addresses : (await Server).Address;

    /// <summary>A connection for commands that a log does not send.</summary>
    public static async Task<ConnectionMultiplexer> ConnectAsync(string servers)
    {
        var options = ConfigurationOptions.Parse(servers);
        options.SyncTimeout = options.ConnectTimeout = options.AsyncTimeout = (int)Patience.TotalMilliseconds;
        return await ConnectionMultiplexer.ConnectAsync(options);
    }

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        if (SingleServer is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await Server).DisposeAsync();
        }

        if (Nodes is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await Cluster).DisposeAsync();
        }
    }
}

using Holdfast.Testing;

namespace Holdfast.Redis.Tests;

public sealed class RedisClusterConformance : LogConformance<RedisClusterFixture>;

public sealed class RedisClusterFixture : RedisServerFixture
{
    protected override async Task<string> ConfigurationAsync() => (await SharedServers.Cluster).Addresses;
}

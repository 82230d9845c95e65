using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.Redis.Tests;

public sealed class RedisConformance : LogConformance<RedisFixture>;

public sealed class RedisFixture : RedisServerFixture
{
    protected override async Task<string> ConfigurationAsync() => (await SharedServers.Server).Address;
}

public abstract class RedisServerFixture : LogFixture
{
    public override Type LogType => typeof(RedisCommitLog);

    public override LogCapabilities Capabilities => LogCapabilities.Durable | LogCapabilities.MultiProcess | LogCapabilities.Remote | LogCapabilities.NativeExpiry;

    public override ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken) => ReopenAsync(cancellationToken);

    public override async ValueTask<ICommitLog> ReopenAsync(CancellationToken cancellationToken)
        => new RedisCommitLog(new() { Configuration = await ConfigurationAsync(), CommandTimeout = SharedServers.Patience });

    protected abstract Task<string> ConfigurationAsync();
}

using Holdfast.Logs;
using Holdfast.Redis.Keys;
using Holdfast.Testing;

namespace Holdfast.Redis.Tests;

public sealed class RedisConformance : LogConformance<RedisFixture>;

public sealed class RedisFixture : RedisServerFixture
{
    protected override async Task<string> ConfigurationAsync() => (await SharedServers.Server).Address;
}

public abstract class RedisServerFixture : LogFixture
{
    private const int MetaSize = 61;
    private static readonly RedisKeys Keys = new("holdfast:");

    public override Type LogType => typeof(RedisCommitLog);

    public override LogCapabilities Capabilities => LogCapabilities.Durable | LogCapabilities.MultiProcess | LogCapabilities.Remote | LogCapabilities.NativeExpiry;

    public override ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken) => ReopenAsync(cancellationToken);

    public override async ValueTask<ICommitLog> ReopenAsync(CancellationToken cancellationToken)
        => new RedisCommitLog(new() { Configuration = await ConfigurationAsync(), CommandTimeout = SharedServers.Patience });

    public override bool CanDamage => true;

    public override async ValueTask DamageEntryAsync(ThreadKey key, long version, CancellationToken cancellationToken) => await ChangeAsync(key, version, (meta, body) =>
    {
        body[body.Length / 2] ^= 0x55;
        return (meta, body);
    });

    public override async ValueTask ForgeEntryAsync(ThreadKey key, long version, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
        => await ChangeAsync(key, version, (meta, _) => ([.. meta.AsSpan(0, MetaSize), .. Digest.Compute(body.Span).ToByteArray()], body.ToArray()));

    public override async ValueTask LoseEntryAsync(ThreadKey key, long version, CancellationToken cancellationToken)
    {
        await using var multiplexer = await SharedServers.ConnectAsync(await ConfigurationAsync());
        await multiplexer.GetDatabase().StreamDeleteAsync(Keys.Log(key), [$"{version}-0"]);
    }

    public override async ValueTask DamageHeadAsync(ThreadKey key, CancellationToken cancellationToken)
    {
        await using var multiplexer = await SharedServers.ConnectAsync(await ConfigurationAsync());
        await multiplexer.GetDatabase().HashSetAsync(Keys.Head(key), "s", "nothing that Holdfast writes");
    }

    protected abstract Task<string> ConfigurationAsync();

    /// <summary>Writes a stream again with one entry changed.</summary>
    private async Task ChangeAsync(ThreadKey key, long version, Func<byte[], byte[], (byte[] Meta, byte[] Body)> change)
    {
        await using var multiplexer = await SharedServers.ConnectAsync(await ConfigurationAsync());
        var raw = multiplexer.GetDatabase();
        var entries = await raw.StreamRangeAsync(Keys.Log(key));
        await raw.KeyDeleteAsync(Keys.Log(key));
        foreach (var entry in entries)
        {
            var (meta, body) = ((byte[])entry["m"]!, (byte[])entry["b"]!);
            (meta, body) = entry.Id == $"{version}-0" ? change(meta, body) : (meta, body);
            await raw.StreamAddAsync(Keys.Log(key), [new("m", meta), new("b", body)], entry.Id);
        }
    }
}

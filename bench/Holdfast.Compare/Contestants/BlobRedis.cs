using StackExchange.Redis;

namespace Holdfast.Compare.Contestants;

/// <summary>A string for each thread in Redis.</summary>
internal sealed class BlobRedis(IConnectionMultiplexer connection, bool owns) : IBlobPlace
{
    public string Version => PackageVersion.Of<IConnectionMultiplexer>("StackExchange.Redis");

    public bool Blocks => false;

    public static async Task<BlobRedis> ConnectAsync(string address) => new(await ConnectionMultiplexer.ConnectAsync(address), owns: true);

    public async Task<byte[]?> ReadAsync(string thread) => await connection.GetDatabase().StringGetAsync(KeyOf(thread));

    public Task WriteAsync(string thread, byte[] json) => connection.GetDatabase().StringSetAsync(KeyOf(thread), json);

    public Task<IBlobPlace> OpenAnotherAsync() => Task.FromResult<IBlobPlace>(new BlobRedis(connection, owns: false));

    public async ValueTask DisposeAsync()
    {
        if (owns)
        {
            await connection.CloseAsync();
        }
    }

    private static RedisKey KeyOf(string thread) => "blob:" + thread;
}

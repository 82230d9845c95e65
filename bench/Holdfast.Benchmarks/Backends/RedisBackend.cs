using Holdfast.Logs;
using Holdfast.Redis;
using Holdfast.Servers;
using StackExchange.Redis;

namespace Holdfast.Benchmarks.Backends;

internal sealed class RedisBackend(RedisServer server, string appendFsync) : Backend
{
    public override string Raw => $"EVALSHA of a bare XADD through StackExchange.Redis, appendfsync {appendFsync} on both sides";

    public override string Version { get; } = "Redis " + server.SendAsync("INFO", "server").GetAwaiter().GetResult().Split('\n').First(line => line.StartsWith("redis_version:", StringComparison.Ordinal))[14..].Trim();

    public override string ManyCallersBudget => "≥ 0.6";

    public static async Task<RedisBackend> StartAsync(string appendFsync) => new(await RedisServer.StartAsync("--appendfsync", appendFsync), appendFsync);

    public override Func<string, Task<ICommitLog>> Silent => name => Task.FromResult<ICommitLog>(Open(name, hints: false));

    public override Task<ICommitLog> OpenAsync(string name) => Task.FromResult<ICommitLog>(Open(name, hints: true));

    private RedisCommitLog Open(string name, bool hints) => new(new() { Configuration = server.Address, KeyPrefix = $"{name}:", CommitHints = hints });

    public override async Task<IRawDriver> OpenRawAsync(string name) => await RawRedis.OpenAsync(server.Address, $"{name}-raw");

    public override async Task<IReadOnlyList<(string Way, IReadOnlyList<IRawDriver> Drivers)>> OpenRawForManyAsync(string name, int callers)
    {
        // As with the log, one connection on which commands of all callers follow each other without waiting; and a stream for each caller.
        var raw = await RawRedis.OpenAsync(server.Address, name);
        return [("pipelined over one connection", [.. Enumerable.Range(0, callers).Select(i => raw.To($"{name}-raw-{i}"))])];
    }

    public override ValueTask DisposeAsync() => server.DisposeAsync();

    private sealed class RawRedis(IConnectionMultiplexer connection, byte[] sha, RedisKey[] stream) : IRawDriver
    {
        private const string Script = "return redis.call('XADD', KEYS[1], '*', 'b', ARGV[1])";

        public static async Task<RawRedis> OpenAsync(string address, string stream)
        {
            var connection = await ConnectionMultiplexer.ConnectAsync($"{address},allowAdmin=true");
            return new(connection, await connection.GetServer(address).ScriptLoadAsync(Script), [stream]);
        }

        public RawRedis To(string other) => new(connection, sha, [other]);

        public Task InsertAsync(byte[] body) => connection.GetDatabase().ScriptEvaluateAsync(sha, stream, [body]);

        public async ValueTask DisposeAsync() => await connection.CloseAsync();
    }
}

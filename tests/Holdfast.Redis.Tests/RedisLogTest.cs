using System.Globalization;
using System.Text;
using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Keys;
using Holdfast.Testing;
using StackExchange.Redis;

namespace Holdfast.Redis.Tests;

/// <summary>A log with a key prefix of the test's own on one of the shared servers, and a way around it.</summary>
public abstract class RedisLogTest : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _opened = [];

    protected string Prefix { get; } = $"test-{Guid.NewGuid():N}:";

    internal RedisKeys Keys => new(Prefix);

    /// <summary>The index of the threads of the default tenant.</summary>
    internal static IndexScope Default => new(ThreadSpace.Threads, "");

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        foreach (var opened in _opened)
        {
            await opened.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    protected async Task<RedisCommitLog> OpenAsync(ServerKind kind)
    {
        var log = new RedisCommitLog(new() { Configuration = await SharedServers.ConfigurationAsync(kind), KeyPrefix = Prefix, CommandTimeout = SharedServers.Patience });
        _opened.Add(log);
        return log;
    }

    /// <summary>A connection around the log.</summary>
    protected async Task<IDatabase> OpenRawAsync(ServerKind kind) => await OpenRawAsync(await SharedServers.ConfigurationAsync(kind));

    /// <inheritdoc cref="OpenRawAsync(ServerKind)"/>
    protected async Task<IDatabase> OpenRawAsync(string servers)
    {
        var multiplexer = await SharedServers.ConnectAsync(servers);
        _opened.Add(new Multiplexer(multiplexer));
        return multiplexer.GetDatabase();
    }

    /// <summary>The connection of a log, for what a log does in parts.</summary>
    internal async Task<RedisConnection> OpenConnectionAsync(ServerKind kind)
    {
        var connection = new RedisConnection(new RedisLogOptions { Configuration = await SharedServers.ConfigurationAsync(kind), KeyPrefix = Prefix }.Validated());
        _opened.Add(connection);
        return connection;
    }

    /// <summary>A key of the index of the threads of the default tenant.</summary>
    protected RedisKey IndexKey(string set) => ((string)Keys.Index(Default)!)[..^"threads".Length] + set;

    protected static ThreadWriter Thread(string id, string tenant = "") => new(ThreadKey.Of(tenant, id));

    /// <summary>The ids of the threads that a query finds, page after page.</summary>
    protected static async Task<List<string>> ListAsync(ICommitLog log, ThreadQuery? filter = null, string? tenant = "", ExpiredFilter expired = ExpiredFilter.Include, DateTimeOffset asOf = default)
    {
        var ids = new List<string>();
        filter ??= new();
        do
        {
            var page = await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = tenant, AsOf = asOf, Expired = expired, Filter = filter }, Cancellation);
            ids.AddRange(page.Heads.Select(head => head.Key.Id.Value));
            filter = filter with { Continuation = page.Continuation };
        }
        while (filter.Continuation is not null);

        return ids;
    }

    /// <summary>Makes what the index of a cluster was told of a thread before its commit a day older.</summary>
    protected async Task AgeAsync(IDatabase raw, string id, string tenant = "")
    {
        var index = Keys.Index(Default with { Tenant = tenant });
        var record = Encoding.Latin1.GetString((byte[])(await raw.HashGetAsync(index, id))!);
        if (record.IndexOf('@', 16) is var at and >= 0)
        {
            var end = record.IndexOf(':', at);
            var older = long.Parse(record.AsSpan(at + 1, end - at - 1), CultureInfo.InvariantCulture) - (long)TimeSpan.FromDays(1).TotalMilliseconds;
            await raw.HashSetAsync(index, id, Encoding.Latin1.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{record[..at]}@{older}{record[end..]}")));
        }
    }

    /// <summary>Waits for something that happens outside of the test, such as the passing of time on a server.</summary>
    protected static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(SharedServers.Patience, "what was waited for did not happen");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancellation);
        }
    }

    private sealed class Multiplexer(ConnectionMultiplexer multiplexer) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await multiplexer.CloseAsync(allowCommandsToComplete: false);
            multiplexer.Dispose();
        }
    }
}

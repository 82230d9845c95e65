using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Listing;
using Holdfast.Redis.Maintenance;
using Holdfast.Redis.Reading;
using Holdfast.Redis.Writing;

namespace Holdfast.Redis;

/// <summary>A log in Redis (6.2 or newer), Valkey or a Redis Cluster, shared by any number of machines.</summary>
/// <remarks>
/// <para>
/// Each thread is a stream with a hash beside it, written together by one script in one round trip. How much an acknowledged append survives is decided by the
/// server's settings: with <c>appendonly yes</c> and <c>appendfsync always</c> it survives a crash. <see cref="GetWarningsAsync"/> tells of settings that lose more.
/// </para>
/// <para>
/// Expired threads are removed by Redis itself, whole. On a single server the index for listings is written together with the thread; in a cluster after it, and a
/// listing asks the heads: it never has a thread that is gone, but when a process dies between the two it may miss a thread until that is committed to again or
/// <see cref="RepairIndexAsync"/> is called.
/// </para>
/// <para>The connection is made with the first call; a failure is reported by that call, and the next one tries again.</para>
/// </remarks>
public sealed class RedisCommitLog : ICommitLog, IReportsWarnings
{
    private readonly RedisConnection _connection;
    private readonly Appender _appender;
    private readonly EntryReader _entries;
    private readonly HeadReader _heads;
    private readonly HeadListing _listing;
    private readonly ThreadMaintenance _maintenance;
    private readonly ThreadRewriter _rewriter;
    private readonly IndexRepairer _repairer;
    private readonly LogWarnings _warnings;

    /// <summary>Makes a log that connects with the first call.</summary>
    /// <exception cref="StateConfigurationException">An option is missing or out of its range.</exception>
    public RedisCommitLog(RedisLogOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var valid = options.Validated();
        _connection = new(valid);
        _warnings = new(valid.Logger);
        var keys = _connection.Keys;
        _heads = new(keys);
        var index = new ThreadIndex(keys, _heads);
        _appender = new(_connection, keys, index, _warnings);
        _entries = new(_connection, keys);
        _listing = new(_connection, keys, _heads, index, _warnings);
        _maintenance = new(_connection, keys, index, _warnings);
        _rewriter = new(_connection, keys);
        _repairer = new(_connection, keys, _heads, index, _warnings);
    }

    /// <inheritdoc/>
    public LogCapabilities Capabilities => LogCapabilities.Durable | LogCapabilities.MultiProcess | LogCapabilities.Remote | LogCapabilities.NativeExpiry;

    /// <inheritdoc/>
    public string Description => _connection.Description;

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _appender.AppendAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ThreadTail?> ReadTailAsync(ThreadKey key, int minimumEntries = 0, CancellationToken cancellationToken = default)
        => _entries.ReadTailAsync(key, minimumEntries, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<LogEntry> ReadAsync(
        ThreadKey key, long from = 1, long to = long.MaxValue, ReadDirection direction = ReadDirection.Forward, CancellationToken cancellationToken = default)
        => _entries.ReadAsync(key, from, to, direction, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<ThreadHead?> GetHeadAsync(ThreadKey key, CancellationToken cancellationToken = default)
    {
        using var call = await _connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        return await _heads.GetAsync(call, key, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return _listing.ListAsync(query, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<bool> SetExpiryAsync(ThreadKey key, DateTimeOffset? expiresAt, CancellationToken cancellationToken = default)
        => _maintenance.SetExpiryAsync(key, expiresAt, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> RewriteAsync(
        ThreadKey key, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements, long dropBelow = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(replacements);
        return _rewriter.RewriteAsync(key, replacements, dropBelow, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<bool> EraseAsync(ThreadKey key, ThreadHead? ifUnchanged = null, CancellationToken cancellationToken = default)
        => _maintenance.EraseAsync(key, ifUnchanged, cancellationToken);

    /// <summary>Writes every thread to the index for listings, and removes from it what is gone.</summary>
    /// <remarks>
    /// Finds the threads by SCAN on every master, and may run while threads are read and written. Repeating it does no harm. Keys of the index that hold data of
    /// another kind are removed and written again; threads that cannot be read are left out, and <see cref="GetWarningsAsync"/> tells of them.
    /// </remarks>
    /// <exception cref="StoreUnavailableException">A server cannot be reached, or refuses.</exception>
    public Task<IndexRepairReport> RepairIndexAsync(CancellationToken cancellationToken = default) => _repairer.RepairAsync(cancellationToken);

    /// <summary>
    /// Tells, server by server, of settings under which acknowledged commits can be lost, and of a clock that differs; and of what this log found damaged without
    /// failing over it. Empty when there is nothing.
    /// </summary>
    /// <remarks>
    /// A server that cannot be reached is told of too. What was found damaged is told until <see cref="RepairIndexAsync"/> has looked at it again: threads that listings
    /// left out, and an index that could not be written.
    /// </remarks>
    /// <exception cref="StoreUnavailableException">There is no connection.</exception>
    public async Task<IReadOnlyList<string>> GetWarningsAsync(CancellationToken cancellationToken = default)
        => [.. await new ServerInspection(_connection, TimeProvider.System).FindWarningsAsync(cancellationToken).ConfigureAwait(false), .. _warnings.Known];

    /// <summary>Lets calls that were begun end, and closes the connection unless it is the user's own. Calls after this throw <see cref="ObjectDisposedException"/>.</summary>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>The <see cref="Description"/>.</summary>
    public override string ToString() => Description;
}

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
/// Threads that expired are removed by Redis itself, whole, a day after that, unless they are pinned. On a single server the index for listings is written together
/// with the thread; in a cluster what a commit brings is written to it before, and a listing asks the heads: it has every thread that belongs to it, and none that is gone.
/// </para>
/// <para>The connection is made with the first call; a failure is reported by that call, and the next one tries again.</para>
/// </remarks>
public sealed class RedisCommitLog : ICommitLog, IReportsWarnings, IGivesAdvice, IServerClock, ICommitHints
{
    private readonly RedisConnection _connection;
    private readonly Appender _appender;
    private readonly EntryReader _entries;
    private readonly TailReader _tails;
    private readonly HeadReader _heads;
    private readonly HeadListing _listing;
    private readonly HeadUpdater _updater;
    private readonly ThreadEraser _eraser;
    private readonly ThreadRewriter _rewriter;
    private readonly IndexRepairer _repairer;
    private readonly LogWarnings _warnings;
    private readonly HintChannel _channel;
    private readonly HintSender? _hints;
    private readonly HintListenings _listenings = new();

    /// <summary>Makes a log that connects with the first call.</summary>
    /// <exception cref="StateConfigurationException">An option is missing or out of its range.</exception>
    public RedisCommitLog(RedisLogOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var valid = options.Validated();
        _connection = new(valid);
        _channel = new(_connection, valid.KeyPrefix);
        _hints = valid.CommitHints ? new(_channel.SendAsync) : null;
        _warnings = new(valid.Logger);
        var keys = _connection.Keys;
        _heads = new(keys);
        var index = new ThreadIndex(keys, _heads);
        _appender = new(_connection, keys, index, _warnings);
        _entries = new(_connection, keys);
        _tails = new(_connection, keys);
        _listing = new(_connection, keys, _heads, index, _warnings);
        _updater = new(_connection, keys, index, _warnings);
        _eraser = new(_connection, keys, _heads, index, _warnings);
        _rewriter = new(_connection, keys);
        _repairer = new(_connection, keys, _heads, index, _warnings);
    }

    /// <inheritdoc/>
    public LogCapabilities Capabilities => LogCapabilities.Durable | LogCapabilities.MultiProcess | LogCapabilities.Remote | LogCapabilities.NativeExpiry;

    /// <inheritdoc/>
    public string Description => _connection.Description;

    /// <inheritdoc/>
    public async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        var result = await _appender.AppendAsync(request, cancellationToken).ConfigureAwait(false);
        if (result.Outcome == AppendOutcome.Appended)
        {
            _hints?.Add(request.Entry.Key);
        }

        return result;
    }

    /// <inheritdoc/>
    public ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _tails.ReadAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _entries.ReadAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var call = await _connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        return await _heads.GetAsync(call, request, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return _listing.ListAsync(query, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
    {
        var head = await _updater.UpdateAsync(update, cancellationToken).ConfigureAwait(false);
        if (update.MovesRevision)
        {
            _hints?.Add(update.Key);
        }

        return head;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var isDone = await _rewriter.RewriteAsync(request, cancellationToken).ConfigureAwait(false);
        _hints?.Add(request.Key);
        return isDone;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
    {
        var isDone = await _eraser.EraseAsync(request, cancellationToken).ConfigureAwait(false);
        _hints?.Add(request.Key);
        return isDone;
    }

    /// <inheritdoc/>
    /// <remarks>By SUBSCRIBE. With <see cref="RedisLogOptions.CommitHints"/> off nothing is told.</remarks>
    public IHintSubscription Listen(IHintListener listener)
        => _listenings.Start(listener, (listening, stop) => _hints is null ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop) : _channel.ListenAsync(listening, stop));

    /// <inheritdoc/>
    /// <remarks>In a cluster it is the time of one of the servers.</remarks>
    public async ValueTask<DateTimeOffset> GetServerTimeAsync(CancellationToken cancellationToken = default)
    {
        using var call = await _connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        return await call.GetTimeAsync(cancellationToken).ConfigureAwait(false);
    }

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
        => [.. (await InspectAsync(cancellationToken).ConfigureAwait(false)).Select(finding => finding.ToString()), .. _warnings.Known];

    /// <summary>Tells, server by server, of settings under which acknowledged commits can be lost: no append-only file, or one that is not flushed before commits are acknowledged, and eviction.</summary>
    /// <exception cref="StoreUnavailableException">There is no connection.</exception>
    public async Task<IReadOnlyList<Advice>> GetAdviceAsync(CancellationToken cancellationToken = default)
        => [.. (await InspectAsync(cancellationToken).ConfigureAwait(false)).Where(finding => finding.Code is not null).Select(finding => new Advice(finding.Code!, finding.Text, finding.Action ?? ""))];

    /// <summary>Lets calls that were begun end, and closes the connection unless it is the user's own. Calls after this throw <see cref="ObjectDisposedException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await _listenings.DisposeAsync().ConfigureAwait(false);
        if (_hints is not null)
        {
            await _hints.DisposeAsync().ConfigureAwait(false);
        }

        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The <see cref="Description"/>.</summary>
    public override string ToString() => Description;

    private Task<IReadOnlyList<ServerFinding>> InspectAsync(CancellationToken cancellationToken) => new ServerInspection(_connection, TimeProvider.System).InspectAsync(cancellationToken);
}

using Amazon.DynamoDBv2;
using Holdfast.DynamoDb.Bodies;
using Holdfast.DynamoDb.Connecting;
using Holdfast.DynamoDb.Listing;
using Holdfast.DynamoDb.Maintenance;
using Holdfast.DynamoDb.Reading;
using Holdfast.DynamoDb.Rows;
using Holdfast.DynamoDb.Schema;
using Holdfast.DynamoDb.Writing;
using Holdfast.Logs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.DynamoDb;

/// <summary>A log in one table of Amazon DynamoDB, shared by any number of processes.</summary>
/// <remarks>
/// Threads are read with strong consistency; what was acknowledged is there for every process at once. Listings find threads by indexes that lag behind the table for a
/// moment, usually well under a second: they may miss what was written just now, and never have what is gone or old.
/// </remarks>
public sealed class DynamoDbCommitLog : ICommitLog, IGivesAdvice
{
    private readonly IAmazonDynamoDB? _ownClient;
    private readonly string _tableName;
    private readonly Sender _sender;
    private readonly TableSetup _setup;
    private readonly Table _table;
    private readonly Appender _appender;
    private readonly TailReader _tails;
    private readonly PinReader _pins;
    private readonly EntryStream _entries;
    private readonly HeadLister _lister;
    private readonly HeadUpdater _updater;
    private readonly Rewriter _rewriter;
    private readonly Eraser _eraser;
    private readonly TrunkKeeper _trunks;
    private readonly Collector _collector;
    private readonly CollectionSchedule _schedule;
    private int _disposed;

    /// <summary>Makes the log. Nothing is sent until it is used.</summary>
    /// <exception cref="StateConfigurationException">A setting is missing or out of its range.</exception>
    public DynamoDbCommitLog(DynamoDbLogOptions options)
        : this(options, null)
    {
    }

    /// <summary>Makes the log. Nothing is sent until it is used.</summary>
    /// <param name="options">Where and how it stores.</param>
    /// <param name="logger">Where it warns of what no caller is told of: a damaged head that a listing leaves out.</param>
    /// <exception cref="StateConfigurationException">A setting is missing or out of its range.</exception>
    public DynamoDbCommitLog(DynamoDbLogOptions options, ILogger<DynamoDbCommitLog>? logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        options = options.Validated();
        _ownClient = options.Client is null ? options.CreateClient() : null;
        var client = options.Client ?? _ownClient!;
        Description = Describe(options.TableName, client.Config);
        var time = options.TimeProvider;
        _tableName = options.TableName;
        _sender = new(client, options, Description);
        _setup = new(_sender, options);
        _table = new(_sender, _setup, options.TableName);
        var bodies = new BodyStore(_table, time);
        var staged = new StagedBodies(_table);
        var pages = new EntryPages(_table, bodies, staged);
        var remover = new EntryRemover(_table, bodies, time);
        var leftovers = new RewriteLeftovers(_table, bodies, staged);
        _eraser = new(_table, leftovers, remover, time);
        _pins = new(_table, _sender);
        _updater = new(_table, _pins, _sender);
        _rewriter = new(_table, bodies, staged, leftovers, remover, time);
        _trunks = new(_table, _rewriter);
        _collector = new(_table, bodies, _eraser, _rewriter, leftovers, time);
        _schedule = new(_collector, time);
        _appender = new(_table, bodies, _eraser);
        _tails = new(_table, pages, _sender);
        _entries = new(_table, pages, _sender);
        _lister = new(_table, logger ?? NullLogger<DynamoDbCommitLog>.Instance, Description);
    }

    /// <inheritdoc/>
    public LogCapabilities Capabilities => LogCapabilities.Durable | LogCapabilities.MultiProcess;

    /// <inheritdoc/>
    public string Description { get; }

    /// <summary>Tells of a table without point-in-time recovery. It takes the permission <c>DescribeContinuousBackups</c>; without it nothing is told.</summary>
    /// <exception cref="StoreUnavailableException">The service could not be reached.</exception>
    public Task<IReadOnlyList<Advice>> GetAdviceAsync(CancellationToken cancellationToken = default) => RecoveryAdvice.FindAsync(_sender, _tableName, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var result = await _appender.AppendAsync(request, cancellationToken).ConfigureAwait(false);
        if (request.Entry.Body.Length > BodyStore.LargestInItem)
        {
            _schedule.Notice();
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
        return request.WithPins
            ? await _pins.ReadHeadAsync(request.Key, cancellationToken).ConfigureAwait(false)
            : (await _table.GetHeadAsync(request.Key, cancellationToken).ConfigureAwait(false))?.Head;
    }

    /// <inheritdoc/>
    public ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return _lister.ListAsync(query, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="StateTooLargeException">More than 99 pins are added and removed at once.</exception>
    public ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default) => _updater.UpdateAsync(update, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _rewriter.RewriteAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
    {
        EraseRules.Check(request);
        if (request.KeepAsTrunk)
        {
            return await _trunks.KeepAsync(request, cancellationToken).ConfigureAwait(false);
        }

        var done = await _eraser.EraseAsync(request, cancellationToken).ConfigureAwait(false);
        _schedule.Notice();
        return done;
    }

    /// <summary>Removes what crashes have left: chunks of large bodies whose commit never came, and the rest of erases and rewrites that were interrupted.</summary>
    /// <remarks>
    /// It reads only notes of work under way, never the table. It also runs by itself beside erases and the commits of large bodies, at most once an hour; call it from a job where processes
    /// that do these do not live that long. An upload that is younger than <paramref name="olderThan"/> is left alone; one that is older and still under way begins again.
    /// </remarks>
    /// <returns>How many of them were found and brought to their end.</returns>
    /// <exception cref="StoreUnavailableException">DynamoDB could not be reached, refused, or did not answer in time.</exception>
    public async ValueTask<int> CollectOrphansAsync(TimeSpan olderThan, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(olderThan, TimeSpan.Zero);
        return await _collector.CollectAsync(olderThan, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await _schedule.DisposeAsync().ConfigureAwait(false);
            await _sender.CloseAsync().ConfigureAwait(false);
            _setup.Dispose();
            _ownClient?.Dispose();
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Description;

    // An address can hold credentials, so no more than its host and port is told.
    private static string Describe(string table, Amazon.Runtime.IClientConfig config)
    {
        var place = config.ServiceURL is { Length: > 0 } url && Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri.Authority : config.RegionEndpoint?.SystemName;
        return $"DynamoDB table '{table}'{(place is null ? "" : $" at {place}")}";
    }
}

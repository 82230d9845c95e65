using Holdfast.Logs;
using Holdfast.Postgres.Connecting;
using Holdfast.Postgres.Listing;
using Holdfast.Postgres.Maintenance;
using Holdfast.Postgres.Reading;
using Holdfast.Postgres.Rows;
using Holdfast.Postgres.Writing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Holdfast.Postgres;

/// <summary>A log in PostgreSQL: durable, and shared by any number of processes and machines.</summary>
/// <remarks>
/// <para>
/// Appends that come while others are being written share the next statement, and so its transaction and its flush to the disk. A caller that comes alone
/// writes at once. Nothing is kept in a session, so that a transaction-mode pooler may stand between.
/// </para>
/// <para>
/// The schema is made ready with the first call (or by <see cref="OpenAsync(PostgresLogOptions, CancellationToken)"/>); a failure is reported by that call, and
/// the next one tries again. An append that is acknowledged is as durable as the server's <c>synchronous_commit</c> makes it.
/// </para>
/// </remarks>
public sealed class PostgresCommitLog : ICommitLog, IGivesAdvice, IServerClock, ICommitHints
{
    private readonly Database _database;
    private readonly AppendQueue _appends;
    private readonly HeadLookup _heads;
    private readonly TailQuery _tails;
    private readonly EntryChunks _chunks;
    private readonly HeadStatement _updates;
    private readonly ThreadErasure _erasure;
    private readonly ILogger _logger;
    private readonly HintChannel _channel;
    private readonly HintSender? _hints;
    private readonly HintListenings _listenings = new();
    private int _hasWarned;
    private volatile bool _isClosed;

    /// <summary>Makes a log that connects with the first call.</summary>
    /// <exception cref="StateConfigurationException">An option is missing or out of its range.</exception>
    public PostgresCommitLog(PostgresLogOptions options)
        : this(options, null)
    {
    }

    /// <summary>Makes a log that connects with the first call.</summary>
    /// <param name="options">Where and how it stores.</param>
    /// <param name="logger">Where it warns of what no caller is told of: a damaged head that a listing leaves out.</param>
    /// <exception cref="StateConfigurationException">An option is missing or out of its range.</exception>
    public PostgresCommitLog(PostgresLogOptions options, ILogger<PostgresCommitLog>? logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _database = new(options);
        _logger = logger ?? NullLogger<PostgresCommitLog>.Instance;
        _appends = new(_database);
        _heads = new(_database);
        _tails = new(_database);
        _chunks = new(_database);
        _updates = new(_database, _heads);
        _erasure = new(_database);
        _channel = new(_database);
        _hints = options.CommitHints ? new(_channel.SendAsync) : null;
    }

    /// <inheritdoc/>
    public LogCapabilities Capabilities => LogCapabilities.Durable | LogCapabilities.MultiProcess | LogCapabilities.Remote;

    /// <inheritdoc/>
    public string Description => _database.Target.ToString();

    /// <summary>Opens a log at a connection string or URL, whose schema is created or brought up to date.</summary>
    /// <inheritdoc cref="OpenAsync(PostgresLogOptions, CancellationToken)"/>
    public static Task<PostgresCommitLog> OpenAsync(string connectionString, CancellationToken cancellationToken = default)
        => OpenAsync(new PostgresLogOptions { ConnectionString = connectionString }, cancellationToken);

    /// <summary>Opens a log, whose schema is created, brought up to date or checked.</summary>
    /// <exception cref="StateConfigurationException">An option is missing or out of its range, or the schema is not as <see cref="PostgresLogOptions.SchemaMode"/> demands.</exception>
    /// <exception cref="UnknownFormatException">A newer version of Holdfast made the schema.</exception>
    /// <exception cref="StoreUnavailableException">The server could not be reached, refused, or did not answer in time.</exception>
    public static async Task<PostgresCommitLog> OpenAsync(PostgresLogOptions options, CancellationToken cancellationToken = default)
    {
        var log = new PostgresCommitLog(options);
        try
        {
            await log.EnsureReadyAsync(cancellationToken).ConfigureAwait(false);
            return log;
        }
        catch
        {
            await log.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Tells of a server that acknowledges commits before they are on its disk, and of prepared statements behind a pooler.</summary>
    /// <exception cref="StoreUnavailableException">The server could not be asked.</exception>
    public Task<IReadOnlyList<Advice>> GetAdviceAsync(CancellationToken cancellationToken = default) => new ServerAdvice(_database).FindAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        await EnsureReadyAsync(cancellationToken).ConfigureAwait(false);
        var result = await _appends.AppendAsync(request, cancellationToken).ConfigureAwait(false);
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
        return RunAsync((connection, token) => _tails.RunAsync(connection, request, token), $"Reading the end of thread '{request.Key}'", cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _chunks.ReadAsync(request, () => ObjectDisposedException.ThrowIf(_isClosed, this), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return RunAsync((connection, token) => _heads.RunAsync(connection, request, token), $"Reading the head of thread '{request.Key}'", cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var listing = HeadListing.For(query, _database.Target.QuotedSchema);
        return StorableText.Is(query.Filter.UserId) && StorableText.Is(query.Filter.Agent) && StorableText.Is(query.Tenant) && query.Terms.All(StorableText.Is)
            ? ListAsync(listing, StrayRows.AreToldBy(query), cancellationToken)
            : new(new HeadPage([], null));
    }

    /// <inheritdoc/>
    public async ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
    {
        HeadRules.Check(update);
        ObjectDisposedException.ThrowIf(_isClosed, this);
        if (update.ChangesPins)
        {
            return await ChangeAsync((change, token) => HeadChange.RunAsync(change, update, token), update.Key, $"Changing the head of thread '{update.Key}'", cancellationToken).ConfigureAwait(false);
        }

        var head = await _updates.RunAsync(update, cancellationToken).ConfigureAwait(false);
        if (update.MovesRevision)
        {
            _hints?.Add(update.Key);
        }

        return head;
    }

    /// <inheritdoc/>
    public ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return ChangeAsync((change, token) => ThreadRewrite.RunAsync(change, request, token), request.Key, $"Rewriting thread '{request.Key}'", cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
    {
        EraseRules.Check(request);
        return ChangeAsync((change, token) => _erasure.RunAsync(change, request, token), request.Key, $"Erasing thread '{request.Key}'", cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<DateTimeOffset> GetServerTimeAsync(CancellationToken cancellationToken = default)
        => RunAsync((connection, token) => ServerClock.ReadAsync(_database, connection, token), "Asking for the time", cancellationToken);

    /// <inheritdoc/>
    /// <remarks>By LISTEN on a connection of its own. With <see cref="PostgresLogOptions.CommitHints"/> off, or a pooler before the server, nothing is told.</remarks>
    public IHintSubscription Listen(IHintListener listener) => _listenings.Start(listener, ListenAsync);

    /// <summary>Lets appends that were accepted be finished, and closes the connections that the log has made. Calls after this throw <see cref="ObjectDisposedException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        _isClosed = true;
        await _listenings.DisposeAsync().ConfigureAwait(false);
        if (_hints is not null)
        {
            await _hints.DisposeAsync().ConfigureAwait(false);
        }

        await _appends.CloseAsync().ConfigureAwait(false);
        await _database.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override string ToString() => Description;

    /// <summary>Makes the schema ready, as the first call would.</summary>
    internal ValueTask EnsureReadyAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        return _database.EnsureReadyAsync(cancellationToken);
    }

    private async Task ListenAsync(HintListening listening, CancellationToken stop)
    {
        if (_hints is null)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop).ConfigureAwait(false);
        }

        try
        {
            await _channel.ListenAsync(listening, stop).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (OperationCanceledException or ObjectDisposedException))
        {
            // Once, and whenever it ends after it had worked.
            if (!listening.IsLive && Interlocked.Exchange(ref _hasWarned, 1) == 1)
            {
                throw;
            }

            PostgresLogMessages.NotListening(_logger, Description, e);
            throw;
        }
    }

    private async ValueTask<HeadPage> ListAsync(HeadListing listing, bool tellsOfStrays, CancellationToken cancellationToken)
    {
        var listed = await RunAsync((connection, token) => listing.ReadAsync(_database, connection, token), "Listing threads", cancellationToken).ConfigureAwait(false);
        var strays = tellsOfStrays ? await RunAsync((connection, token) => StrayRows.FindAsync(_database, connection, token), "Listing threads", cancellationToken).ConfigureAwait(false) : [];
        List<(string Name, AgentStateException Problem)> damaged = [.. listed.Damaged, .. strays];
        foreach (var (thread, _) in damaged)
        {
            PostgresLogMessages.DamagedHeadLeftOut(_logger, thread, Description);
        }

        return listed.Page with { LeftOut = [.. damaged.Select(thread => thread.Problem)] };
    }

    private ValueTask<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> read, string what, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        return _database.RunAsync(read, what, cancellationToken);
    }

    private async ValueTask<T?> ChangeAsync<T>(
        Func<ChangeTransaction, CancellationToken, Task<T?>> change, ThreadKey key, string what, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        var changed = await ChangeTransaction.RunAsync(_database, what, change, cancellationToken).ConfigureAwait(false);
        _hints?.Add(key);
        return changed;
    }
}

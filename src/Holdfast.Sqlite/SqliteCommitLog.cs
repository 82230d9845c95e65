using System.Runtime.CompilerServices;
using Holdfast.Logs;
using Holdfast.Sqlite.Connecting;
using Holdfast.Sqlite.Listing;
using Holdfast.Sqlite.Maintenance;
using Holdfast.Sqlite.Reading;
using Holdfast.Sqlite.Writing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Sqlite;

/// <summary>A log in a SQLite file: durable, and shared by any number of processes of one machine.</summary>
/// <remarks>
/// <para>
/// Appends that come while others are being written share the next transaction, and so its flush to the disk. A caller that comes alone writes at
/// once, on its own thread; reads run on the thread of the caller too. Readers never wait for writers, nor writers for readers.
/// </para>
/// <para>
/// The file is opened with the first call; a failure is reported by that call, and the next one tries again. Logs of one process that have the same
/// path, durability and busy time-out share the open file, so that another log of a file in use costs nothing.
/// </para>
/// </remarks>
public sealed class SqliteCommitLog : ICommitLog, IReportsWarnings, IGivesAdvice, ICommitHints
{
    /// <summary>How many entries the first piece of a reading has at most: who wants the last messages takes no more. Each piece may have twice as many as the one before.</summary>
    private const int FirstChunk = 16;
    private const int LargestChunk = 256;

    private readonly SqliteLogOptions _options;
    private readonly ILogger _logger;
    private readonly CallCount _writes = new();
    private readonly HintListenings _listenings = new();
    private readonly SemaphoreSlim _opening = new(1, 1);
    private volatile OpenDatabase? _database;
    private volatile bool _isClosed;

    /// <summary>Makes a log that opens its file with the first call.</summary>
    /// <exception cref="StateConfigurationException">An option is missing or out of its range.</exception>
    public SqliteCommitLog(SqliteLogOptions options)
        : this(options, NullLogger<SqliteCommitLog>.Instance)
    {
    }

    /// <summary>Makes a log that opens its file with the first call.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="logger">What the log reports damaged threads to that a listing leaves out.</param>
    /// <exception cref="StateConfigurationException">An option is missing or out of its range.</exception>
    public SqliteCommitLog(SqliteLogOptions options, ILogger<SqliteCommitLog> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logger);
        _logger = logger;
        _options = options.Validated();
    }

    /// <summary>The version of SQLite that this process uses, such as <c>3.53.3</c>: the one that comes with the package, unless the application has set a provider of its own.</summary>
    public static string NativeVersion => SqliteLibrary.Version;

    /// <inheritdoc/>
    public LogCapabilities Capabilities => LogCapabilities.Durable | LogCapabilities.MultiProcess;

    /// <inheritdoc/>
    public string Description => $"sqlite {_options.DataSource} (SQLite {NativeVersion}, WAL, synchronous={_options.Durability.ToString().ToUpperInvariant()})";

    /// <summary>Opens the log in the file at a path, which is created if it is not there.</summary>
    /// <param name="path">The path, or a connection string or URL as <see cref="SqliteLogOptions.DataSource"/> takes it.</param>
    /// <param name="cancellationToken">Ends waiting for other processes.</param>
    /// <exception cref="ArgumentNullException">The path is null.</exception>
    /// <exception cref="StateConfigurationException">The path is empty, or the file belongs to another application.</exception>
    /// <exception cref="UnknownFormatException">A newer version of Holdfast made the file.</exception>
    /// <exception cref="CorruptStateException">The file is not a database, or is damaged.</exception>
    /// <exception cref="StoreUnavailableException">The file cannot be opened, or other processes hold its lock for too long.</exception>
    public static Task<SqliteCommitLog> OpenAsync(string path, CancellationToken cancellationToken = default)
        => OpenAsync(new SqliteLogOptions { DataSource = SqliteLocation.NotNull(path, $"{nameof(SqliteCommitLog)}.{nameof(OpenAsync)}", nameof(path)) }, cancellationToken);

    /// <summary>Opens a log.</summary>
    /// <exception cref="StateConfigurationException">An option is missing or out of its range, or the file is not as <see cref="SqliteLogOptions.SchemaMode"/> demands.</exception>
    /// <exception cref="UnknownFormatException">A newer version of Holdfast made the file.</exception>
    /// <exception cref="CorruptStateException">The file is not a database, or is damaged.</exception>
    /// <exception cref="StoreUnavailableException">The file cannot be opened, or other processes hold its lock for too long.</exception>
    public static async Task<SqliteCommitLog> OpenAsync(SqliteLogOptions options, CancellationToken cancellationToken = default)
    {
        var log = new SqliteCommitLog(options);
        try
        {
            _ = await log.OpenedAsync(cancellationToken).ConfigureAwait(false);
            return log;
        }
        catch
        {
            await log.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        AppendRules.Check(request);
        return WriteAsync(new AppendWrite(request), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return ReadAsync(request, static (reader, request) => reader.Tail(request), cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        long? number = null;
        for (var (rest, most) = (request, FirstChunk); ; most = Math.Min(most * 2, LargestChunk))
        {
            // No transaction stays open between two chunks: it would keep the write-ahead log from being reused for as long as the caller takes.
            if (await ReadAsync((rest, number, most), static (reader, of) => reader.Chunk(of.rest, of.number, of.most), cancellationToken).ConfigureAwait(false) is not { } chunk)
            {
                yield break;
            }

            foreach (var entry in chunk.Entries)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return entry;
            }

            if (chunk.IsLast)
            {
                if (chunk.Damage is not null)
                {
                    throw chunk.Damage;
                }

                yield break;
            }

            number = chunk.Number;
            rest = rest.Direction == ReadDirection.Forward ? rest with { From = chunk.Entries[^1].Version + 1 } : rest with { To = chunk.Entries[^1].Version - 1 };
        }
    }

    /// <inheritdoc/>
    public ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return ReadAsync(request, static (reader, request) => reader.Head(request), cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>A thread that cannot be read is left out, with a warning to the logger; reading it reports the damage.</remarks>
    public async ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var leftOut = new List<AgentStateException>();
        var page = await ReadAsync((query, leftOut), static (reader, of) => HeadListing.Page(reader, of.query, of.leftOut), cancellationToken).ConfigureAwait(false);
        foreach (var problem in leftOut)
        {
            SqliteLogMessages.LeftOut(_logger, Description, problem.Message);
        }

        return page with { LeftOut = leftOut };
    }

    /// <inheritdoc/>
    public ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
    {
        HeadRules.Check(update);
        return WriteAsync(new HeadUpdateWrite(update), cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>Bodies that are replaced are overwritten in the file. The write-ahead log, which has them still, is emptied too, unless somebody else uses the file at that moment.</remarks>
    public async ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var isDone = await WriteAsync(new RewriteWrite(request), cancellationToken).ConfigureAwait(false);
        if (isDone && request.Replacements.Count > 0)
        {
            await TryEmptyLogAsync().ConfigureAwait(false);
        }

        return isDone;
    }

    /// <inheritdoc/>
    public ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
    {
        EraseRules.Check(request);
        return WriteAsync(new EraseWrite(request), cancellationToken);
    }

    /// <summary>Tells whether what is acknowledged outlives a loss of power, and looks through the whole file for damage.</summary>
    /// <remarks>Takes as long as reading the file. Of each index it is checked that it leads to each row.</remarks>
    /// <exception cref="CorruptStateException">The file is damaged.</exception>
    /// <exception cref="StoreUnavailableException">The file could not be read.</exception>
    public async Task<IReadOnlyList<string>> GetWarningsAsync(CancellationToken cancellationToken = default)
    {
        var problems = await ReadAsync(0, static (reader, _) => reader.FindProblems(), cancellationToken).ConfigureAwait(false);
        if (problems.Count > 0)
        {
            throw new CorruptStateException(
                $"The database file '{_options.DataSource}' is damaged: {string.Join("; ", problems)}. Keep a copy of it and restore a backup; " +
                "if all of this is about indexes, the statement REINDEX of the sqlite3 shell makes them anew from the rows.");
        }

        return _options.Durability == SqliteDurability.Full
            ? []
            : ["Durability is Normal: a crash of the operating system or a loss of power can take the newest acknowledged commits away."];
    }

    /// <summary>Tells of a file that is on a network file system.</summary>
    public Task<IReadOnlyList<Advice>> GetAdviceAsync(CancellationToken cancellationToken = default)
        => Task.FromResult(NetworkDrives.Advise(Path.GetDirectoryName(Path.GetFullPath(SqliteLocation.Parse(_options.DataSource).Path))!, "The database file"));

    /// <inheritdoc/>
    /// <remarks>A connection of its own asks every 20 milliseconds, within the memory that processes share, whether anything was committed.</remarks>
    public IHintSubscription Listen(IHintListener listener)
        => _listenings.Start(listener, async (listening, stop) => await (await OpenedAsync(stop).ConfigureAwait(false)).ListenAsync(listening, stop).ConfigureAwait(false));

    /// <summary>Lets writes that were begun be finished, and closes the file, unless other logs of this process use it. Calls after this throw <see cref="ObjectDisposedException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        _isClosed = true;
        await _listenings.DisposeAsync().ConfigureAwait(false);
        await _writes.WhenNoneAsync().ConfigureAwait(false);
        await _opening.WaitAsync().ConfigureAwait(false);
        var (database, _) = (_database, _database = null);
        _opening.Release();
        if (database is not null)
        {
            await database.LeaveAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<T> WriteAsync<T>(PendingWrite<T> write, CancellationToken cancellationToken)
    {
        _writes.Begin();
        try
        {
            var database = await OpenedAsync(cancellationToken).ConfigureAwait(false);
            return await database.Writes.SubmitAsync(write, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _writes.End();
        }
    }

    private async ValueTask TryEmptyLogAsync()
    {
        try
        {
            _ = await ReadAsync(_options.BusyTimeout, static (reader, usual) => reader.Connection.TryEmptyLog(usual), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AgentStateException or ObjectDisposedException)
        {
            // What was asked for is written. The next rewrite, or the close of the file, empties it.
        }
    }

    private async ValueTask<TResult> ReadAsync<TArgument, TResult>(
        TArgument argument, Func<ReaderConnection, TArgument, TResult> read, CancellationToken cancellationToken)
    {
        var database = await OpenedAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return database.Readers.Read(argument, read);
        }
        catch (SqliteFailure e)
        {
            throw SqliteErrors.Translate(e, _options.DataSource);
        }
    }

    private ValueTask<OpenDatabase> OpenedAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        cancellationToken.ThrowIfCancellationRequested();
        return _database is { } database ? new(database) : new(OpenDatabaseAsync(cancellationToken));
    }

    private async Task<OpenDatabase> OpenDatabaseAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return _database ??= await OpenDatabase.OpenAsync(_options, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _opening.Release();
        }
    }
}

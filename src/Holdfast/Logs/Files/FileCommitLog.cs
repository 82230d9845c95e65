using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Logs;

/// <summary>A log in plain files: one directory, one file for each thread, one line of JSON for each commit.</summary>
/// <remarks>
/// <para>
/// A file can be read with <c>tail -f</c> and <c>jq</c>. Every line is closed by a checksum. A last line that a crash cut off was never
/// confirmed: readers leave it out and the next append cuts it off. All other damage is a <see cref="CorruptStateException"/>; the damaged
/// file stays as it is, nothing is appended to it, and a copy is put into <c>@quarantine</c> below the directory. Versions before the
/// damage, and after it, can still be read.
/// </para>
/// <para>
/// Several processes, and several instances in one process, may use the same directory on a local file system.
/// Reads take no locks. Writers hold the lock of the directory that the thread's file is in: one of 256 for each tenant of a space.
/// Files are written on the caller's thread.
/// </para>
/// <para>
/// Listings are answered from an index that is a cache of the newest lines: without it they are read again. The first page looks at the length and
/// time of every file of the tenant; the pages after it, for five seconds, only at those of the threads that they return. The heads of the tenants
/// that were listed stay in memory. A damaged thread is listed as far as it can be read; one whose file cannot be opened is left out, with a warning in the log.
/// </para>
/// </remarks>
public sealed partial class FileCommitLog : ICommitLog, IGivesAdvice, ICommitHints
{
    /// <summary>The largest body; a line must fit into one array, also when it is written as base64.</summary>
    private const int LargestBody = 512 * 1024 * 1024;

    private readonly RootDirectory _root;
    private readonly TimeProvider _timeProvider;
    private readonly FileStates _states = new(new());
    private readonly ILogger _logger;
    private readonly FileDurability _durability;
    private readonly ShardLocks _locks;
    private readonly FileIndex _index;
    private readonly Func<ThreadKey, FileState?> _indexed;
    private readonly Quarantine _quarantine;
    private readonly ThreadFileWriter _writer;
    private readonly HintListenings _listenings = new();
    private volatile bool _isDisposed;

    /// <summary>Makes a log over a directory. Nothing is read or written until the log is used.</summary>
    /// <exception cref="StateConfigurationException">A setting is missing or out of its range.</exception>
    public FileCommitLog(FileLogOptions options)
        : this(options, null)
    {
    }

    /// <summary>Makes a log over a directory. Nothing is read or written until the log is used.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="logger">Told of files that cannot be read, and of what is cut off; null for nobody.</param>
    /// <exception cref="StateConfigurationException">A setting is missing or out of its range.</exception>
    public FileCommitLog(FileLogOptions options, ILogger<FileCommitLog>? logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Directory));
        _root = new(directory);
        _timeProvider = options.TimeProvider;
        _durability = new(directory, options);
        _locks = new(options.LockTimeout, TemporaryFiles.Remove);
        _logger = logger ?? NullLogger<FileCommitLog>.Instance;
        _index = new(_root, _locks, _states, _timeProvider, _logger);
        _indexed = _index.Find;
        _quarantine = new(_root);
        _writer = new(_durability, _states, _quarantine, _logger);
        Description = $"files in {directory} (fsync: {options.FsyncText})";
    }

    /// <inheritdoc/>
    public LogCapabilities Capabilities => LogCapabilities.Durable | LogCapabilities.MultiProcess;

    /// <inheritdoc/>
    public string Description { get; }

    /// <summary>How many bytes of threads' files were read so far.</summary>
    internal long BytesRead => _root.BytesRead;

    internal FileDurability Durability => _durability;

    /// <inheritdoc/>
    /// <remarks>By what the operating system tells of changed files: for each directory a watch of its own, of which there are 256 for each tenant. Where it tells nothing, as on a network, those who wait look for themselves.</remarks>
    public IHintSubscription Listen(IHintListener listener) => _listenings.Start(listener, (listening, stop) => FileHints.ListenAsync(_root.Path, listening, stop));

    /// <summary>Tells of a directory that is on a network file system.</summary>
    public Task<IReadOnlyList<Advice>> GetAdviceAsync(CancellationToken cancellationToken = default) => Task.FromResult(NetworkDrives.Advise(_root.Path, "The directory of the threads"));

    /// <summary>Brings to the disk what an interval has not yet, and saves the index.</summary>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await _listenings.DisposeAsync().ConfigureAwait(false);
        await _durability.DisposeAsync().ConfigureAwait(false);
        _index.SaveAll();
    }

    /// <summary>Does something to a thread under its lock.</summary>
    /// <param name="place">Where the thread is.</param>
    /// <param name="create">Whether the directory is made if it is not there; otherwise there is no such thread.</param>
    /// <param name="action">What to do.</param>
    /// <param name="cancellationToken">Cancels the wait for the lock.</param>
    private async ValueTask<T?> WithLockAsync<T>(FilePlace place, bool create, Func<T> action, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            using var held = await EnterAsync(place, create, cancellationToken).ConfigureAwait(false);
            return held is null ? default : WithDamageReported(place, action);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _states.Remove(place.Key);
            _durability.ForgetDirectories();
            throw Unavailable(place, e);
        }
    }

    private T WithDamageReported<T>(FilePlace place, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (FileDamageException e)
        {
            if (!e.IsCut)
            {
                _states.Remove(place.Key);
            }

            var copy = _quarantine.Keep(place);
            var where = copy is null ? "it could not be copied for safety" : $"a copy is kept as '{copy}'";
            throw new CorruptStateException(place.Key, e.Version, $"{e.Message} (file '{place.Path}'; {where}). {Remedy(e)}", e);
        }
    }

    // Null if there is no directory for the thread, so that there is no thread.
    private async ValueTask<ShardLocks.Held?> EnterAsync(FilePlace place, bool create, CancellationToken cancellationToken)
    {
        _root.Recognize();
        if (create && !_durability.HasMade(place.Directory))
        {
            _root.Make(_durability);
            _durability.Make(place.Directory);
        }

        try
        {
            return await _locks.EnterAsync(place.Shard, cancellationToken).ConfigureAwait(false);
        }
        catch (DirectoryNotFoundException) when (!create)
        {
            _root.ThrowIfGone();
            return null;
        }
    }

    /// <summary>Reads without a lock. Damage may be an illusion (the file changed while it was read), so it is looked at again under the lock.</summary>
    private async ValueTask<T?> LookAsync<T>(FilePlace place, Func<T?> read, CancellationToken cancellationToken)
        where T : class
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return read();
        }
        catch (FileDamageException)
        {
            return await WithLockAsync(place, create: false, read, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(place, e);
        }
    }

    private FileState? Current(FileSource? source, FilePlace place) => _states.Current(source, place.Key, _indexed);

    private static string Remedy(FileDamageException damage) => damage.IsCut
        ? "Move a backup of the file into its place. To continue with what is left instead, replace the file by a copy of itself: copy it, then rename the copy."
        : "Move a backup of the file into its place, or repair it.";

    internal static StoreUnavailableException Unavailable(FilePlace place, Exception e, bool outcomeUnknown = false)
        => new($"The file '{place.Path}' could not be used: {e.Message}", e, outcomeUnknown);
}

using Holdfast.Logs;
using Microsoft.Extensions.Logging;

namespace Holdfast;

/// <summary>What a store, its views, handles and sessions share.</summary>
internal sealed record StoreContext
{
    private static readonly ThreadKey Probe = ThreadKey.Of("$health", ThreadId.Parse("probe"));

    private readonly ICommitLog _resilient;
    private readonly ICommitLog _signaling;
    private readonly StoreLife _life = new();
    private readonly ServerTime? _serverTime;

    /// <param name="log">The log.</param>
    /// <param name="options">The settings.</param>
    /// <param name="logger">What is logged to.</param>
    /// <param name="wrap">What lies between the log, with retries, and all who call it; null for nothing.</param>
    public StoreContext(ICommitLog log, AgentStateOptions options, ILogger logger, Func<ICommitLog, ICommitLog>? wrap = null)
    {
        (Log, Options, Logger) = (log, options, logger);
        _resilient = log.Capabilities.HasFlag(LogCapabilities.Remote) && options.Retry.MaxRetries > 0 ? new RetryingLog(log, options.Retry, logger) : log;
        _serverTime = options.TimeProvider == TimeProvider.System && _resilient.GetService<IServerClock>() is { } clock ? new(clock) : null;
        Signals = new(log);
        _signaling = Signals.Over(wrap?.Invoke(_resilient) ?? _resilient);
        View = new(_signaling, null);
        (Expiry, Visibility) = (options.Expiry, options.Visibility);
    }

    /// <summary>The log as it was given.</summary>
    public ICommitLog Log { get; }

    public AgentStateOptions Options { get; }

    public ILogger Logger { get; }

    /// <summary>How bodies are made into what is stored, and opened.</summary>
    public BodyPipeline Bodies { get; } = new();

    /// <summary>In this process, those who rebase onto the same thread do so one after the other.</summary>
    public KeyedLock Rebases { get; } = new();

    /// <summary>In this process, those who update the same thread do so one after the other.</summary>
    public KeyedLock Updates { get; } = new();

    /// <summary>In this process, those who recover the same thread do so one after the other.</summary>
    public KeyedLock Recoveries { get; } = new();

    /// <summary>What is done about a damaged thread that is opened; null where the damage is told.</summary>
    public IAutomaticRecovery? OnCorrupt { get; init; }

    /// <summary>Whether threads without an owner were begun.</summary>
    public OwnerlessThreads Ownerless { get; } = new();

    /// <summary>What this process has seen of leases.</summary>
    public LeaseWatch Leases { get; } = new();

    /// <summary>Wakes those who wait for commits.</summary>
    public CommitSignals Signals { get; }

    /// <summary>The turns that run in this process.</summary>
    public StopSignals Stops { get; } = new();

    /// <summary>Pages of idempotency keys that this process has read.</summary>
    public PageCache KeyPages { get; } = new();

    public TimeProvider Time => Options.TimeProvider;

    /// <inheritdoc cref="AgentStateOptions.Backoff"/>
    public Backoff Backoff => Options.Backoff;

    public ExpiryPolicy Expiry { get; private init; }

    public VisibilityPolicy Visibility { get; private init; }

    /// <summary>The user whose view this is; null for that of everybody.</summary>
    public string? User => View.User;

    /// <summary>How a view of the store calls the log: it sees what it may see; where the log is reached over a network, with retries.</summary>
    /// <exception cref="ObjectDisposedException">The store was disposed of.</exception>
    public ICommitLog Calls
    {
        get
        {
            RefuseIfClosed();
            return View;
        }
    }

    /// <summary>The log with retries, and with threads that no view shows: those that are still being copied, or forked.</summary>
    /// <exception cref="ObjectDisposedException">The store was disposed of.</exception>
    public ICommitLog Unguarded
    {
        get
        {
            RefuseIfClosed();
            return _signaling;
        }
    }

    /// <summary>How often an update sends its commit while it is not known what came of it.</summary>
    public int SettlingAttempts => ReferenceEquals(_resilient, Log) ? 4 : 1;

    /// <summary>The current time of this process, to the millisecond, as it is stored.</summary>
    public DateTimeOffset Now => ToMillisecond(Time.GetUtcNow());

    /// <summary>Whether <see cref="KnownNow"/> is what <see cref="NowAsync"/> would say.</summary>
    public bool KnowsTime => _serverTime is null || _serverTime.Known is not null;

    /// <summary>The time by which expiry is judged, as far as it is known without asking the server.</summary>
    public DateTimeOffset KnownNow => _serverTime?.Known is { } offset ? ToMillisecond(Time.GetUtcNow() + offset) : Now;

    /// <summary>The thread whose children those become that begin; null for none.</summary>
    public ThreadId? Parent { get; init; }

    private ViewLog View { get; init; }

    /// <summary>The time by which expiry is judged: the server's where it has a clock, so that it does not matter which machine asks.</summary>
    public async ValueTask<DateTimeOffset> NowAsync(CancellationToken cancellationToken)
        => _serverTime is null ? Now : ToMillisecond(Time.GetUtcNow() + await _serverTime.OffsetAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>Whether a thread is there for those who do not ask for deleted or expired ones.</summary>
    public async ValueTask<bool> IsVisibleAsync(ThreadHead head, CancellationToken cancellationToken)
        => head.DeletedAt is null && (head.ExpiresAt is null || !head.IsExpired(await NowAsync(cancellationToken).ConfigureAwait(false)));

    /// <summary>The commits of a thread, with those that it shows of the threads it was forked from. Whoever sees the thread may read these.</summary>
    public ThreadEntries EntriesOf(ThreadKey key, ThreadHead? head, ThreadState state) => new(Calls, Unguarded, Bodies, key, head, LostPast.LeftOf(head, state.Origins));

    /// <summary>Whether a thread that looked free belongs to somebody else: in a user's view an id that others have looks free, and stays taken however often one tries.</summary>
    /// <param name="version">The version that the thread was read at.</param>
    /// <param name="attempt">How often it was tried.</param>
    public bool IsTaken(long version, int attempt) => User is not null && version == 0 && attempt > 1;

    /// <summary>Asks the log, once, for a thread that is not there.</summary>
    /// <exception cref="StoreUnavailableException">It does not answer.</exception>
    public async ValueTask ProbeAsync(CancellationToken cancellationToken) => await Log.GetHeadAsync(Probe, cancellationToken).ConfigureAwait(false);

    /// <summary>For the threads that hold the variables of users and of the application: they do not expire with a conversation.</summary>
    public StoreContext ForVariables() => this with { Expiry = ExpiryPolicy.Never, Visibility = new(), Parent = null };

    /// <summary>The same, with another policy for how long threads live.</summary>
    public StoreContext WithExpiry(ExpiryPolicy expiry) => this with { Expiry = expiry };

    /// <summary>What a user may see and change.</summary>
    public StoreContext ForUser(string user) => this with { View = new(_signaling, user) };

    /// <summary>The same, not limited to what a user may see.</summary>
    public StoreContext ForEverybody() => this with { View = new(_signaling, null) };

    /// <summary>Lets no call through any more, neither of the store nor of its sessions and views.</summary>
    /// <param name="store">The store, which later errors name.</param>
    public void Close(object store)
    {
        _life.Closed = store;
        Signals.Close();
    }

    private void RefuseIfClosed()
    {
        if (_life.Closed is { } store)
        {
            ObjectDisposedException.ThrowIf(true, store);
        }
    }

    private static DateTimeOffset ToMillisecond(DateTimeOffset now) => new(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);

    // One for all copies of the context.
    private sealed class StoreLife
    {
        private volatile object? _closed;

        public object? Closed
        {
            get => _closed;
            set => _closed = value;
        }
    }
}

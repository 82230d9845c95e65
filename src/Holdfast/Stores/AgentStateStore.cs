using System.Diagnostics;
using System.Runtime.CompilerServices;
using Holdfast.Logs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast;

/// <summary>The durable, versioned state of agents: the entry point of Holdfast, over one log.</summary>
/// <remarks>Thread safe; made once and shared.</remarks>
public sealed partial class AgentStateStore : IAsyncDisposable, IDisposable
{
    private readonly StoreContext _context;
    private readonly bool _ownsLog;

    /// <summary>Makes a store over a log; disposing of the store disposes of the log.</summary>
    /// <param name="log">Where the commits are stored, such as an <see cref="InMemoryCommitLog"/>.</param>
    /// <param name="options">The settings; null for the defaults. They are copied: changing the object later changes nothing.</param>
    /// <param name="logger">What the store logs to; null for nothing.</param>
    /// <exception cref="StateConfigurationException">A setting is missing or out of its range.</exception>
    public AgentStateStore(ICommitLog log, AgentStateOptions? options = null, ILogger<AgentStateStore>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(log);
        options ??= new();
        options.Validate();
        var settings = options.Snapshot();
        _context = ArchivedLog.Over(log, settings, logger ?? NullLogger<AgentStateStore>.Instance) with { OnCorrupt = AutomaticRecovery.Of(settings) };
        _ownsLog = true;
    }

    private AgentStateStore(StoreContext context, string tenant) => (_context, Tenant) = (context, ThreadKey.CheckTenant(tenant));

    /// <summary>The tenant whose threads this store shows; empty for the default tenant.</summary>
    public string Tenant { get; } = "";

    /// <summary>The user whose view this is (<see cref="ForUser"/>); null if the store is not limited to one user.</summary>
    public string? UserId => _context.User;

    /// <summary>The log below the store. Through a user's view it shows what that user owns.</summary>
    public ICommitLog CommitLog => _context.User is null ? _context.Log : _context.Calls;

    internal StoreContext Context => _context;

    /// <summary>The current time of the store.</summary>
    internal TimeProvider Time => _context.Time;

    internal ILogger Logger => _context.Logger;

    /// <summary>A view of the same store for another tenant: threads with the same id in two tenants have nothing in common.</summary>
    /// <param name="tenant">1 to 128 bytes of UTF-8 without control characters.</param>
    /// <exception cref="InvalidIdentifierException">The name is empty or cannot be used.</exception>
    public AgentStateStore ForTenant(string tenant)
        => tenant is "" ? throw new InvalidIdentifierException("The tenant cannot be empty. For the default tenant use ForDefaultTenant.") : new(_context, tenant);

    /// <summary>A view of the same store for the default tenant, whose name is empty.</summary>
    public AgentStateStore ForDefaultTenant() => new(_context, "");

    /// <summary>A view of the same store for one user: every call sees only what that user owns.</summary>
    /// <remarks>
    /// <para>
    /// Threads of others, and threads without an owner, do not exist for it: they are not listed, opening one of them begins a new thread, and committing that thread is a
    /// conflict. New threads belong to the user. The only user's variables that it reaches are the user's own. The
    /// variables of the application can be read, but not changed.
    /// </para>
    /// <para>Code that serves the requests of users should use nothing else.</para>
    /// </remarks>
    /// <param name="userId">1 to 512 bytes of UTF-8 without control characters.</param>
    /// <exception cref="InvalidIdentifierException">The id cannot be used.</exception>
    /// <exception cref="ThreadAccessDeniedException">This is the view of another user.</exception>
    public AgentStateStore ForUser(string userId)
    {
        Identifiers.Check(userId, "user id");
        return _context.User is { } user && user != userId
            ? throw new ThreadAccessDeniedException(default, $"This is the view of user '{user}': there is no way from it to that of another user.")
            : new(_context.ForUser(userId), Tenant);
    }

    /// <summary>One thread as a whole: its log, deleting and erasing it, its expiry, its verification. Nothing is read.</summary>
    public ThreadHandle Thread(ThreadId id) => new(_context, KeyOf(id));

    /// <summary>What turns ask people, over all threads of the tenant.</summary>
    public InterruptInbox Interrupts => new(_context, Tenant);

    /// <summary>The threads of the tenant that are held: by turns that run, or by leases that were acquired. Those whose holder died are among them until somebody takes them over.</summary>
    /// <remarks>Reads the index of threads that are due, and each thread that it names.</remarks>
    public IAsyncEnumerable<LeaseInfo> LeasesAsync(CancellationToken cancellationToken = default) => LeaseReading.ListAsync(_context, Tenant, cancellationToken);

    /// <summary>Opens a thread to read and change it. If there is none with this id, a new one begins.</summary>
    /// <remarks>Costs one read. A new thread exists for others once the session is committed.</remarks>
    /// <exception cref="ThreadNotFoundException">The thread was deleted; or there is none, and <see cref="OpenOptions.MustExist"/> is on.</exception>
    /// <exception cref="ThreadExpiredException">The thread has expired, and <see cref="OpenOptions.MustExist"/> is on. Otherwise a new one takes its place.</exception>
    /// <exception cref="ThreadAccessDeniedException">The thread belongs to another user than <see cref="OpenOptions.UserId"/>.</exception>
    /// <exception cref="CorruptStateException">The thread is damaged.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed.</exception>
    public ValueTask<ThreadSession> OpenAsync(ThreadId id, OpenOptions? options = null, CancellationToken cancellationToken = default)
        => SessionOpener.OpenAsync(_context, KeyOf(id), options ?? new(), allowDeleted: false, cancellationToken);

    /// <summary>Reads the whole state of a thread, with every visible message.</summary>
    /// <param name="id">The thread.</param>
    /// <param name="point">The point to read the state at: a version, a time, a label, or commits back; by default the newest version.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The state; null if there is no such thread, or it was deleted or has expired. It is partial if messages were dropped from the thread.</returns>
    /// <exception cref="PointNotFoundException">The thread has no such point.</exception>
    /// <exception cref="HistoryDroppedException">The point was dropped from the thread.</exception>
    /// <exception cref="CorruptStateException">The thread is damaged. Earlier versions that are whole can still be loaded.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed.</exception>
    public ValueTask<AgentState?> LoadAsync(ThreadId id, ThreadPoint point = default, CancellationToken cancellationToken = default)
        => LoadAsync(id, new LoadOptions { Point = point }, cancellationToken);

    /// <summary>Reads the state of a thread, or the part of it that is wanted.</summary>
    /// <param name="id">The thread.</param>
    /// <param name="options">The point, and what is loaded; null for everything at the newest version.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The state; null if there is no such thread, or it was deleted or has expired. One that is partial cannot be saved.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number of messages is negative.</exception>
    /// <exception cref="PointNotFoundException">The thread has no such point.</exception>
    /// <exception cref="HistoryDroppedException">The point was dropped from the thread.</exception>
    /// <exception cref="CorruptStateException">The thread is damaged. Earlier versions that are whole can still be loaded.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed.</exception>
    [OverloadResolutionPriority(1)]
    public ValueTask<AgentState?> LoadAsync(ThreadId id, LoadOptions? options, CancellationToken cancellationToken = default)
        => ThreadLoader.LoadAsync(_context, KeyOf(id), options ?? new(), cancellationToken);

    /// <summary>Stores a whole state: compares it with what is stored and appends, as one commit, only what is different.</summary>
    /// <remarks>
    /// A state that was loaded from this thread is saved only over the version that it was loaded at (<see cref="SaveMode.IfUnchanged"/>), so that nobody's work is lost. A state
    /// without a version (made by hand), or loaded from a thread with another id, replaces what is there (<see cref="SaveMode.Replace"/>).
    /// </remarks>
    /// <inheritdoc cref="SaveAsync(ThreadId, AgentState, SaveMode, CancellationToken)"/>
    public ValueTask<SavedState> SaveAsync(ThreadId id, AgentState state, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        return SaveAsync(id, state, StateSaver.DefaultMode(id, state), cancellationToken);
    }

    /// <summary>Stores a whole state: compares it with what is stored and appends, as one commit, only what is different.</summary>
    /// <remarks>The status is taken as it is, without checking the transition. The owner of a thread stays.</remarks>
    /// <param name="id">The thread; a new one if there is none.</param>
    /// <param name="state">The state.</param>
    /// <param name="mode">Whether what is there may be overwritten.</param>
    /// <param name="cancellationToken">Cancels the save as long as its commit was not sent.</param>
    /// <returns>The state at its new version, ready to be changed and saved again, and the commit.</returns>
    /// <exception cref="CommitConflictException">The mode forbids it: the thread has another version than the state, or exists already. Nothing was written.</exception>
    /// <exception cref="ThreadNotFoundException">The thread was deleted.</exception>
    /// <exception cref="ThreadAccessDeniedException">The thread belongs to another user than the state.</exception>
    /// <exception cref="InvalidStateValueException">The state has a key twice.</exception>
    /// <exception cref="InvalidIdentifierException">A key or a name in the state cannot be used.</exception>
    /// <exception cref="ArgumentException">The state is partial; or <see cref="SaveMode.IfUnchanged"/> is asked for, and the state was loaded from a thread with another id.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed. With <see cref="StoreUnavailableException.OutcomeUnknown"/> the state may yet be stored.</exception>
    public ValueTask<SavedState> SaveAsync(ThreadId id, AgentState state, SaveMode mode, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        return new StateSaver(_context, KeyOf(id)).SaveAsync(state, mode, cancellationToken);
    }

    /// <summary>Lists threads, page after page as they are enumerated.</summary>
    public async IAsyncEnumerable<ThreadInfo> ListAsync(ThreadQuery? query = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        query ??= new();
        do
        {
            var page = await ListPageAsync(query, cancellationToken).ConfigureAwait(false);
            foreach (var thread in page.Threads)
            {
                yield return thread;
            }

            query = query with { Continuation = page.Continuation };
        }
        while (query.Continuation is not null);
    }

    /// <summary>Lists one page of threads.</summary>
    /// <exception cref="ArgumentException">The query is out of range, or its continuation is not one that a listing returned.</exception>
    public async ValueTask<ThreadPage> ListPageAsync(ThreadQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        query.Validate();
        var started = Stopwatch.GetTimestamp();
        var now = await _context.NowAsync(cancellationToken).ConfigureAwait(false);
        var page = await _context.Calls.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = Tenant, Filter = query, AsOf = now }, cancellationToken).ConfigureAwait(false);
        var took = Stopwatch.GetElapsedTime(started);
        Telemetry.Listed(took);
        StoreLog.Listed(Logger, page.Heads.Count, took.TotalMilliseconds);
        return new([.. page.Heads.Select(ThreadInfo.Of)], page.Continuation);
    }

    /// <summary>Tells which threads change from now on.</summary>
    /// <inheritdoc cref="ChangesAsync(ChangesQuery?, CancellationToken)"/>
    public IAsyncEnumerable<ThreadChange> ChangesAsync(CancellationToken cancellationToken = default) => ChangesAsync(null, cancellationToken);

    /// <summary>Tells which threads change, as they do.</summary>
    /// <remarks>
    /// <para>
    /// Each change is told at least once, and within a bounded time (<see cref="ChangesQuery.FullPassInterval"/>) even if clocks and indexes are late; usually at once. Several commits of a thread may be told as
    /// one change, a change may be told twice, and threads come in no particular order: no backend has an order over all threads. Whoever needs each commit exactly once keeps the
    /// <see cref="ThreadInfo.Position"/> up to which a thread was worked off beside what was made of it, and reads on from there with <see cref="ThreadHandle.WatchAsync(ThreadPosition, CancellationToken)"/>.
    /// </para>
    /// <para>
    /// A thread that was erased or has expired cannot be listed, and so is not told of; one that was deleted is. A thread that comes with a time of update more than a day ago, by a copy or an import, is
    /// told of by a feed after <see cref="ChangesPosition.Beginning"/> only. The enumeration never ends by itself.
    /// </para>
    /// </remarks>
    /// <param name="query">Which threads, from where on, and how; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the feed.</param>
    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed for longer than <see cref="ChangesQuery.MaxOutage"/>. A feed after the last position misses nothing.</exception>
    [OverloadResolutionPriority(1)]
    public IAsyncEnumerable<ThreadChange> ChangesAsync(ChangesQuery? query, CancellationToken cancellationToken = default)
    {
        query ??= new();
        query.Validate();
        return ChangeFeed.RunAsync(_context, Tenant, query, cancellationToken);
    }

    /// <summary>Removes for good the threads that have expired and, if <see cref="CleanupOptions.OlderThan"/> is set, those that were not updated for that long.</summary>
    /// <remarks>A thread that is updated or extended meanwhile stays. If forks show a part of a removed thread, that part is kept for them, out of sight, until the last of them is gone.</remarks>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="CleanupOptions.OlderThan"/> is negative.</exception>
    public ValueTask<CleanupResult> CleanupAsync(CleanupOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        options.Validate();
        return new Cleanup(_context, options.AllTenants ? null : Tenant, options).RunAsync(cancellationToken);
    }

    /// <summary>Removes everything of a user for good: the user's threads, all forks of them, the trunks of erased ones, and the user's variables.</summary>
    /// <remarks>
    /// It searches until nothing is found, since indexes may lag. Until it is done, the user cannot begin new threads. If it is cut off, call it again. Only this tenant is
    /// searched, and the variables of the application stay. Backups, and what a backend keeps for a while by itself, are not reached.
    /// </remarks>
    /// <param name="userId">The user.</param>
    /// <param name="dryRun">Whether to count only, and remove nothing.</param>
    /// <param name="cancellationToken">Ends it between two threads.</param>
    /// <exception cref="ThreadAccessDeniedException">This is the view of another user.</exception>
    /// <exception cref="CorruptStateException">The head of one of the threads is damaged; those before it were removed.</exception>
    public ValueTask<EraseUserResult> EraseUserAsync(string userId, bool dryRun = false, CancellationToken cancellationToken = default)
    {
        RefuseOther(Identifiers.Check(userId, "user id"));
        return new UserErasure(_context, Tenant, userId, dryRun).RunAsync(cancellationToken);
    }

    /// <summary>Removes the variables that the threads of a user share, for good; the user's threads stay.</summary>
    /// <returns>Whether there were any.</returns>
    /// <exception cref="ThreadAccessDeniedException">This is the view of another user.</exception>
    /// <exception cref="CorruptStateException">Their head is damaged: recover them first (<see cref="RecoverUserVariablesAsync"/>).</exception>
    public async ValueTask<bool> EraseUserVariablesAsync(string userId, CancellationToken cancellationToken = default)
    {
        RefuseOther(userId);
        var variables = SessionOpener.VariablesOf(Tenant, userId);
        var wereThere = await Erasure.EraseAsync(_context, variables, force: false, cancellationToken).ConfigureAwait(false);
        return await HeldEntries.EraseAsync(_context, variables, cancellationToken).ConfigureAwait(false) || wereThere;
    }

    /// <summary>Copies threads to another store, on any backend: every commit with its version, id, time, hash and bytes.</summary>
    /// <remarks>
    /// <para>
    /// Nothing in the source is changed, and nothing in the target is overwritten. Repeating a copy continues one that was cut off, and adds newer
    /// commits. A thread appears in the target once it is whole, and is read back and compared with the chain of hashes of the source.
    /// </para>
    /// <para>Deleted threads are copied as such, expired ones are not. Commits that are made during the copy may be missing from it.</para>
    /// </remarks>
    /// <param name="target">The store to copy to.</param>
    /// <param name="options">What to copy; null for all threads of this store's tenant, with the variables of its users and of the application.</param>
    /// <param name="progress">Called for each commit, from any thread.</param>
    /// <param name="cancellationToken">Ends the copy between two commits.</param>
    /// <returns>What was copied, and which threads could not be.</returns>
    /// <exception cref="ArgumentException">The options are out of range or exclude each other, or both stores have the same log.</exception>
    /// <exception cref="ThreadNotFoundException">One of the threads that the options name is not there.</exception>
    /// <exception cref="StoreUnavailableException">One of the backends failed; what was copied until then is kept.</exception>
    public ValueTask<CopyResult> CopyToAsync(
        AgentStateStore target, CopyOptions? options = null, IProgress<CopyProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (ReferenceEquals(target._context.Log, _context.Log))
        {
            throw new ArgumentException("A store cannot be copied to itself. Within a store, Thread(id).ForkAsync begins a thread that goes on from another one.", nameof(target));
        }

        options ??= new();
        options.Validate();
        return new StoreCopy(_context, target._context, Tenant, options, progress).RunAsync(cancellationToken);
    }

    /// <summary>Disposes of the store and its log; further calls fail. A view for a tenant or a user disposes of nothing.</summary>
    public ValueTask DisposeAsync()
    {
        if (!_ownsLog)
        {
            return default;
        }

        _context.Close(this);
        return _context.Log.DisposeAsync();
    }

    /// <summary>Does what <see cref="DisposeAsync"/> does and blocks until it is done. Prefer <c>await using</c>.</summary>
    public void Dispose()
    {
        if (_ownsLog)
        {
            _context.Close(this);
            _context.Log.Dispose();
        }
    }

    private ThreadKey KeyOf(ThreadId id) => ThreadKey.Of(Tenant, id);

    private void RefuseOther(string userId)
    {
        if (_context.User is { } user && user != userId)
        {
            throw new ThreadAccessDeniedException(default, $"This is the view of user '{user}': nothing of other users can be reached from it.");
        }
    }
}

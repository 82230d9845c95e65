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
    private readonly KeyedLock _updates;
    private readonly bool _ownsLog;

    /// <summary>Makes a store over a log, which it disposes of with itself.</summary>
    /// <param name="log">Where the commits are stored, such as an <see cref="InMemoryCommitLog"/>.</param>
    /// <param name="options">The settings; null for the defaults. They are copied: changing the object later changes nothing.</param>
    /// <param name="logger">What the store logs to; null for nothing.</param>
    /// <exception cref="StateConfigurationException">A setting is missing or out of its range.</exception>
    public AgentStateStore(ICommitLog log, AgentStateOptions? options = null, ILogger<AgentStateStore>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(log);
        options ??= new();
        options.Validate();
        _context = new(log, options.Snapshot(), logger ?? NullLogger<AgentStateStore>.Instance);
        (_updates, _ownsLog) = (new(), true);
    }

    private AgentStateStore(AgentStateStore parent, string tenant)
        => (_context, _updates, Tenant) = (parent._context, parent._updates, ThreadKey.CheckTenant(tenant));

    /// <summary>The tenant whose threads this store shows; empty for the default tenant.</summary>
    public string Tenant { get; } = "";

    /// <summary>The log below the store.</summary>
    public ICommitLog CommitLog => _context.Log;

    /// <summary>The current time of the store.</summary>
    internal TimeProvider Time => _context.Time;

    internal ILogger Logger => _context.Logger;

    private ICommitLog Calls => _context.Calls;

    /// <summary>A view of the same store for another tenant: threads with the same id in two tenants have nothing in common.</summary>
    /// <param name="tenant">1 to 128 bytes of UTF-8, without control characters and not beginning with <c>$</c>.</param>
    /// <exception cref="InvalidIdentifierException">The name is empty or cannot be used.</exception>
    public AgentStateStore ForTenant(string tenant)
        => tenant is "" ? throw new InvalidIdentifierException("The tenant cannot be empty. For the default tenant use ForDefaultTenant.") : new(this, tenant);

    /// <summary>A view of the same store for the default tenant, whose name is empty.</summary>
    public AgentStateStore ForDefaultTenant() => new(this, "");

    /// <summary>Opens a thread to read and change it; a new one if there is none with this id.</summary>
    /// <remarks>Costs one read. A new thread exists for others once the session is committed.</remarks>
    /// <exception cref="ThreadNotFoundException">The thread was deleted; or there is none, and <see cref="OpenOptions.MustExist"/> is on.</exception>
    /// <exception cref="ThreadExpiredException">The thread has expired, and <see cref="OpenOptions.MustExist"/> is on. Otherwise a new one takes its place.</exception>
    /// <exception cref="ThreadAccessDeniedException">The thread belongs to another user than <see cref="OpenOptions.UserId"/>.</exception>
    /// <exception cref="CorruptStateException">The thread is damaged.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed.</exception>
    public async ValueTask<ThreadSession> OpenAsync(ThreadId id, OpenOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        options.Validate();
        var thread = OpenAsync(_context, KeyOf(id), options, allowDeleted: false, cancellationToken);
        if (options is not { UserId: { } userId, LoadUser: true })
        {
            return await thread.ConfigureAwait(false);
        }

        // Both are read at the same time; when one fails, the other is still awaited.
        var user = OpenUserAsync(userId, cancellationToken).AsTask();
        try
        {
            return (await thread.ConfigureAwait(false)).WithUser(await user.ConfigureAwait(false));
        }
        finally
        {
            await ((Task)user).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Changes a thread: opens it, runs <paramref name="change"/>, commits; and again from the beginning when others were faster.</summary>
    /// <param name="id">The thread.</param>
    /// <param name="change">The change; it may run several times, each time on a fresh session, so it should do nothing else.</param>
    /// <param name="options">How the thread is opened.</param>
    /// <param name="cancellationToken">Cancels the update as long as its commit was not sent.</param>
    /// <returns>The commit; <see cref="CommitInfo.IsEmpty"/> when nothing was changed.</returns>
    /// <exception cref="CommitConflictException">Others were faster <see cref="AgentStateOptions.MaxUpdateAttempts"/> times.</exception>
    /// <exception cref="InvalidOperationException"><paramref name="change"/> itself updates the same thread.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed. With <see cref="StoreUnavailableException.OutcomeUnknown"/> the change may yet be stored.</exception>
    public ValueTask<CommitInfo> UpdateAsync(
        ThreadId id, Func<ThreadSession, CancellationToken, ValueTask> change, OpenOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return UpdateAsync(KeyOf(id), token => OpenAsync(id, options, token), change, null, cancellationToken);
    }

    /// <summary>Changes a thread: opens it, runs <paramref name="change"/>, commits; and again from the beginning when others were faster.</summary>
    /// <param name="id">The thread.</param>
    /// <param name="change">The change; it may run several times, each time on a fresh session, so it should do nothing else.</param>
    /// <param name="options">How the thread is opened.</param>
    /// <param name="cancellationToken">Cancels the update as long as its commit was not sent.</param>
    /// <returns>The commit; <see cref="CommitInfo.IsEmpty"/> when nothing was changed.</returns>
    /// <exception cref="CommitConflictException">Others were faster <see cref="AgentStateOptions.MaxUpdateAttempts"/> times.</exception>
    /// <exception cref="InvalidOperationException"><paramref name="change"/> itself updates the same thread.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed. With <see cref="StoreUnavailableException.OutcomeUnknown"/> the change may yet be stored.</exception>
    public ValueTask<CommitInfo> UpdateAsync(
        ThreadId id, Action<ThreadSession> change, OpenOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return UpdateAsync(id, Wrap(change), options, cancellationToken);
    }

    /// <summary>Changes the variables that all threads of a user share (<see cref="ThreadSession.User"/>), and again when others were faster.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="change">The change; it may run several times.</param>
    /// <param name="cancellationToken">Cancels the update as long as its commit was not sent.</param>
    public ValueTask<CommitInfo> UpdateUserAsync(string userId, Action<StateSection> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        var key = ThreadKey.OfUser(Tenant, Identifiers.Check(userId, "user id"));
        return UpdateAsync(
            key,
            token => OpenAsync(_context.ForUsers(), key, new(), allowDeleted: false, token),
            Wrap(session => change(session.Variables)),
            null,
            cancellationToken);
    }

    /// <summary>What is known of a thread without reading its commits; null if there is none, or it was deleted or has expired.</summary>
    public async ValueTask<ThreadInfo?> GetInfoAsync(ThreadId id, CancellationToken cancellationToken = default)
        => await VisibleHeadAsync(KeyOf(id), cancellationToken).ConfigureAwait(false) is { } head ? ThreadInfo.Of(head) : null;

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
        var page = await Calls.ListAsync(new() { Tenant = Tenant, Filter = query, AsOf = _context.Now }, cancellationToken).ConfigureAwait(false);
        return new([.. page.Heads.Select(ThreadInfo.Of)], page.Continuation);
    }

    /// <summary>Disposes of the store and its log; further calls fail. A view for a tenant disposes of nothing.</summary>
    public ValueTask DisposeAsync()
    {
        if (!_ownsLog)
        {
            return default;
        }

        _context.Close();
        return CommitLog.DisposeAsync();
    }

    /// <summary>Does what <see cref="DisposeAsync"/> does and blocks until it is done. Prefer <c>await using</c>.</summary>
    public void Dispose()
    {
        if (_ownsLog)
        {
            _context.Close();
            CommitLog.Dispose();
        }
    }

    private ThreadKey KeyOf(ThreadId id) => ThreadKey.Of(Tenant, id);

    private ValueTask<ThreadSession> OpenUserAsync(string userId, CancellationToken cancellationToken)
        => OpenAsync(
            _context.ForUsers(),
            ThreadKey.OfUser(Tenant, userId),
            new() { RebaseOnConflict = true, LastWriterWins = true },
            allowDeleted: false,
            cancellationToken);

    private static async ValueTask<ThreadSession> OpenAsync(
        StoreContext context, ThreadKey key, OpenOptions options, bool allowDeleted, CancellationToken cancellationToken)
    {
        using var activity = Telemetry.StartRead(key);
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        var tail = await context.Calls.ReadTailAsync(key, options.RecentMessages, cancellationToken).ConfigureAwait(false);
        Telemetry.Read(System.Diagnostics.Stopwatch.GetElapsedTime(started));
        if (tail is null)
        {
            return options.MustExist ? throw new ThreadNotFoundException(key) : ThreadSession.Open(context, key, options, null);
        }

        var head = tail.Head;
        if (head.IsExpired(context.Now))
        {
            return options.MustExist
                ? throw new ThreadExpiredException(key, head.ExpiresAt!.Value)
                : ThreadSession.Open(context, key, options, null, expired: head);
        }

        if (head.DeletedAt is not null && !allowDeleted)
        {
            throw new ThreadNotFoundException(key, deleted: true);
        }

        return options.UserId is { } userId && head.UserId is { } owner && owner != userId
            ? throw new ThreadAccessDeniedException(key)
            : ThreadSession.Open(context, key, options, TailFold.Of(tail));
    }

    private async ValueTask<CommitInfo> UpdateAsync(
        ThreadKey key,
        Func<CancellationToken, ValueTask<ThreadSession>> open,
        Func<ThreadSession, CancellationToken, ValueTask> change,
        string? reason,
        CancellationToken cancellationToken)
    {
        _updates.Enter(key);
        using var turn = await _updates.LockAsync(key, cancellationToken).ConfigureAwait(false);
        for (var attempt = 1; ; attempt++)
        {
            var session = await open(cancellationToken).ConfigureAwait(false);
            await change(session, cancellationToken).ConfigureAwait(false);
            try
            {
                return await CommitAsync(session, reason, cancellationToken).ConfigureAwait(false);
            }
            catch (CommitConflictException) when (attempt < _context.Options.MaxUpdateAttempts)
            {
                await Backoff.WaitAsync(attempt, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // Callers do not have the session, so they could not settle an unknown outcome: that is tried here.
    private async ValueTask<CommitInfo> CommitAsync(ThreadSession session, string? reason, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await session.CommitAsync(reason, cancellationToken).ConfigureAwait(false);
            }
            catch (StoreUnavailableException e) when (e.OutcomeUnknown && attempt < _context.SettlingAttempts)
            {
                // It was sent, so a cancellation comes too late.
                cancellationToken = CancellationToken.None;
                await Backoff.WaitAsync(attempt + Backoff.ImmediateAttempts, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<ThreadHead?> VisibleHeadAsync(ThreadKey key, CancellationToken cancellationToken)
        => await Calls.GetHeadAsync(key, cancellationToken).ConfigureAwait(false) is { DeletedAt: null } head && !head.IsExpired(_context.Now) ? head : null;

    private static Func<ThreadSession, CancellationToken, ValueTask> Wrap(Action<ThreadSession> change)
        => (session, _) =>
        {
            change(session);
            return default;
        };
}

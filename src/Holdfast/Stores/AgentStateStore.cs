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
        var page = await Calls.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = Tenant, Filter = query, AsOf = _context.Now }, cancellationToken).ConfigureAwait(false);
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
            ThreadKey.Of(ThreadSpace.Users, Tenant, userId),
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

    private async ValueTask<ThreadHead?> VisibleHeadAsync(ThreadKey key, CancellationToken cancellationToken)
        => await Calls.GetHeadAsync(key, cancellationToken).ConfigureAwait(false) is { DeletedAt: null } head && !head.IsExpired(_context.Now) ? head : null;
}

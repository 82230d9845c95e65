using System.Collections.Concurrent;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>The threads that are due, as the catalogue of the log has them. It only nominates: what was found when a thread was looked at is remembered, so that nobody looks again before something can have changed.</summary>
/// <param name="store">The store.</param>
/// <param name="tenant">The tenant; null for all.</param>
/// <param name="agent">The agent; null for all.</param>
internal sealed class DueThreads(StoreContext store, string? tenant, string? agent)
{
    /// <summary>How many pages are read at once. The next time goes on after them.</summary>
    private const int MostPages = 10;

    /// <summary>More threads than this are not remembered.</summary>
    private const int MostRemembered = 10_000;

    /// <summary>How long a lease lasts at most.</summary>
    private static readonly TimeSpan LongestLease = TimeSpan.FromHours(1);

    /// <summary>Times are kept in milliseconds, and a log lists what is due before a time: what is due at this very moment is due.</summary>
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    private readonly ConcurrentDictionary<ThreadKey, DueLook> _looks = new();
    private string? _continuation;

    /// <summary>Threads that are worth a look, those that are due longest first.</summary>
    /// <param name="isWanted">Whether a thread may be run now.</param>
    /// <param name="isEnough">Whether those that were found are enough, so that no further page is read.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public async ValueTask<List<ThreadHead>> FindAsync(Func<ThreadHead, bool> isWanted, Func<IReadOnlyList<ThreadHead>, bool> isEnough, CancellationToken cancellationToken)
    {
        var found = new List<ThreadHead>();
        for (var page = 0; page < MostPages; page++)
        {
            found.AddRange((await ReadPageAsync(store.Now, cancellationToken).ConfigureAwait(false)).Where(head => isWanted(head) && IsWorthALook(head)));
            if (isEnough(found))
            {
                _continuation = null;
            }

            if (_continuation is null)
            {
                break;
            }
        }

        return found;
    }

    /// <summary>Threads that seem to be run by someone. Their runner may have been a process on this machine that is gone: then nobody has to wait until its leases lapse.</summary>
    public async ValueTask<List<ThreadHead>> FindRunningAsync(CancellationToken cancellationToken)
    {
        var found = new List<ThreadHead>();
        for (var page = 0; page < MostPages && (page == 0 || _continuation is not null); page++)
        {
            found.AddRange((await ReadPageAsync(store.Now + LongestLease, cancellationToken).ConfigureAwait(false))
                .Where(head => head.Status is ThreadStatus.Thinking or ThreadStatus.UsingTool));
        }

        _continuation = null;
        return found;
    }

    /// <summary>Remembers what was found in a thread.</summary>
    public void Remember(ThreadKey key, DueLook look)
    {
        if (_looks.Count >= MostRemembered)
        {
            _looks.Clear();
        }

        _looks[key] = look;
    }

    public void Forget(ThreadKey key) => _looks.TryRemove(key, out _);

    private async ValueTask<IReadOnlyList<ThreadHead>> ReadPageAsync(DateTimeOffset dueBefore, CancellationToken cancellationToken)
    {
        var query = new HeadQuery
        {
            Space = ThreadSpace.Threads,
            Tenant = tenant,
            DueBefore = dueBefore + Instant,
            AsOf = await store.NowAsync(cancellationToken).ConfigureAwait(false),
            Filter = new() { Agent = agent, Continuation = _continuation },
        };
        var page = await store.Calls.ListAsync(query, cancellationToken).ConfigureAwait(false);
        _continuation = page.Continuation;
        return page.Heads;
    }

    private bool IsWorthALook(ThreadHead head)
    {
        // A catalogue that lags behind may know less than what was read.
        if (!_looks.TryGetValue(head.Key, out var look) || look.Life != head.Life || look.Version < head.Version)
        {
            return true;
        }

        return look.Lease is { } lease
            ? (lease with { Sign = lease.Sign with { Heartbeat = head.Heartbeat } }).HasLapsed(store, head.Key)
            : look.Again <= store.Now;
    }
}

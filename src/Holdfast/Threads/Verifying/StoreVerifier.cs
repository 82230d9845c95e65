using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Verifies all threads of a store, in every space: a page of them at the same time, page after page.</summary>
internal sealed class StoreVerifier(StoreContext store, string tenant, VerifyOptions options, IProgress<VerifyProgress>? progress)
{
    private const int PageSize = 200;
    private const char BeforeContinuation = ':';

    private readonly ConcurrentDictionary<ThreadKey, VerificationReport> _damaged = new();
    private readonly ConcurrentDictionary<ThreadKey, VerificationReport> _pending = new();
    private readonly Dictionary<string, AgentStateException> _unreadable = new(StringComparer.Ordinal);
    private long _threads;
    private long _entries;

    public async ValueTask<StoreReport> RunAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var (first, continuation) = Start();
        foreach (var space in ThreadSpaceNames.All.Where(space => space >= first))
        {
            do
            {
                continuation = await VerifyPageAsync(space, continuation, cancellationToken).ConfigureAwait(false);
                Report(space, continuation);
            }
            while (continuation is not null);
        }

        StoreLog.StoreVerified(store.Logger, _threads, _entries, _damaged.Count + _unreadable.Count, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        return new(_threads, _entries, InOrder(_damaged.Values), [.. _unreadable.Values]) { Pending = InOrder(_pending.Values) };
    }

    private static IReadOnlyList<VerificationReport> InOrder(IEnumerable<VerificationReport> reports)
        => [.. reports.OrderBy(report => report.Key.Space).ThenBy(report => report.Key.Tenant, StringComparer.Ordinal).ThenBy(report => report.Id.Value, StringComparer.Ordinal)];

    private async ValueTask<string?> VerifyPageAsync(ThreadSpace space, string? continuation, CancellationToken cancellationToken)
    {
        var query = new HeadQuery
        {
            Space = space,
            Tenant = options.AllTenants ? null : tenant,
            Filter = new() { Deleted = DeletedFilter.Include, Order = ThreadOrder.Id, PageSize = PageSize, Continuation = continuation },
            AsOf = store.Now,
            Expired = ExpiredFilter.Include,
        };
        var page = await store.Calls.ListAsync(query, cancellationToken).ConfigureAwait(false);
        foreach (var problem in page.LeftOut)
        {
            // What a damaged row calls itself may be no thread that can be asked for.
            if (problem is not CorruptStateException { Key.Id.Value.Length: > 0 } damage || !await VerifyAsync(damage.Key, cancellationToken).ConfigureAwait(false))
            {
                _unreadable[problem.Message] = problem;
            }
        }

        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(page.Heads, parallel, async (head, token) => await VerifyAsync(head.Key, token).ConfigureAwait(false)).ConfigureAwait(false);
        return page.Continuation;
    }

    /// <returns>Whether there is such a thread.</returns>
    private async ValueTask<bool> VerifyAsync(ThreadKey key, CancellationToken cancellationToken)
    {
        if (_damaged.ContainsKey(key))
        {
            return true;
        }

        if (await ThreadCheck.VerifyAsync(store, key, cancellationToken).ConfigureAwait(false) is not { } report)
        {
            return false;
        }

        Interlocked.Increment(ref _threads);
        Interlocked.Add(ref _entries, report.Entries);
        if (!report.IsIntact)
        {
            _damaged[key] = report;
        }

        if (report.PendingRedactions.Count > 0)
        {
            _pending[key] = report;
        }

        return true;
    }

    private (ThreadSpace Space, string? Continuation) Start()
    {
        if (options.Continuation is not { } continuation)
        {
            return (default, null);
        }

        var end = continuation.IndexOf(BeforeContinuation, StringComparison.Ordinal);
        return end > 0 && ThreadSpaceNames.TryParse(continuation[..end], out var space)
            ? (space, end + 1 < continuation.Length ? continuation[(end + 1)..] : null)
            : throw new ArgumentException("The continuation is not one that a verification told.", nameof(options));
    }

    private void Report(ThreadSpace space, string? continuation)
    {
        var next = continuation is not null ? string.Create(CultureInfo.InvariantCulture, $"{space.ToName()}{BeforeContinuation}{continuation}")
            : space == ThreadSpaceNames.All[^1] ? null
            : string.Create(CultureInfo.InvariantCulture, $"{(space + 1).ToName()}{BeforeContinuation}");
        progress?.Report(new(_threads, _entries, _damaged.Count + _unreadable.Count, next));
    }
}

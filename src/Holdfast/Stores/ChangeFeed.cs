using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Tells which threads have moved, at least once each: by listing those that were updated lately as soon as something is told, and all of the last day from time to time.</summary>
/// <remarks>There is no order over all threads of a store in any backend, and clocks of writers differ; so a listing that begins at the last time of update can miss a thread, and the pass finds it.</remarks>
internal sealed class ChangeFeed
{
    /// <summary>How wrong clocks may be, and how late indexes, so that a pass through all threads still finds a change.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromDays(1);

    private readonly StoreContext _store;
    private readonly string _tenant;
    private readonly ChangesQuery _query;
    private readonly ToldThreads _told = new();
    private ChangesPosition _position;

    private ChangeFeed(StoreContext store, string tenant, ChangesQuery query)
        => (_store, _tenant, _query, _position) = (store, tenant, query, query.After ?? ChangesPosition.Beginning);

    // Both times are known once anything was listed.
    private TimeSpan UntilPass => _position is { Listed: { } listed, Passed: { } passed } ? _query.FullPassInterval - (listed - passed) : _query.FullPassInterval;

    public static async IAsyncEnumerable<ThreadChange> RunAsync(
        StoreContext store, string tenant, ChangesQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var feed = new ChangeFeed(store, tenant, query);
        using var wait = new FeedWait(store, "the store", null, query.PollInterval, query.MaxOutage);
        if (query.After is null)
        {
            await feed.BeginNowAsync(wait, cancellationToken).ConfigureAwait(false);
        }

        while (true)
        {
            await foreach (var change in feed.ListAsync(wait, cancellationToken).ConfigureAwait(false))
            {
                Telemetry.Told("store");
                yield return change;
            }

            await wait.ForCommitAsync(feed.UntilPass, cancellationToken).ConfigureAwait(false);
        }
    }

    // What stands already has not changed since, so that neither the first listing nor the first pass tells of it.
    private async ValueTask BeginNowAsync(FeedWait wait, CancellationToken cancellationToken)
    {
        var now = await NowAsync(wait, cancellationToken).ConfigureAwait(false);
        await foreach (var head in HeadsAsync(wait, Earlier(now, Margin), ThreadOrder.RecentlyUpdated, cancellationToken).ConfigureAwait(false))
        {
            // Unless it has changed while it is listed.
            if (head.UpdatedAt <= now)
            {
                _told.Add(head);
            }
        }

        _position = ChangesPosition.Of(now, now);
    }

    private async IAsyncEnumerable<ThreadChange> ListAsync(FeedWait wait, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var now = await NowAsync(wait, cancellationToken).ConfigureAwait(false);
        var isPass = _position.Passed is not { } passed || now - passed >= _query.FullPassInterval || now < passed || now < _position.Listed;
        DateTimeOffset? since = isPass ? Earlier(_position.Passed, Margin) : Earlier(_position.Listed, _query.Overlap);

        // One is held back: only when the listing has ended is it known that the position may move.
        ThreadHead? last = null;
        await foreach (var head in HeadsAsync(wait, since, isPass ? ThreadOrder.Id : ThreadOrder.RecentlyUpdated, cancellationToken).ConfigureAwait(false))
        {
            if (!_told.Add(head))
            {
                continue;
            }

            if (last is not null)
            {
                yield return new(ThreadInfo.Of(last), _position);
            }

            last = head;
        }

        _position = ChangesPosition.Of(now, isPass ? now : _position.Passed!.Value);
        if (last is not null)
        {
            yield return new(ThreadInfo.Of(last), _position);
        }
    }

    private async IAsyncEnumerable<ThreadHead> HeadsAsync(FeedWait wait, DateTimeOffset? since, ThreadOrder order, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var filter = _query.Threads with { UpdatedSince = since, Order = order, PageSize = ThreadQuery.MaxPageSize };
        do
        {
            HeadPage? page;
            do
            {
                page = await wait.TryAsync(
                    async token => await _store.Calls.ListAsync(
                        new() { Space = ThreadSpace.Threads, Tenant = _tenant, Filter = filter, AsOf = await _store.NowAsync(token).ConfigureAwait(false) }, token).ConfigureAwait(false),
                    cancellationToken).ConfigureAwait(false);
            }
            while (page is null);

            foreach (var head in page.Heads)
            {
                yield return head;
            }

            filter = filter with { Continuation = page.Continuation };
        }
        while (filter.Continuation is not null);
    }

    private async ValueTask<DateTimeOffset> NowAsync(FeedWait wait, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await wait.TryAsync(async token => new Box(await _store.NowAsync(token).ConfigureAwait(false)), cancellationToken).ConfigureAwait(false) is { } now)
            {
                return now.Time;
            }
        }
    }

    // Null for the beginning of time.
    private static DateTimeOffset? Earlier(DateTimeOffset? time, TimeSpan by) => time is { } instant && instant - DateTimeOffset.MinValue > by ? instant - by : null;

    private sealed record Box(DateTimeOffset Time);
}

using Holdfast.Logs;

namespace Holdfast;

/// <summary>Removes threads that have expired, and those that were not updated for long.</summary>
internal sealed class Cleanup(StoreContext store, string? tenant, CleanupOptions options)
{
    public async ValueTask<CleanupResult> RunAsync(CancellationToken cancellationToken)
    {
        var now = await store.NowAsync(cancellationToken).ConfigureAwait(false);
        var query = new HeadQuery
        {
            Space = ThreadSpace.Threads,
            Tenant = tenant,
            Filter = new() { Deleted = DeletedFilter.Include, Order = ThreadOrder.Id, PageSize = ThreadQuery.MaxPageSize },
            AsOf = now,
            Expired = ExpiredFilter.Only,
        };
        var expired = await RemoveAsync(query, _ => true, cancellationToken).ConfigureAwait(false);
        long old = 0;
        if (options.OlderThan is { } age)
        {
            var stale = query with { Expired = ExpiredFilter.Exclude, Filter = query.Filter with { UpdatedBefore = now - age } };
            old = await RemoveAsync(stale, head => options.IncludeWaiting || !head.Status.IsWaitingForHuman(), cancellationToken).ConfigureAwait(false);
        }

        if (!options.DryRun)
        {
            StoreLog.CleanedUp(store.Logger, expired, old);
        }

        return new(expired, old, options.DryRun);
    }

    private async ValueTask<long> RemoveAsync(HeadQuery query, Func<ThreadHead, bool> choose, CancellationToken cancellationToken)
    {
        long removed = 0;
        await foreach (var head in store.Calls.ListAllAsync(query, cancellationToken).ConfigureAwait(false))
        {
            if (choose(head))
            {
                removed += options.DryRun || await Erasure.EraseIfUnchangedAsync(store.Calls, head, cancellationToken).ConfigureAwait(false) ? 1 : 0;
            }
        }

        return removed;
    }
}

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
            Filter = ThreadQuery.All,
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
            await CheckForksAsync(cancellationToken).ConfigureAwait(false);
            StoreLog.CleanedUp(store.Logger, expired, old);
        }

        return new(expired, old, options.DryRun);
    }

    private async ValueTask CheckForksAsync(CancellationToken cancellationToken)
    {
        var check = new ForkCheck(store, tenant);
        if (options.CheckForks)
        {
            await check.LookAtThreadsAsync(cancellationToken).ConfigureAwait(false);
        }

        await check.CloseTrunksAsync(cancellationToken).ConfigureAwait(false);
        if (options.CheckForks || check.Trunks > 0)
        {
            StoreLog.ForksChecked(store.Logger, check.Finished, check.Stale, check.Trunks, check.Missing);
        }
    }

    private async ValueTask<long> RemoveAsync(HeadQuery query, Func<ThreadHead, bool> choose, CancellationToken cancellationToken)
    {
        long removed = 0;
        ILookup<ThreadKey, ThreadHead>? held = null;
        await foreach (var head in store.Calls.ListAllAsync(query, cancellationToken).ConfigureAwait(false))
        {
            if (!choose(head))
            {
                continue;
            }

            if (options.DryRun)
            {
                removed++;
                continue;
            }

            held ??= await HeldAsync(cancellationToken).ConfigureAwait(false);
            if (await Erasure.EraseIfUnchangedAsync(store, head, cancellationToken).ConfigureAwait(false))
            {
                removed++;
                foreach (var left in held[head.Key])
                {
                    await HeldEntries.EraseAsync(store, head.Key, left, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        return removed;
    }

    // What recoveries that were cut off have left of threads goes with them. There is next to nothing, and it is listed once.
    private async ValueTask<ILookup<ThreadKey, ThreadHead>> HeldAsync(CancellationToken cancellationToken)
    {
        var all = await HeldEntries.ListAllAsync(store, tenant, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
        return all.ToLookup(HeldEntries.ThreadOf);
    }
}

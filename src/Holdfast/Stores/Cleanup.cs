using Holdfast.Logs;

namespace Holdfast;

/// <summary>Removes threads that have expired, and those that were not updated for long.</summary>
internal sealed class Cleanup(StoreContext store, string? tenant, CleanupOptions options)
{
    private readonly HashSet<string> _leftOut = new(StringComparer.Ordinal);
    private long _failed;

    // What recoveries that were cut off have left goes with its threads. There is next to nothing.
    private ILookup<ThreadKey, ThreadHead> _held = Enumerable.Empty<ThreadHead>().ToLookup(HeldEntries.ThreadOf);

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
        if (!options.DryRun)
        {
            _held = (await HeldEntries.ListAllAsync(store, tenant, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false)).ToLookup(HeldEntries.ThreadOf);
        }

        var expired = await RemoveAsync(query, _ => true, cancellationToken).ConfigureAwait(false);
        long old = 0;
        if (options.OlderThan is { } age)
        {
            var stale = query with { Expired = ExpiredFilter.Exclude, Filter = query.Filter with { UpdatedBefore = Instants.Before(now, age) } };
            old = await RemoveAsync(stale, head => IsNotWaitedFor(head, now), cancellationToken).ConfigureAwait(false);
        }

        if (!options.DryRun)
        {
            await RemoveHeldAsync(now, cancellationToken).ConfigureAwait(false);
            await CheckForksAsync(cancellationToken).ConfigureAwait(false);
            StoreLog.CleanedUp(store.Logger, expired, old);
        }

        return new(expired, old, options.DryRun) { Failed = _failed };
    }

    private async ValueTask CheckForksAsync(CancellationToken cancellationToken)
    {
        var check = new ForkCheck(store, tenant);
        if (options.CheckForks)
        {
            await check.LookAtThreadsAsync(cancellationToken).ConfigureAwait(false);
        }

        await check.CloseTrunksAsync(cancellationToken).ConfigureAwait(false);
        _failed += check.Failed;
        if (options.CheckForks || check.Trunks > 0)
        {
            StoreLog.ForksChecked(store.Logger, check.Finished, check.Stale, check.Trunks, check.Missing);
        }
    }

    private async ValueTask<long> RemoveAsync(HeadQuery query, Func<ThreadHead, bool> choose, CancellationToken cancellationToken)
    {
        long removed = 0;
        await foreach (var head in store.Calls.ListAllAsync(query, LeaveOut, cancellationToken).ConfigureAwait(false))
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

            try
            {
                removed += await EraseAsync(head, cancellationToken).ConfigureAwait(false) ? 1 : 0;
            }
            catch (AgentStateException e) when (e is not StoreUnavailableException)
            {
                Fail(head.Key, e);
            }
        }

        return removed;
    }

    private void LeaveOut(ThreadKey key, AgentStateException problem)
    {
        if (_leftOut.Add(problem.Message))
        {
            Fail(key, problem);
        }
    }

    private async ValueTask<bool> EraseAsync(ThreadHead head, CancellationToken cancellationToken)
    {
        if (!await Erasure.EraseIfUnchangedAsync(store, head, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        foreach (var left in _held[head.Key])
        {
            await HeldEntries.EraseAsync(store, head.Key, left, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    // One thread that is damaged keeps none of the others from being looked after.
    private void Fail(ThreadKey key, AgentStateException error)
    {
        _failed++;
        StoreLog.NotCleanedUp(store.Logger, key, error);
    }

    // Of a thread that is not there: it would come back when it is opened, although its time is over.
    private async ValueTask RemoveHeldAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var (key, held) in _held.SelectMany(all => all.Select(held => (all.Key, held))))
        {
            var isOver = held.ExpiresAt <= now
                || (options.OlderThan is { } age && held.UpdatedAt < Instants.Before(now, age) && IsNotWaitedFor(held, now));
            if (isOver && key.Space == ThreadSpace.Threads && await store.Unguarded.GetHeadAsync(key, cancellationToken).ConfigureAwait(false) is null)
            {
                try
                {
                    await HeldEntries.EraseAsync(store, key, held, cancellationToken).ConfigureAwait(false);
                }
                catch (AgentStateException e) when (e is not StoreUnavailableException)
                {
                    Fail(held.Key, e);
                }
            }
        }
    }

    // A turn that sleeps goes on at its time, and input that is queued for later begins then.
    private bool IsNotWaitedFor(ThreadHead head, DateTimeOffset now) => options.IncludeWaiting || !(head.Status.IsWaitingForHuman() || head.DueAt > now);
}

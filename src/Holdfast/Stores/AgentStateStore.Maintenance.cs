using Holdfast.Logs;

namespace Holdfast;

public sealed partial class AgentStateStore
{
    /// <summary>Deletes a thread so that no one sees it any more, until <see cref="RestoreDeletedAsync"/> brings it back. It is a commit like others.</summary>
    /// <returns>Whether there was such a thread.</returns>
    public ValueTask<bool> DeleteAsync(ThreadId id, CancellationToken cancellationToken = default) => SetDeletedAsync(id, true, cancellationToken);

    /// <summary>Brings back a thread that was deleted.</summary>
    /// <returns>Whether there was such a thread, and it was deleted.</returns>
    public ValueTask<bool> RestoreDeletedAsync(ThreadId id, CancellationToken cancellationToken = default) => SetDeletedAsync(id, false, cancellationToken);

    /// <summary>Removes a thread with all its versions, deleted or not, for good.</summary>
    /// <returns>Whether there was such a thread.</returns>
    public async ValueTask<bool> EraseAsync(ThreadId id, CancellationToken cancellationToken = default)
    {
        var erased = await Calls.EraseAsync(KeyOf(id), null, cancellationToken).ConfigureAwait(false);
        if (erased)
        {
            StoreLog.Erased(Logger, KeyOf(id));
        }

        return erased;
    }

    /// <summary>Removes the variables that the threads of a user share, for good.</summary>
    /// <returns>Whether there were any.</returns>
    public ValueTask<bool> EraseUserVariablesAsync(string userId, CancellationToken cancellationToken = default)
        => Calls.EraseAsync(ThreadKey.Of(ThreadSpace.Users, Tenant, Identifiers.Check(userId, "user id")), null, cancellationToken);

    /// <summary>Lets a thread live this long from now on, whatever its expiry was. It is no commit; the version stays.</summary>
    /// <remarks>Where an <see cref="ExpiryPolicy"/> gives threads a time, the next commit applies it again.</remarks>
    /// <param name="id">The thread.</param>
    /// <param name="time">How long; null for ever.</param>
    /// <param name="cancellationToken">Cancels the call before anything was changed.</param>
    /// <returns>Whether there is such a thread. One that has expired is not brought back.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is not positive.</exception>
    public async ValueTask<bool> ExtendAsync(ThreadId id, TimeSpan? time, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time ?? TimeSpan.MaxValue, TimeSpan.Zero, nameof(time));
        var key = KeyOf(id);
        var now = _context.Now;
        var expiresAt = time is { } lifetime && lifetime < DateTimeOffset.MaxValue - now ? now + lifetime : (DateTimeOffset?)null;
        return await VisibleHeadAsync(key, cancellationToken).ConfigureAwait(false) is not null
            && await Calls.SetExpiryAsync(key, expiresAt, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes, for good, threads that have expired, and those that have not been updated for a time, where one is given.</summary>
    /// <remarks>A thread that is updated or extended meanwhile stays.</remarks>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="CleanupOptions.OlderThan"/> is negative.</exception>
    public async ValueTask<CleanupResult> CleanupAsync(CleanupOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.OlderThan ?? TimeSpan.Zero, TimeSpan.Zero, nameof(CleanupOptions.OlderThan));
        var query = new HeadQuery
        {
            Space = ThreadSpace.Threads,
            Tenant = options.AllTenants ? null : Tenant,
            Filter = new() { Deleted = DeletedFilter.Include, Order = ThreadOrder.Id, PageSize = ThreadQuery.MaxPageSize },
            AsOf = _context.Now,
            Expired = ExpiredFilter.Only,
        };
        var expired = await RemoveAsync(query, _ => true, options.DryRun, cancellationToken).ConfigureAwait(false);
        long old = 0;
        if (options.OlderThan is { } age)
        {
            var stale = query with { Expired = ExpiredFilter.Exclude, Filter = query.Filter with { UpdatedBefore = _context.Now - age } };
            old = await RemoveAsync(
                stale,
                head => options.IncludeWaiting || !head.Status.IsWaitingForHuman(),
                options.DryRun,
                cancellationToken).ConfigureAwait(false);
        }

        if (!options.DryRun)
        {
            StoreLog.CleanedUp(Logger, expired, old);
        }

        return new(expired, old, options.DryRun);
    }

    private async ValueTask<long> RemoveAsync(HeadQuery query, Func<ThreadHead, bool> choose, bool dryRun, CancellationToken cancellationToken)
    {
        long removed = 0;
        do
        {
            var page = await Calls.ListAsync(query, cancellationToken).ConfigureAwait(false);
            foreach (var head in page.Heads.Where(choose))
            {
                removed += dryRun || await Calls.EraseAsync(head.Key, head, cancellationToken).ConfigureAwait(false) ? 1 : 0;
            }

            query = query with { Filter = query.Filter with { Continuation = page.Continuation } };
        }
        while (query.Filter.Continuation is not null);
        return removed;
    }

    private async ValueTask<bool> SetDeletedAsync(ThreadId id, bool deleted, CancellationToken cancellationToken)
    {
        var key = KeyOf(id);
        var head = await Calls.GetHeadAsync(key, cancellationToken).ConfigureAwait(false);
        if (head is null || head.IsExpired(_context.Now) || head.DeletedAt is not null == deleted)
        {
            return false;
        }

        var (commit, _) = await UpdateAsync(
            key,
            token => OpenAsync(_context, key, new(), allowDeleted: true, token),
            WithoutResult(Whole(session =>
            {
                if (session.Version > 0 && session.State.IsDeleted != deleted)
                {
                    session.SetDeleted(deleted);
                }
            })),
            new() { Reason = deleted ? "deleted" : "restored" },
            cancellationToken).ConfigureAwait(false);
        return !commit.IsEmpty;
    }
}

using Holdfast.Logs;

namespace Holdfast;

/// <summary>Moves what threads have before their newest version to the archive, of those that nobody has touched for long.</summary>
internal sealed class ThreadArchive(StoreContext store, ArchiveChanges archive, string tenant, ArchiveOptions options)
{
    private readonly List<CopyFailure> _failures = [];
    private long _archived;
    private long _skipped;
    private long _orphans;
    private DateTimeOffset _before;

    public async ValueTask<ArchiveResult> RunAsync(CancellationToken cancellationToken)
    {
        _before = Instants.Before(await store.NowAsync(cancellationToken).ConfigureAwait(false), options.OlderThan);
        var query = options.Query ?? new() { Deleted = DeletedFilter.Include };
        var selection = new ThreadSelection(store, tenant) { Query = query with { UpdatedBefore = query.UpdatedBefore < _before ? query.UpdatedBefore : _before }, AllTenants = options.AllTenants };
        await foreach (var head in selection.HeadsAsync(cancellationToken).ConfigureAwait(false))
        {
            if (IsOld(head) || head.Properties.ContainsKey(HeadProperties.Dropping))
            {
                await MoveAsync(head, cancellationToken).ConfigureAwait(false);
            }
        }

        _failures.AddRange(selection.LeftOut);
        if (options.CheckOrphans || options.RemoveOrphans)
        {
            await CheckOrphansAsync(cancellationToken).ConfigureAwait(false);
        }

        if (!options.DryRun)
        {
            StoreLog.Archived(store.Logger, _archived, _skipped, _failures.Count);
        }

        return new(_archived, _skipped, _failures, options.DryRun) { Orphans = _orphans };
    }

    // A backend that removes expired threads itself does not remove them from the archive. A fork keeps its first commit, and so does a thread with one only.
    private bool IsOld(ThreadHead head) => head.DueAt is null && head.UpdatedAt < _before && head.Version > (head.ArchivedBelow ?? head.FirstVersion)
        && (head.ExpiresAt is null || !store.Log.Capabilities.HasFlag(LogCapabilities.NativeExpiry));

    private async ValueTask MoveAsync(ThreadHead listed, CancellationToken cancellationToken)
    {
        try
        {
            if (!options.DryRun)
            {
                await Maintenance.FinishDropAsync(store, listed, cancellationToken).ConfigureAwait(false);
            }

            if (!IsOld(listed))
            {
                return;
            }

            // An index only nominates: the thread itself decides.
            if (await store.Calls.GetHeadAsync(listed.Key, cancellationToken).ConfigureAwait(false) is not { } head || head.Life != listed.Life || !IsOld(head))
            {
                _skipped++;
            }
            else if (options.DryRun || (await CloseAsync(head, cancellationToken).ConfigureAwait(false) is { } closed && await archive.MoveAsync(closed, cancellationToken).ConfigureAwait(false)))
            {
                _archived++;
            }
            else
            {
                _skipped++;
            }
        }
        catch (AgentStateException e) when (e is not (StoreUnavailableException or StateConfigurationException))
        {
            _failures.Add(new(listed.Key, e));
        }
    }

    // The newest version is to carry the whole state: it stays, and is all that opening the thread needs.
    private async ValueTask<ThreadHead?> CloseAsync(ThreadHead head, CancellationToken cancellationToken)
    {
        if (head.KeyframeVersion == head.Version)
        {
            return head;
        }

        var session = await SessionOpener.OpenAsync(store.WithExpiry(ExpiryPolicy.Never), head.Key, new() { LoadUser = false }, allowDeleted: true, cancellationToken).ConfigureAwait(false);
        if (session.State.Base?.Stamp != head.Stamp)
        {
            return null;
        }

        try
        {
            await session.SettleAsync(new() { Reason = "archived", AllowEmpty = true, Keyframe = true, KeepsTime = true }, cancellationToken).ConfigureAwait(false);
        }
        catch (CommitConflictException)
        {
            return null;
        }

        return session.State.Base is { } closed && closed.KeyframeVersion == closed.Version
            ? closed
            : throw new StateTooLargeException($"Thread '{head.Key}' cannot be archived: its state is too large to be written as a whole.");
    }

    // What an archiving that was cut off has left of a thread that was erased goes. What was whole there is told: the store may be another one than it should be.
    private async ValueTask CheckOrphansAsync(CancellationToken cancellationToken)
    {
        await foreach (var head in archive.Place.OrphansAsync(options.AllTenants ? null : tenant, store.User, cancellationToken).ConfigureAwait(false))
        {
            if (!options.DryRun && (options.RemoveOrphans || head.Properties.GetValueOrDefault(HeadProperties.Incomplete) == ThreadCopy.Begun))
            {
                await archive.Place.EraseOrphanAsync(head.Key, head.Life, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                _orphans++;
            }
        }
    }
}

using Holdfast.Logs;

namespace Holdfast;

/// <summary>Moves threads that nobody has touched for long to another store: a thread is whole there, and read back, before it is removed here.</summary>
internal sealed class ThreadArchive(StoreContext source, StoreContext target, string tenant, ArchiveOptions options)
{
    private readonly ThreadSelection _selection = new(source, tenant) { Query = options.Query ?? new() { Deleted = DeletedFilter.Include }, AllTenants = options.AllTenants };
    private readonly List<CopyFailure> _failures = [];
    private long _archived;
    private long _skipped;
    private long _pinned;
    private DateTimeOffset _before;

    public async ValueTask<ArchiveResult> RunAsync(CancellationToken cancellationToken)
    {
        _before = await source.NowAsync(cancellationToken).ConfigureAwait(false) - options.OlderThan;
        long before;
        do
        {
            // A thread that forks show goes once they have gone.
            (before, _skipped, _pinned) = (_archived, 0, 0);
            _failures.Clear();
            await foreach (var head in _selection.HeadsAsync(cancellationToken).ConfigureAwait(false))
            {
                if (IsOld(head) && await HasOldFamilyAsync(head, cancellationToken).ConfigureAwait(false))
                {
                    await MoveAsync(head, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        while (_pinned > 0 && _archived > before && !options.DryRun);

        if (!options.DryRun)
        {
            StoreLog.Archived(source.Logger, _archived, _skipped, _failures.Count);
        }

        return new(_archived, _skipped, _failures, options.DryRun);
    }

    // What is due would never be done there.
    private bool IsOld(ThreadHead head) => head.DueAt is null && head.UpdatedAt < _before && (options.IncludeWaiting || !head.Status.IsWaitingForHuman());

    // A fork goes together with the threads that it was forked from, and so with their other forks: a life is in a store once, so that one of them could not follow its trunk.
    private async ValueTask<bool> HasOldFamilyAsync(ThreadHead head, CancellationToken cancellationToken)
    {
        foreach (var origin in (await ForkReading.FirstAsync(source, head, cancellationToken).ConfigureAwait(false))?.Origins ?? [])
        {
            if (await ForkReading.FindAsync(source, head.Key, origin, cancellationToken).ConfigureAwait(false) is { } other
                && !(await MayFollowAsync(other, cancellationToken).ConfigureAwait(false) && (other.Key.Space == ThreadSpace.Trunks || await AreOldAsync(other.Pins!, cancellationToken).ConfigureAwait(false))))
            {
                return false;
            }
        }

        return true;
    }

    private async ValueTask<bool> MayFollowAsync(ThreadHead other, CancellationToken cancellationToken)
        => other.Key.Space == ThreadSpace.Trunks
            ? source.User is null || source.User == other.UserId
            : IsOld(other) && await _selection.ContainsAsync(other, cancellationToken).ConfigureAwait(false);

    private async ValueTask MoveAsync(ThreadHead listed, CancellationToken cancellationToken)
    {
        try
        {
            // An index only nominates: the thread itself decides.
            var head = await source.Calls.GetHeadAsync(new HeadRequest { Key = listed.Key, WithPins = true }, cancellationToken).ConfigureAwait(false);
            if (head is null || !IsOld(head))
            {
                _skipped++;
                return;
            }

            if (!await AreOldAsync(head.Pins ?? [], cancellationToken).ConfigureAwait(false) || (head.PinCount > 0 && !options.DryRun))
            {
                _pinned++;
                return;
            }

            if (options.DryRun || await MoveWholeAsync(head, cancellationToken).ConfigureAwait(false))
            {
                _archived++;
            }
            else
            {
                // Somebody has changed it meanwhile: it stays, and the next time what is newer is added to the copy.
                _skipped++;
            }
        }
        catch (AgentStateException e) when (e is not StoreUnavailableException)
        {
            _failures.Add(new(listed.Key, e));
        }
    }

    private async ValueTask<bool> MoveWholeAsync(ThreadHead head, CancellationToken cancellationToken)
    {
        // Of a thread that is no fork there is nothing to take along.
        var origins = new OriginCopy(source, target, _selection, head);
        await origins.EnsureAsync(cancellationToken).ConfigureAwait(false);
        await new ThreadCopy(new LogSource(source.Calls, head with { Pins = null }), target).RunAsync(_ => { }, cancellationToken).ConfigureAwait(false);
        await origins.EnsureAsync(cancellationToken).ConfigureAwait(false);
        return await Erasure.EraseIfUnchangedAsync(source, head, cancellationToken).ConfigureAwait(false);
    }

    // Whether the forks that show a thread go too.
    private async ValueTask<bool> AreOldAsync(IReadOnlyList<Pin> pins, CancellationToken cancellationToken)
    {
        foreach (var pin in pins)
        {
            if (await source.Unguarded.GetHeadAsync(pin.Key, cancellationToken).ConfigureAwait(false) is { } fork && fork.Life == pin.Life && !await MayFollowAsync(fork, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }
        }

        return true;
    }
}

using Holdfast.Logs;

namespace Holdfast;

/// <summary>Moves threads that nobody has touched for long to another store: a thread is whole there, and read back, before it is removed here.</summary>
internal sealed class ThreadArchive(StoreContext source, StoreContext target, string tenant, ArchiveOptions options)
{
    private readonly List<CopyFailure> _failures = [];
    private long _archived;
    private long _skipped;

    public async ValueTask<ArchiveResult> RunAsync(CancellationToken cancellationToken)
    {
        var before = await source.NowAsync(cancellationToken).ConfigureAwait(false) - options.OlderThan;
        var query = (options.Query ?? new() { Deleted = DeletedFilter.Include }) is var asked && asked.UpdatedBefore < before ? asked : asked with { UpdatedBefore = before };
        var selection = new ThreadSelection(source, tenant) { Query = query, AllTenants = options.AllTenants };
        await foreach (var head in selection.HeadsAsync(cancellationToken).ConfigureAwait(false))
        {
            // What is due would never be done there. A fork shows versions of another thread, and one that is pinned would leave a trunk here, so that it could not come back.
            if (head is { DueAt: null, PinCount: 0 } && !ForkReading.IsFork(head) && (options.IncludeWaiting || !head.Status.IsWaitingForHuman()))
            {
                await MoveAsync(head, before, cancellationToken).ConfigureAwait(false);
            }
        }

        if (!options.DryRun)
        {
            StoreLog.Archived(source.Logger, _archived, _skipped, _failures.Count);
        }

        return new(_archived, _skipped, _failures, options.DryRun);
    }

    private async ValueTask MoveAsync(ThreadHead listed, DateTimeOffset before, CancellationToken cancellationToken)
    {
        if (options.DryRun)
        {
            _archived++;
            return;
        }

        try
        {
            // An index only nominates: the thread itself decides.
            var head = await source.Calls.GetHeadAsync(listed.Key, cancellationToken).ConfigureAwait(false);
            if (head is null or { DueAt: not null } or { PinCount: > 0 } || head.UpdatedAt >= before)
            {
                _skipped++;
                return;
            }

            await new ThreadCopy(new LogSource(source.Calls, head), target).RunAsync(_ => { }, cancellationToken).ConfigureAwait(false);
            if (await Erasure.EraseIfUnchangedAsync(source, head, cancellationToken).ConfigureAwait(false))
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
}

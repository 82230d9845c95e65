using System.Collections.Concurrent;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Goes through the threads of a store: tells which can be opened with the migrations of this build, or stores what those change.</summary>
internal sealed class StateMigrator(StoreContext store, string tenant, MigrateOptions options, bool isCheck, IProgress<long>? progress)
{
    // What is damaged is told here, and recovered by whoever asks for that.
    private readonly StoreContext _store = store with { OnCorrupt = null };
    private readonly ConcurrentBag<CopyFailure> _failures = [];
    private long _threads;
    private long _migrated;

    public async ValueTask<MigrateResult> RunAsync(CancellationToken cancellationToken)
    {
        var selection = new ThreadSelection(_store, tenant) { Query = options.Query ?? new() { Deleted = DeletedFilter.Include }, AllTenants = options.AllTenants };
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(selection.HeadsAsync(cancellationToken), parallel, TakeAsync).ConfigureAwait(false);
        if (!isCheck)
        {
            StoreLog.Migrated(_store.Logger, _migrated, _threads + selection.LeftOut.Count, _failures.Count + selection.LeftOut.Count);
        }

        // Those that no listing shows cannot be opened either.
        return new(_threads + selection.LeftOut.Count, _migrated, [.. _failures.Concat(selection.LeftOut).OrderBy(failure => failure.Key.ToString(), StringComparer.Ordinal)]);
    }

    private async ValueTask TakeAsync(ThreadHead head, CancellationToken cancellationToken)
    {
        try
        {
            Interlocked.Add(ref _migrated, await MigrateAsync(head.Key, cancellationToken).ConfigureAwait(false) ? 1 : 0);
        }
        catch (AgentStateException e) when (e is not StoreUnavailableException)
        {
            // One thread that cannot be migrated does not keep the others from it.
            _failures.Add(new(head.Key, e));
        }

        var done = Interlocked.Increment(ref _threads);
        progress?.Report(done);
    }

    private async ValueTask<bool> MigrateAsync(ThreadKey key, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var session = await SessionOpener.OpenAsync(_store, key, new() { LoadUser = false }, allowDeleted: true, cancellationToken).ConfigureAwait(false);
            if (session.State.Migration is null || isCheck)
            {
                return session.State.Migration is not null;
            }

            try
            {
                await session.SettleAsync(new() { AllowEmpty = true, Reason = "migrated" }, cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (CommitConflictException) when (attempt < _store.Options.MaxUpdateAttempts)
            {
                // Who was faster may have stored it.
                await _store.Backoff.AfterConflictAsync(attempt, session.Took, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}

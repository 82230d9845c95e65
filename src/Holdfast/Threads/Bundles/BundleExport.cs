using System.Diagnostics;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Writes threads to a bundle, one after the other; and then, as trunks, what the forks among them show of threads that are not.</summary>
internal sealed class BundleExport(StoreContext store, ThreadSelection selection, Stream output, IProgress<BundleProgress>? progress)
{
    private readonly List<CopyFailure> _failures = [];
    private readonly HashSet<CommitId> _written = [];
    private readonly Dictionary<CommitId, (ThreadKey Fork, Origin Origin)> _shown = [];
    private long _threads;
    private long _commits;

    public async ValueTask<ExportResult> RunAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        using var writer = new BundleWriter(output);
        await writer.WriteHeaderAsync(BundleFormat.Export, store.Now, cancellationToken).ConfigureAwait(false);
        await foreach (var head in selection.HeadsAsync(cancellationToken).ConfigureAwait(false))
        {
            await WriteAsync(writer, new LogSource(store.Calls, head), cancellationToken).ConfigureAwait(false);
            _threads++;
            progress?.Report(new(_threads, _commits, writer.Bytes));
        }

        _failures.AddRange(selection.LeftOut);
        var threads = writer.Threads;
        await WriteTrunksAsync(writer, cancellationToken).ConfigureAwait(false);
        await writer.FinishAsync(cancellationToken).ConfigureAwait(false);
        StoreLog.Exported(store.Logger, threads, writer.Entries, writer.Bytes, _failures.Count, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        return new(threads, writer.Entries, writer.Bytes, _failures);
    }

    // What was written of a thread that turns out to be damaged, or is erased meanwhile, is taken back by the line that ends it.
    private async ValueTask WriteAsync(BundleWriter writer, EntrySource source, CancellationToken cancellationToken)
    {
        var head = source.Head;
        await writer.BeginThreadAsync(head, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<Origin> origins;
        try
        {
            origins = await OriginsAsync(head, cancellationToken).ConfigureAwait(false);
            await WriteEntriesAsync(writer, source, cancellationToken).ConfigureAwait(false);
        }
        catch (AgentStateException e) when (e is not StoreUnavailableException)
        {
            _failures.Add(new(head.Key, e));
            await writer.CutThreadAsync(e.Message, cancellationToken).ConfigureAwait(false);
            return;
        }

        await writer.EndThreadAsync(head, cancellationToken).ConfigureAwait(false);
        _written.Add(head.Life);
        foreach (var origin in origins)
        {
            _shown[origin.Life] = _shown.TryGetValue(origin.Life, out var other)
                ? (head.Key, origin with { From = Math.Min(origin.From, other.Origin.From), To = Math.Max(origin.To, other.Origin.To) })
                : (head.Key, origin);
        }
    }

    // What a fork shows of others has to be there, and in a user's view to belong to that user.
    private async ValueTask<IReadOnlyList<Origin>> OriginsAsync(ThreadHead head, CancellationToken cancellationToken)
    {
        var origins = (await ForkReading.FirstAsync(store, head, cancellationToken).ConfigureAwait(false))?.Origins ?? [];
        foreach (var origin in origins)
        {
            var other = await ForkReading.FindAsync(store, head.Key, origin, cancellationToken).ConfigureAwait(false);
            if (other is null || other.FirstVersion > origin.From || other.Version < origin.To)
            {
                throw new HistoryDroppedException(head.Key, origin.From, head.FirstVersion, $"Thread '{head.Key}' cannot be exported: it shows versions {origin.From} to {origin.To} of thread '{origin.Id}', which are gone.");
            }

            if (store.User is { } user && other.UserId != user)
            {
                throw new ThreadAccessDeniedException(head.Key, $"Thread '{head.Key}' cannot be exported in the view of its user: it shows versions of a thread of somebody else. Use the store itself.");
            }
        }

        return origins;
    }

    private async ValueTask WriteTrunksAsync(BundleWriter writer, CancellationToken cancellationToken)
    {
        foreach (var (fork, origin) in _shown.Where(pair => !_written.Contains(pair.Key)).Select(pair => pair.Value).OrderBy(shown => shown.Origin.Life.ToString(), StringComparer.Ordinal).ToList())
        {
            try
            {
                var head = await ForkReading.FindAsync(store, fork, origin, cancellationToken).ConfigureAwait(false)
                    ?? throw new HistoryDroppedException(fork, origin.From, origin.To + 1, $"Thread '{fork}' cannot be exported: it shows versions of thread '{origin.Id}', which was erased meanwhile.");
                await WriteAsync(writer, await OriginPart.OfAsync(store, head, origin.From, origin.To, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            }
            catch (AgentStateException e) when (e is not StoreUnavailableException)
            {
                // The fork is in the bundle; an import leaves it out.
                _failures.Add(new(fork, e));
            }
        }
    }

    private async ValueTask WriteEntriesAsync(BundleWriter writer, EntrySource source, CancellationToken cancellationToken)
    {
        var verifier = new ThreadVerifier(store.Bodies, source.Head.Key, source.Head);
        await foreach (var entry in source.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            verifier.Check(entry);
            RefuseProblems(verifier, source.Head);
            await writer.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
            progress?.Report(new(_threads, ++_commits, writer.Bytes));
        }

        verifier.Conclude(isWhole: true);
        RefuseProblems(verifier, source.Head);
    }

    private static void RefuseProblems(ThreadVerifier verifier, ThreadHead head)
    {
        if (verifier.Problems is [var problem, ..])
        {
            throw new CorruptStateException(head.Key, problem.Version, problem.What);
        }
    }
}

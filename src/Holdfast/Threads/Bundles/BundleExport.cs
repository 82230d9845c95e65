using System.Diagnostics;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Writes threads to a bundle, one after the other.</summary>
internal sealed class BundleExport(StoreContext store, ThreadSelection selection, Stream output, IProgress<BundleProgress>? progress)
{
    private readonly List<CopyFailure> _failures = [];
    private long _threads;
    private long _commits;

    public async ValueTask<ExportResult> RunAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        using var writer = new BundleWriter(output);
        await writer.WriteHeaderAsync(BundleFormat.Export, store.Now, cancellationToken).ConfigureAwait(false);
        await foreach (var head in selection.HeadsAsync(cancellationToken).ConfigureAwait(false))
        {
            await WriteAsync(writer, head, cancellationToken).ConfigureAwait(false);
            _threads++;
            progress?.Report(new(_threads, _commits, writer.Bytes));
        }

        await writer.FinishAsync(cancellationToken).ConfigureAwait(false);
        StoreLog.Exported(store.Logger, writer.Threads, writer.Entries, writer.Bytes, _failures.Count, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        return new(writer.Threads, writer.Entries, writer.Bytes, _failures);
    }

    // What was written of a thread that turns out to be damaged, or is erased meanwhile, is taken back by the line that ends it.
    private async ValueTask WriteAsync(BundleWriter writer, ThreadHead head, CancellationToken cancellationToken)
    {
        await writer.BeginThreadAsync(head, cancellationToken).ConfigureAwait(false);
        try
        {
            await WriteEntriesAsync(writer, head, cancellationToken).ConfigureAwait(false);
        }
        catch (AgentStateException e) when (e is not StoreUnavailableException)
        {
            _failures.Add(new(head.Key, e));
            await writer.CutThreadAsync(e.Message, cancellationToken).ConfigureAwait(false);
            return;
        }

        await writer.EndThreadAsync(head, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask WriteEntriesAsync(BundleWriter writer, ThreadHead head, CancellationToken cancellationToken)
    {
        if (ForkReading.IsFork(head))
        {
            throw new HistoryDroppedException(
                head.Key, head.FirstVersion - 1, head.FirstVersion, $"Thread '{head.Key}' is a fork: what it shows of the thread that it was forked from is not part of a bundle, so it is left out. CopyToAsync takes it along.");
        }

        var verifier = new ThreadVerifier(store.Bodies, head.Key, head);
        var request = new ReadRequest { Key = head.Key, From = head.FirstVersion, To = head.Version, Life = head.Life };
        await foreach (var entry in store.Calls.ReadAsync(request, cancellationToken).ConfigureAwait(false))
        {
            verifier.Check(entry);
            RefuseProblems(verifier, head);
            await writer.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
            progress?.Report(new(_threads, ++_commits, writer.Bytes));
        }

        verifier.Conclude(isWhole: true);
        RefuseProblems(verifier, head);
    }

    private static void RefuseProblems(ThreadVerifier verifier, ThreadHead head)
    {
        if (verifier.Problems is [var problem, ..])
        {
            throw new CorruptStateException(head.Key, problem.Version, problem.What);
        }
    }
}

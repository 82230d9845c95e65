using Holdfast.Logs;

namespace Holdfast;

/// <summary>Writes what is taken out of a damaged thread to a bundle that is never imported: what is wrong, and every entry that can be read.</summary>
internal sealed class Quarantining(StoreContext store, ThreadKey key)
{
    /// <param name="output">Where to.</param>
    /// <param name="head">The head of the thread; null if it cannot be read.</param>
    /// <param name="report">What is wrong.</param>
    /// <param name="kept">The versions that stay in the thread; null if none do.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    public async ValueTask WriteAsync(Stream output, ThreadHead? head, VerificationReport report, GoodRun? kept, CancellationToken cancellationToken)
    {
        using var writer = new BundleWriter(output);
        await writer.WriteHeaderAsync(BundleFormat.Quarantine, store.Now, cancellationToken).ConfigureAwait(false);
        await writer.BeginThreadAsync(head ?? Placeholder(report), cancellationToken).ConfigureAwait(false);
        foreach (var problem in report.Problems)
        {
            await writer.WriteProblemAsync(problem, cancellationToken).ConfigureAwait(false);
        }

        await WriteEntriesAsync(writer, head, kept, report, cancellationToken).ConfigureAwait(false);
        await writer.CutThreadAsync("what was taken out of a damaged thread", cancellationToken).ConfigureAwait(false);
        await writer.FinishAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask WriteEntriesAsync(BundleWriter writer, ThreadHead? head, GoodRun? kept, VerificationReport report, CancellationToken cancellationToken)
    {
        // Those that the log cannot read are left out; what is wrong with them was told. After the last of them, there is nothing.
        var last = report.Problems.Max(problem => problem.Version);
        for (var from = 1L; from <= Math.Max(head?.Version ?? 0, Math.Max(last, report.Version));)
        {
            try
            {
                await foreach (var entry in store.Unguarded.ReadAsync(new ReadRequest { Key = key, From = from }, cancellationToken).ConfigureAwait(false))
                {
                    from = entry.Version + 1;
                    if (kept is null || entry.Version < kept.From || entry.Version > kept.To)
                    {
                        await writer.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
                    }
                }

                return;
            }
            catch (CorruptStateException e)
            {
                from = Math.Max(from, e.Version) + 1;
            }
        }
    }

    private ThreadHead Placeholder(VerificationReport report)
        => new() { Key = key, Life = default, Version = Math.Max(report.Version, 1), ChainHash = default, CreatedAt = DateTimeOffset.UnixEpoch, UpdatedAt = DateTimeOffset.UnixEpoch };
}

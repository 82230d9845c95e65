using Holdfast.Logs;
using Holdfast.Postgres.Rows;

namespace Holdfast.Postgres.Maintenance;

/// <summary>The row of a thread that a transaction holds, so that nobody else changes the thread.</summary>
/// <param name="Head">The head.</param>
/// <param name="Number">What its entries and pins refer to.</param>
internal sealed record LockedThread(ThreadHead Head, long Number)
{
    /// <summary>Takes hold of a thread; null if there is none.</summary>
    /// <exception cref="CorruptStateException">The head is damaged.</exception>
    public static Task<LockedThread?> FindAsync(ChangeTransaction change, ThreadKey key, CancellationToken cancellationToken)
        => change.RowAsync(
            $"SELECT {HeadColumns.Sql("t")} FROM {change.Schema}.threads t WHERE {HeadColumns.IsKey} FOR UPDATE OF t",
            Parameters.Key(key),
            reader => new LockedThread(HeadColumns.Read(reader, 0, key), HeadColumns.Number(reader, 0)),
            cancellationToken);
}

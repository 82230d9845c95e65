namespace Holdfast;

/// <summary>What a check or a migration of a store's threads found and did.</summary>
/// <param name="Threads">How many threads were looked at.</param>
/// <param name="Migrated">How many were migrated; of a check, how many would be.</param>
/// <param name="Failures">The threads that cannot be opened, and why: damaged, of a newer format, of a newer schema, or not to be migrated.</param>
public sealed record MigrateResult(long Threads, long Migrated, IReadOnlyList<CopyFailure> Failures)
{
    /// <summary>Whether every thread can be opened.</summary>
    public bool IsComplete => Failures.Count == 0;
}

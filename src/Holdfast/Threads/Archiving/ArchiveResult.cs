namespace Holdfast;

/// <summary>The result of moving threads to the archive.</summary>
/// <param name="Archived">How many threads were moved; in a dry run, how many would be.</param>
/// <param name="Skipped">How many stayed, because they were changed meanwhile.</param>
/// <param name="Failures">The threads that could not be moved, and why. They stay as they were.</param>
/// <param name="IsDryRun">Whether it was only counted.</param>
public sealed record ArchiveResult(long Archived, long Skipped, IReadOnlyList<CopyFailure> Failures, bool IsDryRun)
{
    /// <summary>How many threads of the archive belong to none of the store any more: those that a backend has removed itself when they expired. Counted with <see cref="ArchiveOptions.CheckOrphans"/>; 0 without.</summary>
    public long Orphans { get; init; }

    /// <summary>Whether every thread that was to be moved was.</summary>
    public bool IsComplete => Failures.Count == 0;
}

namespace Holdfast;

/// <summary>The result of moving threads to an archive.</summary>
/// <param name="Archived">How many threads were moved; in a dry run, how many would be.</param>
/// <param name="Skipped">How many stayed, because they were changed meanwhile.</param>
/// <param name="Failures">The threads that could not be moved, and why. They stay where they were.</param>
/// <param name="IsDryRun">Whether it was only counted.</param>
public sealed record ArchiveResult(long Archived, long Skipped, IReadOnlyList<CopyFailure> Failures, bool IsDryRun)
{
    /// <summary>Whether every thread that was to be moved was.</summary>
    public bool IsComplete => Failures.Count == 0;
}

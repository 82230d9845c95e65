namespace Holdfast;

/// <summary>The result of an import.</summary>
/// <param name="Imported">How many threads were imported, or brought up to date; in a dry run, how many whole threads the bundle has.</param>
/// <param name="Unchanged">How many threads were there already, with the same commits or with newer ones.</param>
/// <param name="Commits">How many commits were written; none in a dry run.</param>
/// <param name="Skipped">How many threads were left out because the export could not write them whole.</param>
/// <param name="Failures">The threads that could not be imported, and why: a <see cref="CommitConflictException"/> where there is another thread under the id, a <see cref="HistoryDroppedException"/> where what a fork shows of another thread is missing.</param>
public sealed record ImportResult(long Imported, long Unchanged, long Commits, long Skipped, IReadOnlyList<CopyFailure> Failures)
{
    /// <summary>Whether every thread of the bundle is in the store now.</summary>
    public bool IsComplete => Failures.Count == 0 && Skipped == 0;
}

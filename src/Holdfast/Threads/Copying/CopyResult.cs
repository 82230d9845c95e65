namespace Holdfast;

/// <summary>What came of a copy.</summary>
/// <param name="Copied">How many threads were copied, or brought up to date.</param>
/// <param name="Unchanged">How many threads were there already, the same or with commits that came after those of the source.</param>
/// <param name="Commits">How many commits were written.</param>
/// <param name="Bytes">How many bytes of bodies were written.</param>
/// <param name="Failures">The threads that could not be copied, and why.</param>
public sealed record CopyResult(long Copied, long Unchanged, long Commits, long Bytes, IReadOnlyList<CopyFailure> Failures)
{
    /// <summary>Whether every thread is in the target now.</summary>
    public bool IsComplete => Failures.Count == 0;
}

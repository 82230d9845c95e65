namespace Holdfast;

/// <summary>The result of a copy.</summary>
/// <param name="Copied">How many threads were copied, or brought up to date.</param>
/// <param name="Unchanged">How many threads the target already had, with the same commits or with newer ones.</param>
/// <param name="Commits">How many commits were written.</param>
/// <param name="Bytes">How many bytes of bodies were written.</param>
/// <param name="Failures">The threads that could not be copied, and why.</param>
public sealed record CopyResult(long Copied, long Unchanged, long Commits, long Bytes, IReadOnlyList<CopyFailure> Failures)
{
    /// <summary>Whether every thread is in the target now.</summary>
    public bool IsComplete => Failures.Count == 0;
}

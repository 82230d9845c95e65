namespace Holdfast;

/// <summary>The result of an export.</summary>
/// <param name="Threads">How many threads the bundle has.</param>
/// <param name="Commits">How many commits they have.</param>
/// <param name="Bytes">How many bytes the bundle has.</param>
/// <param name="Failures">The threads that could not be exported whole, and why. An import leaves them out.</param>
public sealed record ExportResult(long Threads, long Commits, long Bytes, IReadOnlyList<CopyFailure> Failures)
{
    /// <summary>Whether every thread is in the bundle.</summary>
    public bool IsComplete => Failures.Count == 0;
}

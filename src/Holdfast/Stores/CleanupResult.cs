namespace Holdfast;

/// <summary>What a clean-up removed, or would remove.</summary>
/// <param name="Expired">How many threads had expired.</param>
/// <param name="Old">How many had not been updated for too long.</param>
/// <param name="IsDryRun">Whether they were only counted.</param>
public sealed record CleanupResult(long Expired, long Old, bool IsDryRun)
{
    /// <summary>How many threads, or what is kept of them, could not be looked after, because they are damaged, for instance; the log says why. The others were.</summary>
    public long Failed { get; init; }
}

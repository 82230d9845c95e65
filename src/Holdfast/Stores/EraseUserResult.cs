namespace Holdfast;

/// <summary>What the erasure of a user removed, or would remove.</summary>
/// <param name="Threads">How many threads.</param>
/// <param name="Forks">How many forks of those threads, no matter who owned them.</param>
/// <param name="Trunks">How many trunks: threads that had been erased before, and were kept for forks.</param>
/// <param name="HadVariables">Whether there were variables of the user.</param>
/// <param name="IsDryRun">Whether they were only counted.</param>
public sealed record EraseUserResult(long Threads, long Forks, long Trunks, bool HadVariables, bool IsDryRun);

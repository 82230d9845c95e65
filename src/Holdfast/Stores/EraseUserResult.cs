namespace Holdfast;

/// <summary>What the erasure of a user removed, or would remove.</summary>
/// <param name="Threads">How many threads.</param>
/// <param name="Forks">How many forks of those threads, no matter who owned them.</param>
/// <param name="Trunks">How many trunks: threads that had been erased before, and were kept for forks.</param>
/// <param name="HadVariables">Whether there were variables of the user.</param>
/// <param name="IsDryRun">Whether they were only counted.</param>
public sealed record EraseUserResult(long Threads, long Forks, long Trunks, bool HadVariables, bool IsDryRun)
{
    /// <summary>How many threads of the tenant have heads that are damaged, or of a newer format, so that nobody knows whether they are the user's. They are still there, as are their entries; a warning names each.</summary>
    /// <remarks><see cref="ThreadHandle.RecoverAsync(RecoverOptions, CancellationToken)"/> makes such a thread readable; after that the erasure is run again.</remarks>
    public long Unreadable { get; init; }

    /// <summary>Whether nothing of the user is left, or would be.</summary>
    public bool IsComplete => Unreadable == 0;
}

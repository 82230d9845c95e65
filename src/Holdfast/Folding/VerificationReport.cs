namespace Holdfast;

/// <summary>What a verification of a thread found.</summary>
/// <param name="Id">The thread.</param>
/// <param name="Version">Its version; where its head cannot be read, that of the newest entry that is whole.</param>
/// <param name="Entries">How many entries were read.</param>
/// <param name="Problems">What is wrong: a head that cannot be read, then the entries, oldest first, then what the head disagrees about; empty if the thread is intact.</param>
public sealed record VerificationReport(ThreadId Id, long Version, long Entries, IReadOnlyList<VerificationProblem> Problems)
{
    /// <summary>The thread with its space and tenant.</summary>
    public ThreadKey Key { get; init; } = ThreadKey.Of(Id);

    /// <summary>The versions that still have what a redaction was to remove, because it was cut off, or is under way; oldest first. They are not damaged: redact them again.</summary>
    public IReadOnlyList<long> PendingRedactions { get; init; } = [];

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsIntact => Problems.Count == 0;
}

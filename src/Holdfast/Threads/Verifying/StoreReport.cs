namespace Holdfast;

/// <summary>What a verification of a whole store found.</summary>
/// <param name="Threads">How many threads were verified.</param>
/// <param name="Entries">How many entries were read.</param>
/// <param name="Damaged">The threads that are damaged, in the order of their spaces, tenants and ids.</param>
/// <param name="Unreadable">What is wrong with threads that cannot even be named, or of which only the name could be read.</param>
public sealed record StoreReport(long Threads, long Entries, IReadOnlyList<VerificationReport> Damaged, IReadOnlyList<AgentStateException> Unreadable)
{
    /// <summary>The threads that still have what a redaction was to remove (<see cref="VerificationReport.PendingRedactions"/>), in the same order. They may be intact.</summary>
    public IReadOnlyList<VerificationReport> Pending { get; init; } = [];

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsIntact => Damaged.Count == 0 && Unreadable.Count == 0;
}

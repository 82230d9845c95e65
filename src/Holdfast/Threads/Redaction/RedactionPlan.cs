namespace Holdfast;

/// <summary>Where content is that a redaction removes, or has removed. It never has the content.</summary>
/// <param name="ThreadId">The thread that is redacted.</param>
/// <param name="Places">The versions, thread by thread, oldest first.</param>
public sealed record RedactionPlan(ThreadId ThreadId, IReadOnlyList<RedactionPlace> Places)
{
    /// <summary>Whether nothing was found.</summary>
    public bool IsEmpty => Places.Count == 0;
}

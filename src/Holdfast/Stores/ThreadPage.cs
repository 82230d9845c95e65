namespace Holdfast;

/// <summary>A page of threads.</summary>
/// <param name="Threads">The threads, in the order of the query.</param>
/// <param name="Continuation">For the query of the page after this one; null when this is the last.</param>
public sealed record ThreadPage(IReadOnlyList<ThreadInfo> Threads, string? Continuation);

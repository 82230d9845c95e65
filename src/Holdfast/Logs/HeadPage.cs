namespace Holdfast.Logs;

/// <summary>A page of heads.</summary>
/// <param name="Heads">The heads, in the order of the query.</param>
/// <param name="Continuation">Passed to the next query for the page after this one; null when this is the last.</param>
public sealed record HeadPage(IReadOnlyList<ThreadHead> Heads, string? Continuation);

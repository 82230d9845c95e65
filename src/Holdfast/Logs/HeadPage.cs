namespace Holdfast.Logs;

/// <summary>A page of heads.</summary>
/// <param name="Heads">The heads, in the order of the query.</param>
/// <param name="Continuation">Passed to the next query for the page after this one; null when this is the last.</param>
public sealed record HeadPage(IReadOnlyList<ThreadHead> Heads, string? Continuation)
{
    /// <summary>What is wrong with each thread that the listing met and left out because its head cannot be read. One that several pages meet is told by each.</summary>
    public IReadOnlyList<AgentStateException> LeftOut { get; init; } = [];
}

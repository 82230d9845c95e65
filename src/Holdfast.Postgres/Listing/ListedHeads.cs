using Holdfast.Logs;

namespace Holdfast.Postgres.Listing;

/// <summary>A page of a listing.</summary>
/// <param name="Page">The heads that can be read.</param>
/// <param name="Damaged">The threads that were left out, because their heads are damaged, or of a newer version, and what is wrong with them.</param>
internal readonly record struct ListedHeads(HeadPage Page, IReadOnlyList<(string Name, AgentStateException Problem)> Damaged);

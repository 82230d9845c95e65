using Holdfast.Logs;

namespace Holdfast.Postgres.Reading;

/// <summary>A page of a listing.</summary>
/// <param name="Page">The heads that are whole.</param>
/// <param name="Damaged">The threads that were left out, because their heads cannot be read.</param>
internal readonly record struct ListedHeads(HeadPage Page, IReadOnlyList<string> Damaged);

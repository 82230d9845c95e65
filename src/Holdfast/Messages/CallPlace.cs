namespace Holdfast;

/// <summary>A tool call that has no result yet.</summary>
/// <param name="Id">The id of the call.</param>
/// <param name="Name">The name of the tool; null where the call does not say it.</param>
/// <param name="Version">The version that the call was committed with.</param>
/// <param name="Index">The place of its message among those of the version.</param>
internal readonly record struct CallPlace(string Id, string? Name, long Version, int Index);

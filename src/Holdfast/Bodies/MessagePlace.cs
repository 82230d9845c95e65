namespace Holdfast;

/// <summary>Where a visible message is stored.</summary>
/// <param name="Range">Which range of the visible history it is in.</param>
/// <param name="Version">The version whose commit added it.</param>
/// <param name="Index">Its place among the messages of that commit.</param>
internal readonly record struct MessagePlace(int Range, long Version, int Index);

using System.Text.Json;

namespace Holdfast;

/// <summary>A change within a JSON value.</summary>
/// <param name="Path">Where: a JSON pointer (RFC 6901), empty for the whole value. An element of an array that was removed is named by its place before, every other one by its place after.</param>
/// <param name="Kind">What became of what stands there.</param>
/// <param name="Before">What stood there; null if nothing did.</param>
/// <param name="After">What stands there now; null if nothing does.</param>
public sealed record JsonChange(string Path, DiffKind Kind, JsonElement? Before, JsonElement? After);

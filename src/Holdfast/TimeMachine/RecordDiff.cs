namespace Holdfast;

/// <summary>A record that is not the same at two points. Its values are not read.</summary>
/// <param name="Name">The name of the record.</param>
/// <param name="Kind">What became of it.</param>
public sealed record RecordDiff(string Name, DiffKind Kind);

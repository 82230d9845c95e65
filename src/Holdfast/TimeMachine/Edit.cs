namespace Holdfast;

/// <summary>A stretch of one sequence that another has instead of its own.</summary>
/// <param name="Before">Where it begins in the first sequence.</param>
/// <param name="Removed">How many elements of the first it takes away.</param>
/// <param name="After">Where it begins in the second sequence.</param>
/// <param name="Added">How many elements of the second it brings.</param>
internal readonly record struct Edit(int Before, int Removed, int After, int Added);

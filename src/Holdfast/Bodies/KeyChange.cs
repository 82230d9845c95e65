namespace Holdfast;

/// <summary>What a commit does to one key of a section, in this order: remove it, set it, append to the array that it has.</summary>
/// <param name="Removes">Whether the key is removed first; set again, it comes after the others.</param>
/// <param name="Value">The new JSON text; null to leave it (or removed).</param>
/// <param name="Appended">The JSON texts of the elements that are appended; null for none.</param>
internal readonly record struct KeyChange(bool Removes, ReadOnlyMemory<byte>? Value, IReadOnlyList<ReadOnlyMemory<byte>>? Appended)
{
    /// <summary>Whether nothing but elements are added, which two commits can do to the same key.</summary>
    public bool OnlyAppends => !Removes && Value is null;
}

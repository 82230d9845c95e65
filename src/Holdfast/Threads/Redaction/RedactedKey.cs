namespace Holdfast;

/// <summary>A key whose whole history is to go.</summary>
/// <param name="Section">The section: <c>variables</c>, <c>metadata</c>, or one of your own or of a tool (<c>tools/NAME</c>).</param>
/// <param name="Key">The key.</param>
public sealed record RedactedKey(string Section, string Key);

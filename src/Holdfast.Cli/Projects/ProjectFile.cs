namespace Holdfast.Cli;

/// <summary>A file of a project.</summary>
/// <param name="Path">Its path in the project's folder, with slashes.</param>
/// <param name="Text">What is in it.</param>
internal sealed record ProjectFile(string Path, string Text);

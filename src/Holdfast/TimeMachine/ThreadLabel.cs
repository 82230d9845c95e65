namespace Holdfast;

/// <summary>A name that somebody gave a version of a thread.</summary>
/// <param name="Name">The name.</param>
/// <param name="Version">The version; 0 for the empty state before the first commit.</param>
/// <param name="At">When the name was given.</param>
/// <param name="By">Who gave it; null if that was not said.</param>
public sealed record ThreadLabel(string Name, long Version, DateTimeOffset At, string? By);

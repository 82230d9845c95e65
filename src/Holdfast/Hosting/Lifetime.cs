namespace Holdfast;

/// <summary>How long threads are to live, as a setting says it.</summary>
/// <param name="Time">How long; null for no expiry.</param>
internal readonly record struct Lifetime(TimeSpan? Time);

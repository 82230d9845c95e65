namespace Holdfast.Simulation.Tests.Histories;

/// <summary>A commit that has taken effect.</summary>
/// <param name="Life">The life it was made in.</param>
/// <param name="Version">Its version.</param>
/// <param name="Body">What it says.</param>
internal sealed record Made(HistoryLife Life, long Version, CommitBody Body);

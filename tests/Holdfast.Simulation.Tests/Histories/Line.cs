namespace Holdfast.Simulation.Tests.Histories;

/// <summary>A message, and the commit that has it.</summary>
internal sealed record Line(CommitId Life, long Version, string Text);

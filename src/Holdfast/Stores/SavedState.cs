namespace Holdfast;

/// <summary>What came of saving a state.</summary>
/// <param name="State">
/// The state as it is stored now, at its new version: change it and save it again. It has the ids that its todos were given, and what a <see cref="VisibilityPolicy"/> left.
/// </param>
/// <param name="Commit">The commit; <see cref="CommitInfo.IsEmpty"/> when nothing was different.</param>
public sealed record SavedState(AgentState State, CommitInfo Commit);

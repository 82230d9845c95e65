namespace Holdfast;

/// <summary>The result of saving a state.</summary>
/// <param name="State">
/// The state as it is stored now, ready to be changed and saved again. New todos have their ids, and what a <see cref="VisibilityPolicy"/> removed is gone.
/// </param>
/// <param name="Commit">The commit; <see cref="CommitInfo.IsEmpty"/> when nothing was different.</param>
public sealed record SavedState(AgentState State, CommitInfo Commit);

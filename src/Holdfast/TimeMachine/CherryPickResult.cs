namespace Holdfast;

/// <summary>What came of a cherry-pick.</summary>
/// <param name="Commit">The commit; <see cref="CommitInfo.IsEmpty"/> when there was nothing to change.</param>
/// <param name="Picked">The keys that were changed, as <c>section/key</c>.</param>
/// <param name="Conflicts">The keys that both sides had changed, and that <see cref="CherryPickOptions.OnConflict"/> decided.</param>
public sealed record CherryPickResult(CommitInfo Commit, IReadOnlyList<string> Picked, IReadOnlyList<KeyConflict> Conflicts);

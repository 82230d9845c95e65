namespace Holdfast.Testing;

/// <summary>A commit of which a log said that it stands.</summary>
/// <param name="Key">The thread.</param>
/// <param name="Version">The version at which it stands.</param>
/// <param name="CommitId">The id of the commit.</param>
public readonly record struct AcknowledgedCommit(ThreadKey Key, long Version, CommitId CommitId);

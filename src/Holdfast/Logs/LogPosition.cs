namespace Holdfast.Logs;

/// <summary>A place in the log of a thread.</summary>
/// <param name="Life">The life of the thread.</param>
/// <param name="Version">The version.</param>
/// <param name="ChainHash">The chain hash of that version.</param>
public readonly record struct LogPosition(CommitId Life, long Version, Digest ChainHash);

namespace Holdfast.Logs;

/// <summary>Tells whether a thread was changed in any way: by commits, by maintenance, or by being erased and begun again.</summary>
/// <param name="Life">The life of the thread.</param>
/// <param name="ChainHash">The chain hash of its newest entry.</param>
/// <param name="Revision">How often maintenance changed it.</param>
public readonly record struct ThreadStamp(CommitId Life, Digest ChainHash, long Revision);

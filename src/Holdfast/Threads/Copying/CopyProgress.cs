namespace Holdfast;

/// <summary>How far a copy has come.</summary>
/// <param name="Threads">How many threads are done: copied, found there already, or failed.</param>
/// <param name="TotalThreads">How many threads there were to copy when the copy began.</param>
/// <param name="Commits">How many of their commits are in the target, or were given up.</param>
/// <param name="TotalCommits">How many commits these threads had.</param>
/// <param name="Bytes">How many bytes of bodies were written.</param>
public readonly record struct CopyProgress(long Threads, long TotalThreads, long Commits, long TotalCommits, long Bytes);

namespace Holdfast;

/// <summary>How far an export or an import has come.</summary>
/// <param name="Threads">How many threads are done.</param>
/// <param name="Commits">How many commits were written to the bundle, or read from it.</param>
/// <param name="Bytes">How many bytes of the bundle were written or read.</param>
public readonly record struct BundleProgress(long Threads, long Commits, long Bytes);

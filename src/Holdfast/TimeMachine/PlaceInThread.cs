namespace Holdfast;

/// <summary>A version of a thread, as one side of a <see cref="ThreadDiff"/>.</summary>
/// <param name="Thread">The thread.</param>
/// <param name="Version">The version; 0 for the empty state.</param>
public sealed record PlaceInThread(ThreadId Thread, long Version);

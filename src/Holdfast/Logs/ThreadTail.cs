namespace Holdfast.Logs;

/// <summary>The end of a thread, as one consistent picture.</summary>
/// <param name="Head">The head of the thread.</param>
/// <param name="Entries">The entries from the last keyframe (or earlier) up to the head, oldest first, without gaps.</param>
public sealed record ThreadTail(ThreadHead Head, IReadOnlyList<LogEntry> Entries);

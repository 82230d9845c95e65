namespace Holdfast.Logs;

/// <summary>What the index knows of a thread's file.</summary>
/// <param name="State">The file's state when it was read.</param>
/// <param name="Length">Its length then; more than that of the state when its last line was not whole.</param>
/// <param name="Modified">When it had been changed then, in ticks.</param>
/// <param name="IsSettled">
/// Whether that was so long before that a later change cannot have the same time: file systems keep times in steps of some milliseconds.
/// </param>
internal sealed record IndexedFile(FileState State, long Length, long Modified, bool IsSettled);

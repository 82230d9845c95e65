namespace Holdfast.Logs;

/// <summary>The end of a thread's file.</summary>
/// <param name="Head">The head of the thread.</param>
/// <param name="LastCommit">The commit id of its newest entry.</param>
/// <param name="Entries">The entries that were read, oldest first.</param>
/// <param name="Stamp">The state of the file, without a torn last line.</param>
/// <param name="HeaderLength">The length of the file's first line.</param>
internal sealed record FileTail(ThreadHead Head, CommitId LastCommit, IReadOnlyList<LogEntry> Entries, FileStamp Stamp, int HeaderLength);

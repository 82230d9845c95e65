namespace Holdfast.Logs;

/// <summary>The end of a thread's file.</summary>
/// <param name="Head">The head of the thread.</param>
/// <param name="Pins">Its pins.</param>
/// <param name="LastCommit">The commit id of its newest entry.</param>
/// <param name="Entries">The entries that were asked for, oldest first.</param>
/// <param name="Stamp">The state of the file, without a torn last line.</param>
internal sealed record FileTail(ThreadHead Head, IReadOnlyList<Pin> Pins, CommitId LastCommit, IReadOnlyList<LogEntry> Entries, FileStamp Stamp)
{
    /// <summary>Where the line begins from which on the head follows. What maintenance wrote before it has no say any more.</summary>
    public long HeadStart { get; init; }
}

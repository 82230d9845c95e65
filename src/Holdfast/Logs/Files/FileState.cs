namespace Holdfast.Logs;

/// <summary>What is known of a thread's file.</summary>
/// <param name="Stamp">The state of the file that this was true of.</param>
/// <param name="Head">The head of the thread.</param>
/// <param name="LastCommit">The commit id of its newest entry.</param>
/// <param name="IsAnchored">Whether this process itself knows that the file's name is on the disk. Another one may have died between both.</param>
internal sealed record FileState(FileStamp Stamp, ThreadHead Head, CommitId LastCommit, bool IsAnchored)
{
    public static FileState Of(FileTail tail) => new(tail.Stamp, tail.Head, tail.LastCommit, IsAnchored: false);
}

namespace Holdfast.Logs;

/// <summary>What is known of a thread's file.</summary>
/// <param name="Stamp">The state of the file that this was true of.</param>
/// <param name="Head">The head of the thread.</param>
/// <param name="LastCommit">The commit id of its newest entry.</param>
/// <param name="Origin">Which file it was.</param>
internal sealed record FileState(FileStamp Stamp, ThreadHead Head, CommitId LastCommit, FileOrigin Origin)
{
    /// <summary>Whether this process itself knows that the file's name is on the disk. Another one may have died between both.</summary>
    public bool IsAnchored { get; init; }

    /// <summary>Whether the process that wrote the newest line brought it to the disk before it went on: not even a loss of power can undo it.</summary>
    public bool IsDurable { get; init; }

    public static FileState Of(FileTail tail, FileSource source)
        => new(tail.Stamp, tail.Head, tail.LastCommit, FileOrigin.Of(source, tail.HeaderLength));
}

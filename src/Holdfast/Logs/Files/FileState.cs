namespace Holdfast.Logs;

/// <summary>What is known of a thread's file.</summary>
/// <param name="Stamp">The state of the file that this was true of.</param>
/// <param name="Head">The head of the thread.</param>
/// <param name="LastCommit">The commit id of its newest entry.</param>
/// <param name="Made">When the file was made, which tells it from others by its name; 0 where the file system does not keep that.</param>
internal sealed record FileState(FileStamp Stamp, ThreadHead Head, CommitId LastCommit, long Made)
{
    /// <summary>The pins of the thread; none are told by an index file, which knows their number only.</summary>
    public IReadOnlyList<Pin> Pins { get; init; } = [];

    /// <summary>Whether this process itself knows that the file's name is on the disk. Another one may have died between both.</summary>
    public bool IsAnchored { get; init; }

    /// <summary>Whether the process that wrote the newest line brought it to the disk before it went on: not even a loss of power can undo it.</summary>
    public bool IsDurable { get; init; }

    public static FileState Of(FileTail tail, FileSource source) => new(tail.Stamp, tail.Head, tail.LastCommit, source.Made) { Pins = tail.Pins };

    /// <summary>Whether both are of one file: a thread that was erased and begun again has another one by the same name, and so has one that was put in its place.</summary>
    public bool IsSameFile(FileState other) => Made != 0 && Made == other.Made && Head.Life == other.Head.Life;
}

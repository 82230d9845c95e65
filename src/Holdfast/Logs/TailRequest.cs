namespace Holdfast.Logs;

/// <summary>Which end of a thread is read.</summary>
public sealed record TailRequest
{
    /// <summary>The thread.</summary>
    public required ThreadKey Key { get; init; }

    /// <summary>How many entries are wanted at least (as far as there are so many); 0 for those from the last keyframe on only.</summary>
    public int MinimumEntries { get; init; }

    /// <summary>The life that is wanted; null for whichever is there. A thread with another life is answered as one that is not there.</summary>
    public CommitId? Life { get; init; }

    /// <summary>What the caller has already: only the entries after it are read, if the thread has that life and no version between was dropped. Else the whole end is.</summary>
    /// <remarks><see cref="LogPosition.ChainHash"/> is for the caller, who folds the entries and sees whether the chain reaches the head's; a log need not compare it.</remarks>
    public LogPosition? Since { get; init; }
}

namespace Holdfast.Logs;

/// <summary>Which tail of a thread is read.</summary>
public sealed record TailRequest
{
    /// <summary>The thread.</summary>
    public required ThreadKey Key { get; init; }

    /// <summary>The least number of entries to read, if there are that many; 0 for those from the last keyframe on only.</summary>
    public int MinimumEntries { get; init; }

    /// <summary>The expected life; null for any. If the thread has another life, the answer is that there is no such thread.</summary>
    public CommitId? Life { get; init; }

    /// <summary>What the caller already has: only newer entries are read, if the thread has that life and no version in between was dropped. Otherwise the whole tail is read.</summary>
    /// <remarks><see cref="LogPosition.ChainHash"/> is for the caller, who folds the entries and checks that the chain reaches the head's; a log does not compare it.</remarks>
    public LogPosition? Since { get; init; }
}

using Holdfast.Logs;

namespace Holdfast;

/// <summary>A commit whose bytes are fixed, so that sending it again after an unknown outcome is the same commit.</summary>
/// <param name="Change">What it changes.</param>
/// <param name="Options">What is said of it.</param>
/// <param name="Request">What the log is asked to append.</param>
/// <param name="History">What is visible after it.</param>
/// <param name="OpenCalls">The calls that are open after it.</param>
/// <param name="Info">How it is described.</param>
/// <param name="StateSize">The size of the state after it.</param>
/// <param name="PlainBytes">How many bytes the JSON text of its body has.</param>
internal sealed record PreparedCommit(
    Change Change, CommitOptions Options, AppendRequest Request, HistoryView History, OpenCalls OpenCalls, CommitInfo Info, long StateSize, int PlainBytes)
{
    /// <summary>The head once it is stored.</summary>
    public ThreadHead Head => Request.Head;

    /// <summary>Whether it was sent.</summary>
    public bool IsSent { get; set; }

    /// <summary>Whether it was sent, and it is not known what came of it.</summary>
    public bool IsUnsettled { get; set; }
}

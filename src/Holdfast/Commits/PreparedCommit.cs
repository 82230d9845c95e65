using Holdfast.Logs;

namespace Holdfast;

/// <summary>A commit whose bytes are fixed, so that sending it again after an unknown outcome is the same commit.</summary>
internal sealed record PreparedCommit(ChangeSet Changes, AppendRequest Request, HistoryView History, CommitInfo Info, CommitOptions Options, long StateSize)
{
    /// <summary>Whether it was sent.</summary>
    public bool IsSent { get; set; }

    /// <summary>Whether it was sent, and it is not known what came of it.</summary>
    public bool IsUnsettled { get; set; }
}

using Holdfast.Logs;

namespace Holdfast;

/// <summary>A commit whose bytes are fixed, so that sending it again after an unknown outcome is the same commit.</summary>
internal sealed record PreparedCommit(ChangeSet Changes, AppendRequest Request, HistoryView History, CommitInfo Info);

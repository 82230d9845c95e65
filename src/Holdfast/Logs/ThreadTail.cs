namespace Holdfast.Logs;

/// <summary>The head and the newest entries of a thread, as one consistent picture.</summary>
/// <param name="Head">The head of the thread.</param>
/// <param name="Entries">The entries from the last keyframe (or earlier) up to the head, oldest first, without gaps; or those after <see cref="TailRequest.Since"/>.</param>
public sealed record ThreadTail(ThreadHead Head, IReadOnlyList<LogEntry> Entries)
{
    /// <summary>Whether the entries are those that follow <paramref name="position"/>, up to the head.</summary>
    public bool Follows(LogPosition position) => Head.Life == position.Life
        && (Entries.Count == 0 ? Head.Version == position.Version && Head.ChainHash == position.ChainHash : Entries[0].Version == position.Version + 1);
}

using Holdfast.Logs;

namespace Holdfast;

/// <summary>Where the entries of a thread that is copied come from.</summary>
/// <param name="head">The head of the thread.</param>
internal abstract class EntrySource(ThreadHead head)
{
    /// <summary>The head of the thread.</summary>
    public ThreadHead Head => head;

    /// <summary>Reads the entries from the first to that of the head, once.</summary>
    public abstract IAsyncEnumerable<LogEntry> ReadAsync(CancellationToken cancellationToken);

    /// <summary>The commit at the version of the head; null if it is not there any more.</summary>
    public abstract ValueTask<CommitId?> NewestAsync(CancellationToken cancellationToken);
}

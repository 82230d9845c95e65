using Holdfast.Logs;

namespace Holdfast;

/// <summary>The entries of a thread in a log.</summary>
/// <param name="log">The log.</param>
/// <param name="head">The head of the thread; entries after it are not read.</param>
internal sealed class LogSource(ICommitLog log, ThreadHead head) : EntrySource(head)
{
    public override IAsyncEnumerable<LogEntry> ReadAsync(CancellationToken cancellationToken) => log.ReadAsync(Request(Head.FirstVersion), cancellationToken);

    public override async ValueTask<CommitId?> NewestAsync(CancellationToken cancellationToken)
    {
        await foreach (var entry in log.ReadAsync(Request(Head.Version), cancellationToken).ConfigureAwait(false))
        {
            return entry.CommitId;
        }

        return null;
    }

    private ReadRequest Request(long from) => new() { Key = Head.Key, From = from, To = Head.Version, Life = Head.Life };
}

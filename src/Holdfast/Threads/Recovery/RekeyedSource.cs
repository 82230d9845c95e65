using Holdfast.Logs;

namespace Holdfast;

/// <summary>The entries of a thread in a log, to be copied to another key.</summary>
/// <param name="log">The log.</param>
/// <param name="from">The key that they have there.</param>
/// <param name="head">The head that the copy is to have; entries outside its versions are not read.</param>
internal sealed class RekeyedSource(ICommitLog log, ThreadKey from, ThreadHead head) : EntrySource(head)
{
    public override IAsyncEnumerable<LogEntry> ReadAsync(CancellationToken cancellationToken)
        => log.ReadAsync(new ReadRequest { Key = from, From = Head.FirstVersion, To = Head.Version }, cancellationToken).Select(entry => entry with { Key = Head.Key });

    public override async ValueTask<CommitId?> NewestAsync(CancellationToken cancellationToken)
    {
        await foreach (var entry in log.ReadAsync(new ReadRequest { Key = from, From = Head.Version, To = Head.Version }, cancellationToken).ConfigureAwait(false))
        {
            return entry.CommitId;
        }

        return null;
    }
}

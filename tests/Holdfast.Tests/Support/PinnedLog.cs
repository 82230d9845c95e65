using Holdfast.Logs;

namespace Holdfast.Tests.Support;

/// <summary>Gives the same version the same commit id each time, so that chain hashes are the same too. Sessions must be opened anew for each commit.</summary>
internal sealed class PinnedLog(ICommitLog inner) : ICommitLog
{
    public LogCapabilities Capabilities => inner.Capabilities;

    public string Description => inner.Description;

    public ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        var entry = request.Entry with { CommitId = RawThread.IdOf(request.Entry.Version) };
        var head = request.Head with { ChainHash = ChainHash.Next(request.After, entry), Life = request.Begins ? entry.CommitId : request.Head.Life };
        return inner.AppendAsync(request with { Entry = entry, Head = head }, cancellationToken);
    }

    public ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
        => inner.ReadTailAsync(request, cancellationToken);

    public IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, CancellationToken cancellationToken = default)
        => inner.ReadAsync(request, cancellationToken);

    public ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default) => inner.GetHeadAsync(request, cancellationToken);

    public ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default) => inner.ListAsync(query, cancellationToken);

    public ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
        => inner.UpdateHeadAsync(update, cancellationToken);

    public ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
        => inner.RewriteAsync(request, cancellationToken);

    public ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
        => inner.EraseAsync(request, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}

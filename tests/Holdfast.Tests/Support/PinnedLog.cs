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
        var head = request.Head with { ChainHash = ChainHash.Next(request.After, entry) };
        return inner.AppendAsync(request with { Entry = entry, Head = head }, cancellationToken);
    }

    public ValueTask<ThreadTail?> ReadTailAsync(ThreadKey key, int minimumEntries = 0, CancellationToken cancellationToken = default)
        => inner.ReadTailAsync(key, minimumEntries, cancellationToken);

    public IAsyncEnumerable<LogEntry> ReadAsync(
        ThreadKey key, long from = 1, long to = long.MaxValue, ReadDirection direction = ReadDirection.Forward, CancellationToken cancellationToken = default)
        => inner.ReadAsync(key, from, to, direction, cancellationToken);

    public ValueTask<ThreadHead?> GetHeadAsync(ThreadKey key, CancellationToken cancellationToken = default) => inner.GetHeadAsync(key, cancellationToken);

    public ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default) => inner.ListAsync(query, cancellationToken);

    public ValueTask<bool> SetExpiryAsync(ThreadKey key, DateTimeOffset? expiresAt, CancellationToken cancellationToken = default)
        => inner.SetExpiryAsync(key, expiresAt, cancellationToken);

    public ValueTask<bool> RewriteAsync(
        ThreadKey key, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements, long dropBelow = 0, CancellationToken cancellationToken = default)
        => inner.RewriteAsync(key, replacements, dropBelow, cancellationToken);

    public ValueTask<bool> EraseAsync(ThreadKey key, ThreadHead? ifUnchanged = null, CancellationToken cancellationToken = default)
        => inner.EraseAsync(key, ifUnchanged, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}

using Holdfast.Logs;

namespace Holdfast.Testing.Tests;

/// <summary>A log that does what another one does; tests override what they want otherwise.</summary>
public abstract class DelegatingLog(ICommitLog inner) : ICommitLog
{
    public virtual LogCapabilities Capabilities => inner.Capabilities;

    public virtual string Description => inner.Description;

    protected ICommitLog Inner => inner;

    public virtual ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
        => inner.AppendAsync(request, cancellationToken);

    public virtual ValueTask<ThreadTail?> ReadTailAsync(ThreadKey key, int minimumEntries = 0, CancellationToken cancellationToken = default)
        => inner.ReadTailAsync(key, minimumEntries, cancellationToken);

    public virtual IAsyncEnumerable<LogEntry> ReadAsync(
        ThreadKey key, long from = 1, long to = long.MaxValue, ReadDirection direction = ReadDirection.Forward, CancellationToken cancellationToken = default)
        => inner.ReadAsync(key, from, to, direction, cancellationToken);

    public virtual ValueTask<ThreadHead?> GetHeadAsync(ThreadKey key, CancellationToken cancellationToken = default) => inner.GetHeadAsync(key, cancellationToken);

    public virtual ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default) => inner.ListAsync(query, cancellationToken);

    public virtual ValueTask<bool> SetExpiryAsync(ThreadKey key, DateTimeOffset? expiresAt, CancellationToken cancellationToken = default)
        => inner.SetExpiryAsync(key, expiresAt, cancellationToken);

    public virtual ValueTask<bool> RewriteAsync(
        ThreadKey key, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements, long dropBelow = 0, CancellationToken cancellationToken = default)
        => inner.RewriteAsync(key, replacements, dropBelow, cancellationToken);

    public virtual ValueTask<bool> EraseAsync(ThreadKey key, ThreadHead? ifUnchanged = null, CancellationToken cancellationToken = default)
        => inner.EraseAsync(key, ifUnchanged, cancellationToken);

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return inner.DisposeAsync();
    }

    protected async Task<List<LogEntry>> ReadAllAsync(ThreadKey key)
    {
        var entries = new List<LogEntry>();
        await foreach (var entry in inner.ReadAsync(key))
        {
            entries.Add(entry);
        }

        return entries;
    }
}

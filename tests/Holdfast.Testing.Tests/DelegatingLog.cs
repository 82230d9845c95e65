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

    public virtual ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
        => inner.ReadTailAsync(request, cancellationToken);

    public virtual IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, CancellationToken cancellationToken = default) => inner.ReadAsync(request, cancellationToken);

    public virtual ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default) => inner.GetHeadAsync(request, cancellationToken);

    public virtual ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default) => inner.ListAsync(query, cancellationToken);

    public virtual ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default) => inner.UpdateHeadAsync(update, cancellationToken);

    public virtual ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default) => inner.RewriteAsync(request, cancellationToken);

    public virtual ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default) => inner.EraseAsync(request, cancellationToken);

    public virtual T? GetService<T>()
        where T : class
        => this as T ?? inner.GetService<T>();

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

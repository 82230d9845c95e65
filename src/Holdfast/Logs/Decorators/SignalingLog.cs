namespace Holdfast.Logs;

/// <summary>Tells those who wait in this process of what is changed through it. While nobody waits, it adds nothing to a call.</summary>
internal sealed class SignalingLog(ICommitLog log, CommitSignals signals) : ICommitLog
{
    public LogCapabilities Capabilities => log.Capabilities;

    public string Description => log.Description;

    public ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        var call = log.AppendAsync(request, cancellationToken);
        return signals.IsAwaited ? TellAsync(request, call) : call;
    }

    public ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default) => log.ReadTailAsync(request, cancellationToken);

    public IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, CancellationToken cancellationToken = default) => log.ReadAsync(request, cancellationToken);

    public ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default) => log.GetHeadAsync(request, cancellationToken);

    public ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default) => log.ListAsync(query, cancellationToken);

    public ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
    {
        var call = log.UpdateHeadAsync(update, cancellationToken);
        return update.MovesRevision ? Telling(update.Key, call) : call;
    }

    public ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default) => Telling(request.Key, log.RewriteAsync(request, cancellationToken));

    public ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default) => Telling(request.Key, log.EraseAsync(request, cancellationToken));

    public T? GetService<T>()
        where T : class
        => this as T ?? log.GetService<T>();

    public ValueTask DisposeAsync() => log.DisposeAsync();

    // Who begins to wait during the call looks after that, or hears of it when it looks next.
    private ValueTask<T> Telling<T>(ThreadKey key, ValueTask<T> call) => signals.IsAwaited ? TellAsync(key, call) : call;

    private async ValueTask<AppendResult> TellAsync(AppendRequest request, ValueTask<AppendResult> call)
    {
        var result = await TellAsync(request.Entry.Key, call).ConfigureAwait(false);
        if (request.Head.DueAt <= request.Entry.At)
        {
            signals.TellDue();
        }

        return result;
    }

    private async ValueTask<T> TellAsync<T>(ThreadKey key, ValueTask<T> call)
    {
        try
        {
            return await call.ConfigureAwait(false);
        }
        finally
        {
            // After a failure, too: the change may have been made.
            signals.Tell(key);
        }
    }
}

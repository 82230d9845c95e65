namespace Holdfast.DynamoDb.Maintenance;

/// <summary>Collects from time to time beside uploads and erases, which are what leaves orphans.</summary>
internal sealed class CollectionSchedule(Collector collector, TimeProvider time) : IAsyncDisposable
{
    /// <summary>How long to wait between two collections, and how old interrupted work must be.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private long? _begun;

    /// <summary>Called after an upload or an erase.</summary>
    public void Notice()
    {
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested || !_running.IsCompleted || (_begun is { } begun && time.GetElapsedTime(begun) < Interval))
            {
                return;
            }

            _begun = time.GetTimestamp();
            _running = Task.Run(CollectAsync);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task running;
        lock (_lock)
        {
            _stopping.Cancel();
            running = _running;
        }

        await running.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task CollectAsync()
    {
        try
        {
            await collector.CollectAsync(Interval, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AgentStateException or OperationCanceledException or ObjectDisposedException or FormatException)
        {
            // No one waits for it; the next time, or the next process, goes on.
        }
    }
}

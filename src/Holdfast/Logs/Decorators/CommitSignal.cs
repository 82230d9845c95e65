namespace Holdfast.Logs;

/// <summary>What one who waits for commits is woken by. For one waiter; it stays woken until it has waited again.</summary>
internal sealed class CommitSignal(CommitSignals signals, long? thread) : IDisposable
{
    private readonly SemaphoreSlim _told = new(0, 1);
    private int _isTold;

    /// <summary>The thread whose commits wake; null for those of all.</summary>
    public long? Thread => thread;

    /// <summary>Whether commits of other processes are told, too.</summary>
    public bool IsLive => signals.IsLive;

    public void Tell()
    {
        if (Interlocked.Exchange(ref _isTold, 1) == 0)
        {
            _told.Release();
        }
    }

    /// <summary>Waits until something is told, or a time has passed, by the real clock: what is waited for are others.</summary>
    public async ValueTask WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        if (await _told.WaitAsync(atMost, cancellationToken).ConfigureAwait(false))
        {
            // What is told from here on wakes again; what was told before is seen by whoever looks now.
            Volatile.Write(ref _isTold, 0);
        }
    }

    public void Dispose() => signals.Leave(this);
}

namespace Holdfast.Logs;

/// <summary>A listening that runs in the background, and begins again whenever it has failed.</summary>
public sealed class HintListening : IHintSubscription
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    // Never disposed of: it has no timer, and may be cancelled at any time.
    private readonly CancellationTokenSource _stop = new();
    private readonly IHintListener _listener;
    private volatile bool _isLive;
    private int _failures;

    internal HintListening(IHintListener listener, Func<HintListening, CancellationToken, Task> listen)
    {
        _listener = listener;
        var token = _stop.Token;
        Ended = Task.Run(() => RunAsync(listen, token), CancellationToken.None);
    }

    /// <inheritdoc/>
    public bool IsLive => _isLive;

    internal Task Ended { get; }

    /// <summary>From now on commits of other processes are told; earlier ones may have been missed.</summary>
    public void Begin()
    {
        (_isLive, _failures) = (true, 0);
        Hear(CommitHint.Any);
    }

    /// <summary>Passes a hint on.</summary>
    public void Hear(CommitHint hint) => _listener.Hear(hint);

    /// <summary>Ends the listening; what runs in the background ends soon.</summary>
    public void Dispose() => _stop.Cancel();

    private async Task RunAsync(Func<HintListening, CancellationToken, Task> listen, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await listen(this, stop).ConfigureAwait(false);
            }
            catch (ObjectDisposedException)
            {
                break;
            }
            catch (Exception)
            {
                // Those who wait look more often until it works again.
            }

            if (_isLive)
            {
                _isLive = false;
                Hear(CommitHint.Any);
            }

            var pause = ShortestPause * Math.Pow(2, Math.Min(_failures++, 10));
            await Task.Delay(pause < LongestPause ? pause : LongestPause, TimeProvider.System, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _isLive = false;
    }
}

using Holdfast.Logs;

namespace Holdfast;

/// <summary>How a feed waits: for a commit between two looks, and for a backend that fails.</summary>
/// <param name="store">The store.</param>
/// <param name="what">What is watched, for the log.</param>
/// <param name="key">The thread; null for all.</param>
/// <param name="pollInterval">How long to wait at most where nothing tells of commits of other processes.</param>
/// <param name="maxOutage">How long the backend may fail.</param>
internal sealed class FeedWait(StoreContext store, string what, ThreadKey? key, TimeSpan pollInterval, TimeSpan maxOutage) : IDisposable
{
    public static readonly TimeSpan ShortestPoll = TimeSpan.FromMilliseconds(10);
    public static readonly TimeSpan LongestPoll = TimeSpan.FromHours(1);

    private const int LiveFactor = 10;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly CommitSignal _signal = store.Signals.Watch(key);
    private readonly IDisposable _counted = Telemetry.Watching(key is null ? "store" : "thread");
    private int _failures;
    private long _failingSince;

    /// <summary>Waits until something may have happened.</summary>
    public Task ForCommitAsync(CancellationToken cancellationToken) => ForCommitAsync(LongestPoll, cancellationToken);

    /// <summary>Waits until something may have happened, or a time has passed.</summary>
    public Task ForCommitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        var longest = _signal.IsLive ? pollInterval * LiveFactor : pollInterval;
        return store.Backoff.WaitAsync(_signal, TimeSpan.FromTicks(Math.Clamp(Math.Min(longest.Ticks, atMost.Ticks), ShortestPoll.Ticks, LongestPoll.Ticks)), cancellationToken);
    }

    /// <summary>Looks; where the backend fails, waits until it may be tried again.</summary>
    /// <returns>What was found; null if it has to be tried again.</returns>
    /// <exception cref="StoreUnavailableException">The backend has failed for too long.</exception>
    public async ValueTask<T?> TryAsync<T>(Func<CancellationToken, ValueTask<T>> look, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            var found = await look(cancellationToken).ConfigureAwait(false);
            if (_failures > 0)
            {
                _failures = 0;
                StoreLog.FeedResumed(store.Logger, what, TimeProvider.System.GetElapsedTime(_failingSince));
            }

            return found;
        }
        catch (StoreUnavailableException e)
        {
            _failingSince = _failures == 0 ? TimeProvider.System.GetTimestamp() : _failingSince;
            if (TimeProvider.System.GetElapsedTime(_failingSince) >= maxOutage)
            {
                throw;
            }

            var pause = PauseAfter(++_failures);
            StoreLog.FeedInterrupted(store.Logger, what, pause, e);
            await store.Backoff.WaitAsync(pause, cancellationToken).ConfigureAwait(false);
            return null;
        }
    }

    public void Dispose()
    {
        _signal.Dispose();
        _counted.Dispose();
    }

    // Half of it by chance, so that those who were cut off together do not come back together.
    private TimeSpan PauseAfter(int failures)
    {
        var pause = TimeSpan.FromSeconds(Math.Min(pollInterval.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 16)), LongestPause.TotalSeconds));
        return pause * (0.5 + (0.5 * Random.Shared.NextDouble()));
    }
}

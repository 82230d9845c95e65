using System.Collections.Concurrent;

namespace Holdfast;

/// <summary>The turns that run in this process, so that they learn at once that they are to stop.</summary>
internal sealed class StopSignals
{
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _running = new(StringComparer.Ordinal);

    public void Add(string turn, CancellationTokenSource stop) => _running[turn] = stop;

    public void Remove(string turn) => _running.TryRemove(turn, out _);

    /// <summary>Stops a turn, if it runs here.</summary>
    public void Stop(string turn)
    {
        if (_running.TryGetValue(turn, out var stop))
        {
            try
            {
                stop.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has just ended.
            }
        }
    }
}

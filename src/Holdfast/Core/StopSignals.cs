using System.Collections.Concurrent;

namespace Holdfast;

/// <summary>The turns that run in this process, so that they learn at once that they are to be cancelled.</summary>
internal sealed class StopSignals
{
    private readonly ConcurrentDictionary<string, Action<string>> _running = new(StringComparer.Ordinal);

    /// <summary>Notes a turn that runs here.</summary>
    /// <param name="turn">The turn.</param>
    /// <param name="cancel">Tells it to stop, and why.</param>
    public void Add(string turn, Action<string> cancel) => _running[turn] = cancel;

    public void Remove(string turn) => _running.TryRemove(turn, out _);

    /// <summary>Tells a turn to stop, if it runs here.</summary>
    public void Cancel(string turn, string? reason)
    {
        if (_running.TryGetValue(turn, out var cancel))
        {
            cancel(reason ?? "");
        }
    }
}

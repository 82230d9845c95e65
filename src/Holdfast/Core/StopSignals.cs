using System.Collections.Concurrent;

namespace Holdfast;

/// <summary>The turns that run in this process, so that they learn at once that they are to be cancelled.</summary>
/// <remarks>It keeps none of them alive: the lease of a turn that nobody holds any more is to lapse.</remarks>
internal sealed class StopSignals
{
    private const int FewestSwept = 64;

    private readonly ConcurrentDictionary<string, WeakReference<IStoppable>> _running = new(StringComparer.Ordinal);
    private int _sweepAt = FewestSwept;

    /// <summary>How many turns are noted.</summary>
    public int Count => _running.Count;

    /// <summary>Notes a turn that runs here.</summary>
    public void Add(string turn, IStoppable run)
    {
        _running[turn] = new(run);
        if (_running.Count >= _sweepAt)
        {
            Sweep();
        }
    }

    public void Remove(string turn) => _running.TryRemove(turn, out _);

    /// <summary>Tells a turn to stop, if it runs here.</summary>
    public void Cancel(string turn, string? reason)
    {
        if (_running.TryGetValue(turn, out var noted) && noted.TryGetTarget(out var run))
        {
            run.Cancel(reason ?? "");
        }
    }

    // Those that were dropped without being disposed of.
    private void Sweep()
    {
        foreach (var noted in _running.Where(noted => !noted.Value.TryGetTarget(out _)))
        {
            _running.TryRemove(noted);
        }

        _sweepAt = Math.Max(FewestSwept, _running.Count * 2);
    }
}

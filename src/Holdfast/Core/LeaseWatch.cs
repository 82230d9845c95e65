using System.Collections.Concurrent;

namespace Holdfast;

/// <summary>What this process has itself seen of leases: one has lapsed when it gave no sign of life for its whole time, by the clock of this process that never jumps.</summary>
internal sealed class LeaseWatch
{
    /// <summary>More threads than this are not remembered.</summary>
    private const int Most = 10_000;

    private readonly ConcurrentDictionary<ThreadKey, Seen> _seen = new();

    /// <summary>Notes what a thread shows of its lease, and tells whether it has lapsed.</summary>
    /// <param name="key">The thread.</param>
    /// <param name="sign">What changes whenever the holder gives a sign of life.</param>
    /// <param name="holder">The process that holds the lease.</param>
    /// <param name="time">How long the lease lasts.</param>
    /// <param name="clock">The clock.</param>
    public bool HasLapsed(ThreadKey key, LeaseSign sign, string holder, TimeSpan time, TimeProvider clock)
    {
        if (ProcessIdentity.IsGone(holder))
        {
            return true;
        }

        var now = clock.GetTimestamp();
        if (_seen.Count >= Most && !_seen.ContainsKey(key))
        {
            _seen.Clear();
        }

        var seen = _seen.AddOrUpdate(key, _ => new(sign, now), (_, known) => known.Sign == sign ? known : new(sign, now));
        return clock.GetElapsedTime(seen.Since, now) >= time;
    }

    private sealed record Seen(LeaseSign Sign, long Since);
}

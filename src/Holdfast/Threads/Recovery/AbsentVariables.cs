using System.Collections.Concurrent;

namespace Holdfast;

/// <summary>Variables of which nothing is held, for a minute: many users have none, and they are asked for with every thread that is opened.</summary>
internal sealed class AbsentVariables
{
    private const int Most = 10_000;
    private static readonly TimeSpan Trust = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<ThreadKey, DateTimeOffset> _seen = new();

    public bool Contains(ThreadKey key, DateTimeOffset now) => _seen.TryGetValue(key, out var at) && now - at < Trust;

    public void Add(ThreadKey key, DateTimeOffset now)
    {
        if (key.Space == ThreadSpace.Threads)
        {
            return;
        }

        if (_seen.Count >= Most)
        {
            _seen.Clear();
        }

        _seen[key] = now;
    }
}

using System.Collections.Concurrent;

namespace Holdfast.Logs;

/// <summary>The states of the files that were used last. Each is checked against its file before it is believed.</summary>
internal sealed class FileStateCache(int generation = 4096)
{
    private readonly Lock _turn = new();
    private ConcurrentDictionary<ThreadKey, FileState> _young = new();
    private ConcurrentDictionary<ThreadKey, FileState> _old = new();

    public FileState? Find(ThreadKey key)
    {
        if (_young.TryGetValue(key, out var state))
        {
            return state;
        }

        if (_old.TryGetValue(key, out state))
        {
            Set(key, state);
        }

        return state;
    }

    public void Set(ThreadKey key, FileState state)
    {
        _young[key] = state;
        if (_young.Count > generation)
        {
            lock (_turn)
            {
                // What was not used while a whole generation came is forgotten.
                (_old, _young) = _young.Count > generation ? (_young, new()) : (_old, _young);
            }
        }
    }

    public void Remove(ThreadKey key)
    {
        _young.TryRemove(key, out _);
        _old.TryRemove(key, out _);
    }
}

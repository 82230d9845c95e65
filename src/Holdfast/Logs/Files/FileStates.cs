namespace Holdfast.Logs;

/// <summary>Finds out the state of a thread's file, from the cache if the file still is what was cached.</summary>
internal static class FileStates
{
    /// <summary>The state of an open file; null if there is no file or no whole entry in it.</summary>
    public static FileState? Current(FileSource? source, ThreadKey key, FileStateCache cache)
    {
        if (source is null)
        {
            cache.Remove(key);
            return null;
        }

        if (cache.Find(key) is { } known && source.Stamp() == known.Stamp)
        {
            return known;
        }

        if (TailReader.Read(source, key, 0) is not { } tail)
        {
            cache.Remove(key);
            return null;
        }

        var state = FileState.Of(tail);
        cache.Set(key, state);
        return state;
    }
}

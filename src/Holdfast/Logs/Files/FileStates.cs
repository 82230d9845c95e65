namespace Holdfast.Logs;

/// <summary>Finds out the state of a thread's file, from the cache if the file still is what was cached.</summary>
/// <param name="cache">What this process read or wrote.</param>
internal sealed class FileStates(FileStateCache cache)
{
    /// <summary>The state that was read or written last; it may not be true any more.</summary>
    public FileState? Find(ThreadKey key) => cache.Find(key);

    public void Set(ThreadKey key, FileState state) => cache.Set(key, state);

    public void Remove(ThreadKey key) => cache.Remove(key);

    /// <summary>The state of an open file; null if there is no file or no whole entry in it.</summary>
    /// <param name="source">The file; null if there is none.</param>
    /// <param name="key">The thread.</param>
    /// <param name="indexed">What an index knows of the file.</param>
    /// <exception cref="FileDamageException">The file is damaged, or was cut.</exception>
    public FileState? Current(FileSource? source, ThreadKey key, Func<ThreadKey, FileState?> indexed)
    {
        if (source is null)
        {
            cache.Remove(key);
            return null;
        }

        return Known(source, key) ?? Read(source, new() { Key = key }, indexed).State;
    }

    /// <summary>The head and the newest entries of an open file; null if there is no whole entry in it.</summary>
    /// <inheritdoc cref="Current" path="/exception"/>
    public FileTail? Tail(FileSource source, TailRequest request, Func<ThreadKey, FileState?> indexed)
        => Known(source, request.Key) is { } known && TailReader.Read(source, request, known) is { } tail && tail.Stamp == known.Stamp
            ? tail
            : Read(source, request, indexed).Tail;

    /// <summary>The head and the newest entries of an open file, read from its lines whatever is known of it.</summary>
    /// <inheritdoc cref="Current" path="/exception"/>
    public FileTail? ReadTail(FileSource source, ThreadKey key, Func<ThreadKey, FileState?> indexed) => Read(source, new() { Key = key }, indexed).Tail;

    private FileState? Known(FileSource source, ThreadKey key) => cache.Find(key) is { } known && source.Stamp() == known.Stamp ? known : null;

    private (FileTail? Tail, FileState? State) Read(FileSource source, TailRequest request, Func<ThreadKey, FileState?> indexed)
    {
        var key = request.Key;
        var tail = TailReader.Read(source, request);
        var known = cache.Find(key);
        if (tail is not null && tail.Stamp == known?.Stamp)
        {
            return (tail, known);
        }

        LastLine.RefuseIfChanged(source, tail?.Stamp.Length);

        var state = tail is null ? null : FileState.Of(tail, source);
        if (known is null && (tail is null || source.Length > tail.Stamp.Length))
        {
            // Most likely the rest of an append that a crash cut off. What was on the disk before the crash is there after it.
            known = indexed(key) is { IsDurable: true } durable ? durable : null;
        }

        if (known is not null && IsPartOf(known, state, source))
        {
            return source.HasGrown ? (tail, state) : throw Cut(known, state, source);
        }

        if (state is null)
        {
            cache.Remove(key);
        }
        else
        {
            cache.Set(key, state);
        }

        return (tail, state);
    }

    // No version is ever taken out of a file from its end: a rewrite keeps the newest, and a thread that was erased and begun again has another file.
    private static bool IsPartOf(FileState known, FileState? now, FileSource source) => known.Made != 0
        && (now is null ? source.Made == known.Made : now.Head.Version < known.Head.Version && now.IsSameFile(known));

    private static FileDamageException Cut(FileState known, FileState? now, FileSource source)
    {
        var end = now is null ? "no whole version is in it any more" : $"its last whole version is {now.Head.Version}, which ends at byte {now.Stamp.Length}";
        return new(
            (now?.Head.Version ?? 0) + 1,
            $"the file was cut: {end}, and version {known.Head.Version} was in it, which ended at byte {known.Stamp.Length}; the file has {source.Length} bytes")
        { IsCut = true };
    }
}

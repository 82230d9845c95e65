namespace Holdfast.Logs;

/// <summary>Where a thread is stored.</summary>
/// <param name="Key">The thread.</param>
/// <param name="Shard">The directory whose lock the writers of the thread hold.</param>
/// <param name="Path">Its file, in that directory, or in the one of trunks below it.</param>
internal readonly record struct FilePlace(ThreadKey Key, string Shard, string Path)
{
    /// <summary>The directory that the file is in.</summary>
    public string Directory => System.IO.Path.GetDirectoryName(Path)!;

    public string Name => System.IO.Path.GetFileName(Path);

    public static FilePlace Of(string root, ThreadKey key)
    {
        // A trunk stays in the shard of the thread that it was, so that one rename under one lock makes it.
        var isTrunk = key.TryGetTrunk(out var thread, out var life);
        var id = isTrunk ? thread.Id : key.Id;
        var shard = System.IO.Path.Combine(root, FileNames.OfSpace(key.Space), FileNames.OfTenant(key.Tenant), FileNames.OfShard(id));
        return new(key, shard, isTrunk
            ? System.IO.Path.Combine(shard, FileNames.Trunks, FileNames.OfTrunk(id, life))
            : System.IO.Path.Combine(shard, FileNames.OfThread(id)));
    }
}

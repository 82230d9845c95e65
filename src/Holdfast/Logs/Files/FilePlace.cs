namespace Holdfast.Logs;

/// <summary>Where a thread is stored.</summary>
/// <param name="Key">The thread.</param>
/// <param name="Shard">The directory that its file is in, whose lock its writers hold.</param>
/// <param name="Path">Its file.</param>
internal readonly record struct FilePlace(ThreadKey Key, string Shard, string Path)
{
    public static FilePlace Of(string directory, ThreadKey key)
    {
        var shard = System.IO.Path.Combine(directory, FileNames.OfTenant(key.Tenant), FileNames.OfShard(key.Id));
        return new(key, shard, System.IO.Path.Combine(shard, FileNames.OfThread(key.Id)));
    }
}

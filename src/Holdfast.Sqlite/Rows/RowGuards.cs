using Holdfast.Logs;

namespace Holdfast.Sqlite.Rows;

/// <summary>The hashes by which rows are told from damaged ones, since SQLite has no checksums of its pages.</summary>
/// <remarks>
/// What a row of <c>threads</c> says is written in two steps, so it has two: the guard over what only some appends change, and the mark over where
/// the thread stands, which is settled for many appends at once. Entries have the mark too.
/// </remarks>
internal static class RowGuards
{
    /// <param name="head">The head.</param>
    /// <param name="metadata">The <see cref="RowHash.Of"/> of its metadata as it is stored.</param>
    public static long Guard(ThreadHead head, long metadata)
    {
        var hash = new RowHash();
        hash.Add(head.Key.Tenant);
        hash.Add(head.Key.Id.Value);
        hash.Add(head.UserId);
        hash.Add(head.Agent);
        hash.Add(head.Status.ToName());
        hash.Add(metadata);
        hash.Add(Instants.Floor(head.CreatedAt));
        hash.Add(Instants.Floor(head.ExpiresAt));
        hash.Add(Instants.Floor(head.DeletedAt));
        return hash.Value;
    }

    public static long Mark(long version, long keyframe, in Digest chain, long messages, long updated)
    {
        var hash = new RowHash();
        hash.Add(version);
        hash.Add(keyframe);
        hash.Add(chain);
        hash.Add(messages);
        hash.Add(updated);
        return hash.Value;
    }
}

using Holdfast.Logs;

namespace Holdfast.Sqlite.Writing;

/// <summary>Finds what an append changes of a head.</summary>
internal static class HeadComparison
{
    /// <summary>How <paramref name="next"/> differs from the head that is stored.</summary>
    public static HeadChanges Compare(ThreadHead stored, ThreadHead next)
        => Change(HeadChanges.User, stored.UserId == next.UserId)
            | Change(HeadChanges.Agent, stored.Agent == next.Agent)
            | Change(HeadChanges.Status, stored.Status == next.Status)
            | Change(HeadChanges.Metadata, ThreadHead.IsSameMetadata(stored.Metadata, next.Metadata))
            | Change(HeadChanges.Created, Instants.Floor(stored.CreatedAt) == Instants.Floor(next.CreatedAt))
            | Change(HeadChanges.Expiry, Instants.Floor(stored.ExpiresAt) == Instants.Floor(next.ExpiresAt))
            | Change(HeadChanges.Deletion, Instants.Floor(stored.DeletedAt) == Instants.Floor(next.DeletedAt))
            | Change(HeadChanges.Terms, stored.Terms.SequenceEqual(next.Terms, StringComparer.Ordinal))
            | Change(HeadChanges.Due, Instants.Floor(stored.DueAt) == Instants.Floor(next.DueAt));

    private static HeadChanges Change(HeadChanges change, bool isSame) => isSame ? HeadChanges.None : change;
}

using System.Runtime.InteropServices;
using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Writing;

/// <summary>Finds what an append changes of a head.</summary>
internal static class HeadComparison
{
    /// <summary>How <paramref name="next"/> differs from the head that is stored.</summary>
    public static HeadChanges Compare(ThreadHead stored, ThreadHead next)
        => Change(HeadChanges.User, stored.UserId == next.UserId)
            | Change(HeadChanges.Agent, stored.Agent == next.Agent)
            | Change(HeadChanges.Status, stored.Status == next.Status)
            | Change(HeadChanges.Metadata, IsSame(stored.Metadata, next.Metadata))
            | Change(HeadChanges.Created, Instants.Floor(stored.CreatedAt) == Instants.Floor(next.CreatedAt))
            | Change(HeadChanges.Expiry, Instants.Floor(stored.ExpiresAt) == Instants.Floor(next.ExpiresAt))
            | Change(HeadChanges.Deletion, Instants.Floor(stored.DeletedAt) == Instants.Floor(next.DeletedAt));

    private static HeadChanges Change(HeadChanges change, bool isSame) => isSame ? HeadChanges.None : change;

    // The same text, that is: 1 and 1.0 are equal numbers, but what was written is to be read.
    private static bool IsSame(IReadOnlyDictionary<string, JsonElement> left, IReadOnlyDictionary<string, JsonElement> right)
    {
        if (ReferenceEquals(left, right))
        {
            return true;
        }

        if (left.Count != right.Count)
        {
            return false;
        }

        foreach (var (key, value) in left)
        {
            if (!right.TryGetValue(key, out var other) || !JsonMarshal.GetRawUtf8Value(value).SequenceEqual(JsonMarshal.GetRawUtf8Value(other)))
            {
                return false;
            }
        }

        return true;
    }
}

using Holdfast.Logs;
using StackExchange.Redis;

namespace Holdfast.Redis.Listing;

/// <summary>Where a scan of one tenant's index stands.</summary>
/// <param name="Kind">How <paramref name="Score"/> and <paramref name="Id"/> are meant; see the script.</param>
/// <param name="Score">The score in the set that is walked through.</param>
/// <param name="Id">The id of the last thread that was looked at.</param>
internal readonly record struct ScanPosition(string Kind, RedisValue Score, RedisValue Id)
{
    public static ScanPosition Start => new("", "", "");

    public static ScanPosition After(RedisValue score, RedisValue id) => new("m", score, id);

    /// <summary>Where a listing goes on within a tenant: equal times sort by tenant and then id.</summary>
    public static ScanPosition Of(HeadCursor cursor, ScanOrder order, string tenant)
    {
        RedisValue score = order.Score(Instants.Floor(cursor.At));
        return Math.Sign(CompareTenants(tenant, cursor.Key.Tenant)) switch
        {
            0 => After(score, cursor.Key.Id.Value),
            < 0 => new("a", score, ""),
            _ => new("b", score, ""),
        };
    }

    private static int CompareTenants(string left, string right) => HeadOrder.Compare(ThreadKey.Of(left, "x"), ThreadKey.Of(right, "x"));
}

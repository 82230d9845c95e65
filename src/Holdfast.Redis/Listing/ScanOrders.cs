using Holdfast.Logs;

namespace Holdfast.Redis.Listing;

/// <summary>What the orders mean.</summary>
internal static class ScanOrders
{
    public static ScanOrder Of(HeadQuery query)
        => query.DueBefore is not null ? ScanOrder.Due : query.Filter.Order == ThreadOrder.Id ? ScanOrder.Id : ScanOrder.Recent;

    /// <summary>The score that stands for an instant, in milliseconds; and the other way round.</summary>
    public static long Score(this ScanOrder order, long millis) => order == ScanOrder.Due ? millis : -millis;

    /// <summary>When the thread was updated or, in the order of what is due, is due; null if it is not.</summary>
    public static long? TimeOf(this ScanOrder order, ThreadHead head) => order == ScanOrder.Due ? Instants.Floor(head.DueAt) : Instants.Floor(head.UpdatedAt);

    public static int Compare(this ScanOrder order, HeadCursor left, HeadCursor right)
    {
        var byTime = order switch
        {
            ScanOrder.Id => 0,
            ScanOrder.Due => left.At.CompareTo(right.At),
            _ => right.At.CompareTo(left.At),
        };
        return byTime != 0 ? byTime : HeadOrder.Compare(left.Key, right.Key);
    }
}

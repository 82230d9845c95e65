namespace Holdfast.Logs;

/// <summary>The heads of a listing as they were when its first page was made, for the pages after it.</summary>
internal sealed class HeadSnapshot(ThreadHead[] heads, TimeProvider timeProvider)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly long _made = timeProvider.GetTimestamp();
    private readonly Lock _sorting = new();
    private readonly Dictionary<(bool Due, ThreadOrder Order), ThreadHead[]> _sorted = [];

    public IReadOnlyList<ThreadHead> Heads => heads;

    public bool IsTooOld(TimeProvider now) => now.GetElapsedTime(_made) > Longest;

    /// <summary>The page of a query after a position.</summary>
    /// <param name="query">The query.</param>
    /// <param name="after">The position.</param>
    /// <param name="now">Tells the head that a thread has now; null if the thread is gone.</param>
    public HeadPage Page(HeadQuery query, HeadCursor after, Func<ThreadHead, ThreadHead?> now)
    {
        var order = HeadOrder.Of(query);
        var sorted = Sorted(query, order);
        var found = new List<ThreadHead>();
        for (var i = FirstAfter(sorted, query, after, order); i < sorted.Length && found.Count <= query.Filter.PageSize; i++)
        {
            if (query.Matches(sorted[i]) && now(sorted[i]) is { } head && query.Matches(head) && order(HeadCursor.After(head, query), after) > 0)
            {
                found.Add(head);
            }
        }

        return HeadOrder.Page(found, query);
    }

    private ThreadHead[] Sorted(HeadQuery query, Comparison<HeadCursor> order)
    {
        var kind = (query.DueBefore is not null, query.Filter.Order);
        lock (_sorting)
        {
            if (!_sorted.TryGetValue(kind, out var sorted))
            {
                sorted = query.DueBefore is null ? [.. heads] : [.. heads.Where(head => head.DueAt is not null)];
                Array.Sort(sorted, (x, y) => order(HeadCursor.After(x, query), HeadCursor.After(y, query)));
                _sorted[kind] = sorted;
            }

            return sorted;
        }
    }

    private static int FirstAfter(ThreadHead[] sorted, HeadQuery query, HeadCursor after, Comparison<HeadCursor> order)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = order(HeadCursor.After(sorted[middle], query), after) > 0 ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}

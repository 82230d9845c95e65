using Holdfast.Logs;

namespace Holdfast.Redis.Listing;

/// <summary>The heads of one page, as they are found.</summary>
/// <remarks>
/// The index may have a thread in the place of another time than its head tells of. Such a thread belongs to the page only when the walk has come past its
/// true place: what comes later is met there.
/// </remarks>
internal sealed class PageInMaking(HeadQuery query)
{
    private readonly Dictionary<ThreadKey, ThreadHead> _met = [];
    private readonly ScanOrder _order = ScanOrders.Of(query);
    private readonly HeadCursor? _after = HeadCursor.Parse(query);
    private HeadCursor? _reached;
    private bool _isComplete;

    /// <summary>How many heads are wanted still: one more than the page has, to know whether another follows.</summary>
    public int Missing => query.Filter.PageSize + 1 - Passed.Count();

    private IEnumerable<ThreadHead> Passed
        => _met.Values.Where(head => _isComplete || (_reached is { } reached && _order.Compare(HeadCursor.After(head, query), reached) <= 0));

    /// <summary>Takes a candidate and its head, if the query wants it. Returns whether the index is right about it.</summary>
    public bool Offer(Candidate candidate, ThreadHead? head)
    {
        if (head is null)
        {
            return false;
        }

        var matches = query.Matches(head);
        if (matches && (_after is not { } after || _order.Compare(HeadCursor.After(head, query), after) > 0))
        {
            _met[head.Key] = head;
        }

        return matches && _order.TimeOf(head) == candidate.Time;
    }

    /// <summary>Says how far the walk has come; null for the end.</summary>
    public void Reach(Candidate? last)
    {
        _isComplete = last is null;
        _reached = last?.Position;
    }

    public HeadPage Finish() => HeadOrder.Page(Passed.ToList(), query);
}

using Holdfast.Logs;
using Holdfast.Redis.Values;

namespace Holdfast.Redis.Listing;

/// <summary>The heads of one page, as they are found.</summary>
/// <remarks>
/// The index may have a thread in the place of another update than its head tells of. Such a thread belongs to the page only when the walk has come past its
/// true place: what comes later is met there.
/// </remarks>
internal sealed class PageInMaking(HeadQuery query)
{
    private readonly Dictionary<ThreadKey, ThreadHead> _met = [];
    private readonly bool _isById = query.Filter.Order == ThreadOrder.Id;
    private readonly HeadCursor? _after = HeadCursor.Parse(query);
    private HeadCursor? _reached;
    private bool _isComplete;

    /// <summary>How many heads are wanted still: one more than the page has, to know whether another follows.</summary>
    public int Missing => query.Filter.PageSize + 1 - Passed.Count();

    private IEnumerable<ThreadHead> Passed => _met.Values.Where(head => _isComplete || (_reached is { } reached && Compare(HeadCursor.After(head), reached) <= 0));

    /// <summary>Takes a candidate and its head, if the query wants it. Returns whether the index is right about it.</summary>
    public bool Offer(Candidate candidate, ThreadHead? head)
    {
        if (head is null)
        {
            return false;
        }

        var matches = query.Matches(head);
        if (matches && (_after is not { } after || Compare(HeadCursor.After(head), after) > 0))
        {
            _met[head.Key] = head;
        }

        return matches && Instants.Floor(head.UpdatedAt) == candidate.UpdatedAt;
    }

    /// <summary>Says how far the walk has come; null for the end.</summary>
    public void Reach(Candidate? last)
    {
        _isComplete = last is null;
        _reached = last is { } candidate ? new(DateTimeOffset.FromUnixTimeMilliseconds(candidate.UpdatedAt), candidate.Key) : null;
    }

    public HeadPage Finish() => HeadOrder.Page(Passed.ToList(), query);

    private int Compare(HeadCursor left, HeadCursor right)
    {
        var byTime = _isById ? 0 : right.UpdatedAt.CompareTo(left.UpdatedAt);
        return byTime != 0 ? byTime : HeadOrder.Compare(left.Key, right.Key);
    }
}

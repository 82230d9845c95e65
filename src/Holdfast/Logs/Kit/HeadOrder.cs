using System.Text;

namespace Holdfast.Logs;

/// <summary>The orders of a listing, and a listing over heads that are in memory.</summary>
public static class HeadOrder
{
    /// <summary>Compares keys by tenant and then id, as their UTF-8 bytes compare.</summary>
    public static int Compare(ThreadKey left, ThreadKey right)
    {
        var byTenant = CompareUtf8(left.Tenant, right.Tenant);
        return byTenant != 0 ? byTenant : CompareUtf8(left.Id.Value, right.Id.Value);
    }

    /// <summary>Answers <paramref name="query"/> from heads that are in memory.</summary>
    public static HeadPage Page(IEnumerable<ThreadHead> heads, HeadQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var filter = query.Filter;
        filter.Validate();
        var order = Of(query);
        var after = HeadCursor.Parse(query);
        var found = heads
            .Where(head => query.Matches(head) && (after is not { } cursor || order(HeadCursor.After(head, query), cursor) > 0))
            .OrderBy(head => HeadCursor.After(head, query), Comparer<HeadCursor>.Create(order))
            .Take(filter.PageSize + 1)
            .ToList();
        if (found.Count <= filter.PageSize)
        {
            return new(found, null);
        }

        found.RemoveAt(filter.PageSize);
        return new(found, HeadCursor.After(found[^1], query).ToContinuation(query));
    }

    /// <summary>The order in which <paramref name="query"/> lists.</summary>
    internal static Comparison<HeadCursor> Of(HeadQuery query)
        => query.DueBefore is not null ? CompareDue : query.Filter.Order == ThreadOrder.Id ? (x, y) => Compare(x.Key, y.Key) : CompareRecent;

    private static int CompareRecent(HeadCursor left, HeadCursor right)
    {
        var byTime = right.At.CompareTo(left.At);
        return byTime != 0 ? byTime : Compare(left.Key, right.Key);
    }

    private static int CompareDue(HeadCursor left, HeadCursor right)
    {
        var byTime = left.At.CompareTo(right.At);
        return byTime != 0 ? byTime : Compare(left.Key, right.Key);
    }

    // UTF-16 order differs from the order of UTF-8 bytes only where surrogates meet code units above them; runes compare alike.
    private static int CompareUtf8(string left, string right)
    {
        using var a = left.EnumerateRunes().GetEnumerator();
        using var b = right.EnumerateRunes().GetEnumerator();
        while (true)
        {
            var (hasA, hasB) = (a.MoveNext(), b.MoveNext());
            if (!hasA || !hasB)
            {
                return hasA.CompareTo(hasB);
            }

            var byRune = a.Current.CompareTo(b.Current);
            if (byRune != 0)
            {
                return byRune;
            }
        }
    }
}

namespace Holdfast;

/// <summary>The shortest way from one sequence to another (Myers, "An O(ND) Difference Algorithm and Its Variations", 1986). Elements are numbers: equal ones have the same.</summary>
internal static class EditScript
{
    /// <summary>How many elements may be different before a stretch counts as replaced as a whole: time and memory grow with the square.</summary>
    private const int MostDifferences = 1_000;

    /// <summary>The stretches that are different, in order.</summary>
    public static List<Edit> Of(ReadOnlySpan<int> before, ReadOnlySpan<int> after)
    {
        var start = before.CommonPrefixLength(after);
        var left = before[start..];
        var right = after[start..];
        var end = 0;
        while (end < Math.Min(left.Length, right.Length) && left[^(end + 1)] == right[^(end + 1)])
        {
            end++;
        }

        left = left[..^end];
        right = right[..^end];
        if (left.IsEmpty && right.IsEmpty)
        {
            return [];
        }

        return left.IsEmpty || right.IsEmpty || Trace(left, right) is not { } trace
            ? [new(start, left.Length, start, right.Length)]
            : Edits(Matches(trace, left.Length, right.Length), start, left.Length, right.Length);
    }

    // For each number of differences, how far one comes on each diagonal; null if there are too many.
    private static List<int[]>? Trace(ReadOnlySpan<int> left, ReadOnlySpan<int> right)
    {
        var most = Math.Min(left.Length + right.Length, MostDifferences);
        var trace = new List<int[]>();
        for (var d = 0; d <= most; d++)
        {
            var reach = new int[(2 * d) + 1];
            for (var k = -d; k <= d; k += 2)
            {
                var x = d == 0 ? 0 : IsDown(trace[^1], d, k) ? trace[^1][k + d] : trace[^1][k + d - 2] + 1;
                while (x < left.Length && x - k < right.Length && left[x] == right[x - k])
                {
                    x++;
                }

                reach[k + d] = x;
                if (x >= left.Length && x - k >= right.Length)
                {
                    trace.Add(reach);
                    return trace;
                }
            }

            trace.Add(reach);
        }

        return null;
    }

    // Whether the way to diagonal k comes from the one above it, by an insertion. The array before has the diagonals from 1 - d on.
    private static bool IsDown(int[] before, int d, int k) => k == -d || (k != d && before[k + d - 2] < before[k + d]);

    private static List<(int Left, int Right)> Matches(List<int[]> trace, int x, int y)
    {
        var matches = new List<(int, int)>();
        for (var d = trace.Count - 1; d >= 0; d--)
        {
            var k = x - y;
            var isDown = d > 0 && IsDown(trace[d - 1], d, k);
            var from = d == 0 ? 0 : isDown ? trace[d - 1][k + d] : trace[d - 1][k + d - 2];
            var (fromX, fromY) = d == 0 ? (0, 0) : (from, from - (isDown ? k + 1 : k - 1));
            while (x > fromX && y > fromY)
            {
                (x, y) = (x - 1, y - 1);
                matches.Add((x, y));
            }

            (x, y) = (fromX, fromY);
        }

        matches.Reverse();
        return matches;
    }

    private static List<Edit> Edits(List<(int Left, int Right)> matches, int start, int left, int right)
    {
        var edits = new List<Edit>();
        var (x, y) = (0, 0);
        foreach (var (matchedLeft, matchedRight) in matches.Append((left, right)))
        {
            if (matchedLeft > x || matchedRight > y)
            {
                edits.Add(new(start + x, matchedLeft - x, start + y, matchedRight - y));
            }

            (x, y) = (matchedLeft + 1, matchedRight + 1);
        }

        return edits;
    }
}

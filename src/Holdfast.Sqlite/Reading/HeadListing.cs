using Holdfast.Logs;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Reading;

/// <summary>Answers listings from the heads and their indexes; entries are never touched.</summary>
/// <remarks>
/// There are two ways to a page. If something that is asked for holds for few threads only, these are found by its index and sorted. Otherwise
/// it holds for so many that going through all threads in the order of the listing, from where the page before ended, soon fills a page.
/// So listings are quick whatever they ask for, and appends write no index as long as a thread keeps its user, agent, status and period: the last update
/// orders within a period, so that only the threads of one period are sorted at a time.
/// </remarks>
internal static class HeadListing
{
    /// <summary>How many threads are rather sorted for a page than looked for among all in order.</summary>
    private const int FewThreads = 4096;

    public static HeadPage Page(Connection connection, HeadQuery query)
    {
        query.Filter.Validate();
        using var statement = HeadSql.Page(query, Fewest(connection, query)).Prepare(connection);
        var heads = new List<ThreadHead>();
        while (statement.Step())
        {
            heads.Add(HeadRow.Read(statement));
        }

        var size = query.Filter.PageSize;
        if (heads.Count <= size)
        {
            return new(heads, null);
        }

        heads.RemoveRange(size, heads.Count - size);
        return new(heads, HeadCursor.After(heads[^1]).ToString());
    }

    /// <summary>The condition that holds for the fewest threads, if those are few; null otherwise.</summary>
    private static HeadCondition? Fewest(Connection connection, HeadQuery query)
    {
        HeadCondition? fewest = null;
        var least = FewThreads;
        foreach (var condition in HeadCondition.Of(query).Where(condition => condition.IsIndexed))
        {
            using var statement = HeadSql.Count(query, condition, least).Prepare(connection);
            statement.Step();
            if (statement.Int64(0) < least)
            {
                (fewest, least) = (condition, (int)statement.Int64(0));
            }
        }

        return fewest;
    }
}

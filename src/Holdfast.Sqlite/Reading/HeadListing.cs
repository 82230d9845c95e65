using Holdfast.Logs;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Reading;

/// <summary>Answers listings from the heads and their indexes; of entries, only the recent ones are looked at.</summary>
/// <remarks>
/// There are two ways to a page. If something that is asked for holds for few threads only, these are found by its index and sorted. Otherwise
/// it holds for so many that going through all threads in the order of the listing, from where the page before ended, soon fills a page.
/// So listings are quick whatever they ask for, and appends write no index as long as a thread keeps its user, agent, status and period: the last update
/// orders within a period, so that only the threads of one period are sorted at a time. The few threads with recent entries, whose rows are behind (see
/// <see cref="RecentEntry"/>), are looked at one by one.
/// </remarks>
internal static class HeadListing
{
    /// <summary>How many threads are rather sorted for a page than looked for among all in order.</summary>
    private const int FewThreads = 4096;

    /// <param name="connection">The connection, in a transaction.</param>
    /// <param name="query">What is asked for.</param>
    /// <param name="recent">The newest recent entries, by the number of their thread.</param>
    public static HeadPage Page(Connection connection, HeadQuery query, IReadOnlyDictionary<long, RecentEntry> recent)
    {
        query.Filter.Validate();
        var heads = RecentHeads(connection, query, recent.Values);
        using var statement = HeadSql.Page(query, Fewest(connection, query), more: 1 + recent.Count).Prepare(connection);
        while (statement.Step())
        {
            if (!recent.ContainsKey(statement.Int64(HeadRow.NumberColumn)))
            {
                heads.Add(HeadRow.Read(statement, newest: null));
            }
        }

        return HeadOrder.Page(heads, query);
    }

    /// <summary>The heads whose rows are behind.</summary>
    private static List<ThreadHead> RecentHeads(Connection connection, HeadQuery query, IEnumerable<RecentEntry> recent)
    {
        var heads = new List<ThreadHead>();
        using var statement = connection.PrepareOnce($"SELECT {HeadRow.Columns} FROM threads t WHERE t.number = ?1");
        foreach (var newest in recent)
        {
            if (statement.Bind(1, newest.Thread).Step() && (query.Tenant is null || query.Tenant == statement.Text(HeadRow.TenantColumn)))
            {
                heads.Add(HeadRow.Read(statement, newest));
            }

            statement.Reset();
        }

        return heads;
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

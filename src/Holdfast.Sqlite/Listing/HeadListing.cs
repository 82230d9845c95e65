using Holdfast.Logs;
using Holdfast.Sqlite.Reading;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Listing;

/// <summary>Answers a listing from the heads and their indexes; of entries, only the recent ones are looked at.</summary>
/// <param name="reader">The connection, in a transaction.</param>
/// <param name="query">What is asked for.</param>
/// <param name="recent">The recent entries, by the number of their thread.</param>
/// <param name="leftOut">Gets what is wrong with each thread that is left out because it cannot be read.</param>
/// <remarks>
/// <para>
/// There are two ways to a page. If something that is asked for holds for few threads only, these are found by its index and sorted. Otherwise
/// it holds for so many that going through all threads in the order of the listing, from where the page before ended, soon fills a page.
/// So listings are quick whatever they ask for, and appends write no index as long as a thread keeps its user, agent, status and period: the last update
/// orders within a period, so that only the threads of one period are sorted at a time. The few threads with recent entries, whose rows are behind (see
/// <see cref="RecentEntry"/>), are looked at one by one.
/// </para>
/// <para>An index only nominates: each row is read by itself, and what it says decides whether it is listed. A damaged one does not hide the others.</para>
/// </remarks>
internal sealed class HeadListing(
    ReaderConnection reader, HeadQuery query, ILookup<long, RecentEntry> recent, ICollection<AgentStateException> leftOut)
{
    /// <summary>How many threads are rather sorted for a page than looked for among all in order.</summary>
    private const int FewThreads = 4096;

    private readonly HashSet<long> _unreadable = [];

    /// <summary>Answers a listing.</summary>
    /// <param name="reader">The connection.</param>
    /// <param name="query">What is asked for.</param>
    /// <param name="leftOut">Gets what is wrong with each thread that is left out because it cannot be read.</param>
    public static HeadPage Page(ReaderConnection reader, HeadQuery query, List<AgentStateException> leftOut) => reader.InTransaction(() =>
    {
        var recent = RecentEntry.ReadMost(reader.RecentStatement, out var strays);
        leftOut.AddRange(strays);
        return new HeadListing(reader, query, recent.ToLookup(entry => entry.Thread), leftOut).Page();
    });

    private HeadPage Page()
    {
        query.Filter.Validate();
        var few = Fewest();
        var behind = recent.Select(entries => Read(entries.Key)).OfType<ThreadHead>().ToList();
        for (var more = 1 + recent.Count; ; more += query.Filter.PageSize)
        {
            var numbers = Numbers(HeadSql.Page(query, few, more));
            var heads = numbers.Where(number => !recent.Contains(number)).Select(Read).OfType<ThreadHead>();
            var page = HeadOrder.Page(behind.Concat(heads), query);
            // Where damaged ones were left out, what remains of a full page need not be the last one.
            if (page.Continuation is not null || numbers.Count < query.Filter.PageSize + more)
            {
                return page;
            }
        }
    }

    private List<long> Numbers(HeadSql sql)
    {
        using var statement = sql.Prepare(reader.Connection);
        var numbers = new List<long>();
        while (statement.Step())
        {
            numbers.Add(statement.Int64(0));
        }

        return numbers;
    }

    /// <summary>Reads a head; null if it cannot be read, or is of another space or tenant.</summary>
    private ThreadHead? Read(long number)
    {
        if (_unreadable.Contains(number))
        {
            return null;
        }

        var head = reader.HeadStatement;
        try
        {
            if (!head.Bind(1, number).Step())
            {
                throw new CorruptStateException($"An index of threads leads to row {number}, which is not there.");
            }

            var key = HeadRow.ReadKey(head);
            return query.Space == key.Space && (query.Tenant is null || query.Tenant == key.Tenant) ? HeadRow.Read(head, key, [.. recent[number]]) : null;
        }
        catch (Exception e) when (e is CorruptStateException or UnknownFormatException)
        {
            _unreadable.Add(number);
            leftOut.Add((AgentStateException)e);
            return null;
        }
        finally
        {
            head.Reset();
        }
    }

    /// <summary>The condition that holds for the fewest threads, if those are few; null otherwise.</summary>
    private HeadCondition? Fewest()
    {
        HeadCondition? fewest = null;
        var least = FewThreads;
        foreach (var condition in HeadCondition.Of(query).Where(condition => condition.IsIndexed))
        {
            using var statement = HeadSql.Count(query, condition, least).Prepare(reader.Connection);
            statement.Step();
            if (statement.Int64(0) < least)
            {
                (fewest, least) = (condition, (int)statement.Int64(0));
            }
        }

        return fewest;
    }
}

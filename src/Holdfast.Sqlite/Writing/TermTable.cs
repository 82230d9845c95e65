using Holdfast.Logs;
using Holdfast.Sqlite.Connecting;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Writing;

/// <summary>Writes to <c>terms</c>, by which threads are found by their metadata and their terms.</summary>
internal sealed class TermTable(Connection connection)
{
    private Statement InsertStatement => field ??= connection.Prepare("INSERT OR IGNORE INTO terms (name, term, space, tenant, thread) VALUES (?1, ?2, ?3, ?4, ?5)");

    private Statement DeleteStatement => field ??= connection.Prepare("DELETE FROM terms WHERE name = ?1 AND term = ?2 AND space = ?3 AND tenant = ?4 AND thread = ?5");

    /// <summary>Makes what a thread is found by that of another head, writing only the difference; null for no head.</summary>
    public void Replace(long thread, ThreadHead? before, ThreadHead? after)
    {
        var (old, current) = (Of(before), Of(after));
        Run(DeleteStatement, old.Except(current), thread);
        Run(InsertStatement, current.Except(old), thread);
    }

    /// <summary>Removes what a thread is found by whose head cannot be read, which takes a look at the whole table.</summary>
    public void Remove(long thread)
    {
        using var delete = connection.PrepareOnce("DELETE FROM terms WHERE thread = ?1");
        delete.Bind(1, thread).Run();
    }

    private static HashSet<IndexTerm> Of(ThreadHead? head) => head is null ? [] : IndexTerm.Of(head);

    private static void Run(Statement statement, IEnumerable<IndexTerm> terms, long thread)
    {
        foreach (var (name, term, space, tenant) in terms)
        {
            statement.Bind(1, name).Bind(2, term).Bind(3, (long)space).Bind(4, tenant).Bind(5, thread).Run();
        }
    }
}

using System.Text;
using Holdfast.Logs;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Listing;

/// <summary>One of the conditions of a listing.</summary>
/// <param name="Sql">The condition on a row <c>t</c> of <c>threads</c>.</param>
/// <param name="Parameters">The values of its parameters.</param>
internal sealed record HeadCondition(string Sql, params object[] Parameters)
{
    /// <summary>The index of <c>threads</c> that finds the rows for which it holds, if there is one.</summary>
    public string? Index { get; private init; }

    /// <summary>Whether that index also has the space and the tenant.</summary>
    public bool IndexHasScope { get; private init; }

    /// <summary>Whether the listing by id asks for it in its own way, see <see cref="HeadSql"/>.</summary>
    public bool IsIdRange { get; private init; }

    /// <summary>Whether it asks for a value of the metadata or a term, which have a table of their own: the parameters are its name and its text.</summary>
    public bool IsTerm { get; private init; }

    /// <summary>Whether the rows for which it holds can be found without a look at others.</summary>
    public bool IsIndexed => Index is not null || IsTerm;

    /// <summary>All that a query asks for, but the space, the tenant and the continuation.</summary>
    public static IEnumerable<HeadCondition> Of(HeadQuery query)
    {
        var filter = query.Filter;
        if (filter.IdPrefix is { } prefix)
        {
            var (from, end) = IdRange(prefix);
            yield return new("t.id >= ? AND t.id < ?", from, end)
            {
                IsIdRange = true,
                // The index has the tenant before the id: without it, nothing can be sought.
                Index = query.Tenant is null ? null : "threads_by_id",
                IndexHasScope = true,
            };
        }

        if (filter.UserId is { } user)
        {
            yield return new("t.user = ?", user) { Index = "threads_by_user", IndexHasScope = true };
        }

        if (filter.Agent is { } agent)
        {
            yield return new("t.agent = ?", agent) { Index = "threads_by_agent", IndexHasScope = true };
        }

        if (filter.Status is { } status)
        {
            yield return new("t.status = ?", status.ToName()) { Index = "threads_by_status", IndexHasScope = true };
        }

        foreach (var (key, value) in filter.Metadata)
        {
            yield return Term(IndexTerm.OfMetadata(key), MetadataTerm.Of(value)!);
        }

        foreach (var term in query.Terms)
        {
            yield return Term(IndexTerm.OfHead, term);
        }

        if (query.DueBefore is { } due)
        {
            // The listing is in the order of the index that would find them.
            yield return new("t.due < ?", Instants.Ceiling(due));
        }

        if (filter.UpdatedSince is { } since)
        {
            var first = Instants.Ceiling(since);
            yield return new("t.updated >= ? AND t.period >= ?", first, Instants.Period(first));
        }

        if (filter.UpdatedBefore is { } before)
        {
            var end = Instants.Ceiling(before);
            yield return new("t.updated < ? AND t.period <= ?", end, Instants.Period(end));
        }

        if (filter.Deleted != DeletedFilter.Include)
        {
            yield return filter.Deleted == DeletedFilter.Only
                ? new("t.deleted IS NOT NULL") { Index = "threads_by_deletion" }
                : new("t.deleted IS NULL");
        }

        if (query.Expired != ExpiredFilter.Include)
        {
            yield return query.Expired == ExpiredFilter.Only
                ? new("t.expires <= ?", Instants.Floor(query.AsOf)) { Index = "threads_by_expiry" }
                : new("(t.expires IS NULL OR t.expires > ?)", Instants.Floor(query.AsOf));
        }
    }

    private static HeadCondition Term(string name, string term)
        => new("EXISTS (SELECT 1 FROM terms m WHERE m.name = ? AND m.term = ? AND m.space = t.space AND m.tenant = t.tenant AND m.thread = t.number)", name, term) { IsTerm = true };

    /// <summary>The texts from a prefix to before the first that does not begin with it. SQLite compares bytes of UTF-8, of which none is 0xFF.</summary>
    public static (byte[] From, byte[] End) IdRange(string prefix)
    {
        var (from, end) = (Encoding.UTF8.GetBytes(prefix), Encoding.UTF8.GetBytes(prefix));
        end[^1]++;
        return (from, end);
    }
}

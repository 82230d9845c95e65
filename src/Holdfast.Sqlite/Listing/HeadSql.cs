using System.Globalization;
using System.Text;
using Holdfast.Logs;
using Holdfast.Sqlite.Connecting;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Listing;

/// <summary>The text of a listing with the values of its parameters. It names the index, so that the plan is the one that was meant.</summary>
internal sealed class HeadSql
{
    private readonly StringBuilder _text = new();
    private readonly List<object> _parameters = [];

    public string Text => _text.ToString();

    /// <summary>Selects the numbers of the threads of a page and some more.</summary>
    /// <param name="query">What is asked for.</param>
    /// <param name="few">The condition whose rows are to be found and sorted; null to go through all in order.</param>
    /// <param name="more">How many more.</param>
    public static HeadSql Page(HeadQuery query, HeadCondition? few, int more = 1)
    {
        var sql = new HeadSql();
        var order = OrderOf(query);
        var source = few is null ? $"INDEXED BY {order.Index}"
            : few.IsTerm ? "NOT INDEXED"
            : $"INDEXED BY {few.Index}";
        sql.Add($"SELECT t.number FROM threads t {source} WHERE TRUE");
        sql.AddScope(query, "t");
        if (few is { IsTerm: true })
        {
            sql.Add(" AND t.number IN (SELECT m.thread FROM terms m WHERE m.name = ? AND m.term = ?", few.Parameters);
            sql.AddScope(query, "m");
            sql.Add(")");
        }

        var cursor = HeadCursor.Parse(query);
        foreach (var condition in HeadCondition.Of(query))
        {
            // An index seeks one lower bound only: after the first page, that is the cursor.
            if (condition.IsIdRange && order.IsById && cursor?.Key is { } last && last.Tenant == query.Tenant && last.Id.Value.StartsWith(query.Filter.IdPrefix!, StringComparison.Ordinal))
            {
                sql.Add(" AND t.id < ?", condition.Parameters[1]);
                continue;
            }

            sql.Add($" AND {condition.Sql}", condition.Parameters);
        }

        if (cursor is { } after)
        {
            sql.AddCursor(query, after);
        }

        sql.Add($" ORDER BY {order.Columns} LIMIT ?", (long)query.Filter.PageSize + more);
        return sql;
    }

    /// <summary>Counts the rows for which a condition holds, up to a limit.</summary>
    public static HeadSql Count(HeadQuery query, HeadCondition condition, int limit)
    {
        var sql = new HeadSql();
        if (condition.IsTerm)
        {
            sql.Add("SELECT count(*) FROM (SELECT 1 FROM terms m WHERE m.name = ? AND m.term = ?", condition.Parameters);
            sql.AddScope(query, "m");
        }
        else
        {
            sql.Add($"SELECT count(*) FROM (SELECT 1 FROM threads t INDEXED BY {condition.Index} WHERE {condition.Sql}", condition.Parameters);
            if (condition.IndexHasScope)
            {
                sql.AddScope(query, "t");
            }
        }

        sql.Add(" LIMIT ?)", (long)limit);
        return sql;
    }

    public Statement Prepare(Connection connection)
    {
        var statement = connection.PrepareOnce(Text);
        for (var i = 0; i < _parameters.Count; i++)
        {
            _ = _parameters[i] switch
            {
                long number => statement.Bind(i + 1, number),
                byte[] text => statement.BindUtf8(i + 1, text),
                var text => statement.Bind(i + 1, (string)text),
            };
        }

        return statement;
    }

    private void Add(string text, params ReadOnlySpan<object> parameters)
    {
        _text.Append(text);
        _parameters.AddRange(parameters);
    }

    private static (string Index, string Columns, bool IsById) OrderOf(HeadQuery query)
        => query.DueBefore is not null ? ("threads_by_due", "t.due, t.tenant, t.id", false)
            : query.Filter.Order == ThreadOrder.Id ? ("threads_by_id", "t.tenant, t.id", true)
            : ("threads_by_update", "t.period DESC, t.updated DESC, t.tenant, t.id", false);

    private void AddScope(HeadQuery query, string table)
    {
        Add($" AND {table}.space = ?", (long)query.Space);
        if (query.Tenant is { } tenant)
        {
            Add($" AND {table}.tenant = ?", tenant);
        }
    }

    private void AddCursor(HeadQuery query, HeadCursor cursor)
    {
        var (tenant, id) = (cursor.Key.Tenant, cursor.Key.Id.Value);
        // Of a row value, an index that is bound to one tenant could not seek the id.
        var (after, parameters) = query.Tenant == tenant ? ("t.id > ?", new object[] { id }) : ("(t.tenant, t.id) > (?, ?)", [tenant, id]);
        var at = Instants.Floor(cursor.At);
        if (query.DueBefore is not null)
        {
            Add($" AND t.due >= ? AND (t.due > ? OR {after})", [at, at, .. parameters]);
        }
        else if (query.Filter.Order == ThreadOrder.Id)
        {
            Add($" AND {after}", parameters);
        }
        else
        {
            // The period says nothing new, but an index can seek it.
            Add($" AND t.period <= ? AND (t.updated < ? OR (t.updated = ? AND {after}))", [Instants.Period(at), at, at, .. parameters]);
        }
    }
}

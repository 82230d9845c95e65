using System.Globalization;
using System.Text;
using Holdfast.Logs;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Reading;

/// <summary>The text of a listing with the values of its parameters. It names the index, so that the plan is the one that was meant.</summary>
internal sealed class HeadSql
{
    private readonly StringBuilder _text = new();
    private readonly List<object> _parameters = [];

    public string Text => _text.ToString();

    /// <summary>Selects a page and some rows more.</summary>
    /// <param name="query">What is asked for.</param>
    /// <param name="few">The condition whose rows are to be found and sorted; null to go through all in order.</param>
    /// <param name="more">How many rows more.</param>
    public static HeadSql Page(HeadQuery query, HeadCondition? few, int more = 1)
    {
        var sql = new HeadSql();
        var byId = query.Filter.Order == ThreadOrder.Id;
        var source = few is null ? $"INDEXED BY {(byId ? "threads_by_id" : "threads_by_update")}"
            : few.IsMetadata ? "NOT INDEXED"
            : $"INDEXED BY {few.Index}";
        sql.Add($"SELECT {HeadRow.Columns} FROM threads t {source} WHERE TRUE");
        sql.AddTenant(query, "t.tenant");
        if (few is { IsMetadata: true })
        {
            sql.Add(" AND t.number IN (SELECT m.thread FROM metadata m WHERE m.key = ? AND m.term = ?", few.Parameters);
            sql.AddTenant(query, "m.tenant");
            sql.Add(")");
        }

        foreach (var condition in HeadCondition.Of(query))
        {
            sql.Add($" AND {condition.Sql}", condition.Parameters);
        }

        if (HeadCursor.Parse(query) is { } cursor)
        {
            sql.AddCursor(query, cursor);
        }

        sql.Add(byId ? " ORDER BY t.tenant, t.id LIMIT ?" : " ORDER BY t.period DESC, t.updated DESC, t.tenant, t.id LIMIT ?", (long)query.Filter.PageSize + more);
        return sql;
    }

    /// <summary>Counts the rows for which a condition holds, up to a limit.</summary>
    public static HeadSql Count(HeadQuery query, HeadCondition condition, int limit)
    {
        var sql = new HeadSql();
        if (condition.IsMetadata)
        {
            sql.Add("SELECT count(*) FROM (SELECT 1 FROM metadata m WHERE m.key = ? AND m.term = ?", condition.Parameters);
            sql.AddTenant(query, "m.tenant");
        }
        else
        {
            sql.Add($"SELECT count(*) FROM (SELECT 1 FROM threads t INDEXED BY {condition.Index} WHERE {condition.Sql}", condition.Parameters);
            if (condition.IndexHasTenant)
            {
                sql.AddTenant(query, "t.tenant");
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
            _ = _parameters[i] is long number ? statement.Bind(i + 1, number) : statement.Bind(i + 1, (string)_parameters[i]);
        }

        return statement;
    }

    private void Add(string text, params ReadOnlySpan<object> parameters)
    {
        _text.Append(text);
        _parameters.AddRange(parameters);
    }

    private void AddTenant(HeadQuery query, string column)
    {
        if (query.Tenant is { } tenant)
        {
            Add($" AND {column} = ?", tenant);
        }
    }

    private void AddCursor(HeadQuery query, HeadCursor cursor)
    {
        var (tenant, id) = (cursor.Key.Tenant, cursor.Key.Id.Value);
        // Of a row value, an index that is bound to one tenant could not seek the id.
        var (after, parameters) = query.Tenant == tenant ? ("t.id > ?", new object[] { id }) : ("(t.tenant, t.id) > (?, ?)", [tenant, id]);
        if (query.Filter.Order == ThreadOrder.Id)
        {
            Add($" AND {after}", parameters);
            return;
        }

        // The period says nothing new, but an index can seek it.
        var updated = Instants.Floor(cursor.UpdatedAt);
        Add($" AND t.period <= ? AND (t.updated < ? OR (t.updated = ? AND {after}))", [Instants.Period(updated), updated, updated, .. parameters]);
    }
}

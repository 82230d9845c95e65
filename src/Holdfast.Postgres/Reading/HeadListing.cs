using System.Globalization;
using Holdfast.Logs;
using Holdfast.Postgres.Connections;
using Holdfast.Postgres.Rows;
using Npgsql;

namespace Holdfast.Postgres.Reading;

/// <summary>The statement for a page of heads: only what the query demands is in it, so that the server can choose among its indexes.</summary>
/// <remarks>Indexes in order of updates have the period of the update: the server sorts the threads of one period at a time, until the page is full.</remarks>
internal sealed class HeadListing
{
    private readonly string _schema;
    private readonly HeadQuery _query;
    private readonly List<NpgsqlParameter> _parameters = [];
    private readonly List<string> _conditions = [];

    private HeadListing(string schema, HeadQuery query)
    {
        _schema = schema;
        _query = query;
    }

    public string Sql { get; private set; } = "";

    public IReadOnlyList<NpgsqlParameter> Parameters => _parameters;

    private ThreadQuery Filter => _query.Filter;

    private bool IsById => Filter.Order == ThreadOrder.Id;

    // The primary key has these columns as they are; the indexes in order of updates have them in another collation, of the same order.
    private string Tenant => IsById ? "tenant" : "tenant COLLATE \"POSIX\"";

    private string Id => IsById ? "thread_id" : "thread_id COLLATE \"POSIX\"";

    private string Order => (IsById ? "" : "period DESC, updated_at DESC, ") + (_query.Tenant is null ? $"{Tenant}, " : "") + Id;

    /// <summary>Makes the statement, which reads one head more than the page has.</summary>
    /// <exception cref="ArgumentException">The query is out of its range, or its continuation is none.</exception>
    public static HeadListing For(HeadQuery query, string schema)
    {
        query.Filter.Validate();
        var listing = new HeadListing(schema, query);
        listing.AddConditions();
        listing.AddOrder(HeadCursor.Parse(query));
        return listing;
    }

    public async Task<HeadPage> ReadAsync(Database database, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // Parameters belong to one command, and this may run a second time.
        var command = await database.CommandAsync(connection, Sql, _parameters.Select(parameter => parameter.Clone()), cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var heads = new List<ThreadHead>();
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    var key = ThreadKey.Of(reader.GetString(HeadColumns.Count), ThreadId.Parse(reader.GetString(HeadColumns.Count + 1)));
                    heads.Add(HeadColumns.Read(reader, 0, key));
                }

                if (heads.Count <= Filter.PageSize)
                {
                    return new(heads, null);
                }

                heads.RemoveAt(Filter.PageSize);
                return new(heads, HeadCursor.After(heads[^1]).ToContinuation(_query));
            }
        }
    }

    private void AddConditions()
    {
        Add($"{Tenant} = {{0}}", _query.Tenant, () => Rows.Parameters.Text(_query.Tenant));
        Add("user_id = {0}", Filter.UserId, () => Rows.Parameters.Text(Filter.UserId));
        Add("agent = {0}", Filter.Agent, () => Rows.Parameters.Text(Filter.Agent));
        Add("status = {0}", Filter.Status, () => Rows.Parameters.Text(Filter.Status!.Value.ToName()));
        // Stored instants have whole milliseconds, so a bound between two of them is the later one. The period says nothing new, but an index has it.
        var (since, before) = (Ceiling(Filter.UpdatedSince), Ceiling(Filter.UpdatedBefore));
        Add("updated_at >= {0}", since, () => Rows.Parameters.Instant(since));
        Add("period >= {0}", since, () => Rows.Parameters.NumberOrNull(Instants.Period(since)));
        Add("updated_at < {0}", before, () => Rows.Parameters.Instant(before));
        Add("period <= {0}", before, () => Rows.Parameters.NumberOrNull(Instants.Period(before)));
        var metadata = MetadataColumns.Of(Filter.Metadata).Searchable;
        Add("metadata @> {0}", metadata, () => Rows.Parameters.Jsonb(metadata));
        if (Filter.Deleted != DeletedFilter.Include)
        {
            _conditions.Add(Filter.Deleted == DeletedFilter.Only ? "deleted_at IS NOT NULL" : "deleted_at IS NULL");
        }

        if (_query.Expired == ExpiredFilter.Exclude)
        {
            Add("(expires_at IS NULL OR expires_at > {0})", _query.AsOf, () => Rows.Parameters.Instant(Instants.Of(_query.AsOf)));
        }
        else if (_query.Expired == ExpiredFilter.Only)
        {
            Add("expires_at <= {0}", _query.AsOf, () => Rows.Parameters.Instant(Instants.Of(_query.AsOf)));
            Add("expiry_period <= {0}", _query.AsOf, () => Rows.Parameters.Number(Instants.Period(_query.AsOf)));
        }
    }

    private void AddOrder(HeadCursor? after)
    {
        if (after is not { } cursor)
        {
            Sql = Select();
            return;
        }

        var id = _query.Tenant is null
            ? $"({Tenant}, {Id}) > ({Parameter(Rows.Parameters.Text(cursor.Key.Tenant))}, {Parameter(Rows.Parameters.Text(cursor.Key.Id.Value))})"
            : $"{Id} > {Parameter(Rows.Parameters.Text(cursor.Key.Id.Value))}";
        if (IsById)
        {
            Sql = Select(id);
            return;
        }

        var at = Parameter(Rows.Parameters.Instant(Instants.Of(cursor.UpdatedAt)));
        var period = Parameter(Rows.Parameters.Number(Instants.Period(cursor.UpdatedAt)));
        Sql = Select($"period <= {period}", $"(updated_at < {at} OR (updated_at = {at} AND {id}))");
    }

    private string Limit => (Filter.PageSize + 1).ToString(CultureInfo.InvariantCulture);

    private string Select(params IEnumerable<string> further)
    {
        var conditions = _conditions.Concat(further).ToList();
        return $"SELECT {HeadColumns.Sql("t")}, t.tenant, t.thread_id FROM {_schema}.threads t"
            + (conditions.Count > 0 ? $" WHERE {string.Join(" AND ", conditions)}" : "")
            + $" ORDER BY {Order} LIMIT {Limit}";
    }

    private void Add(string condition, object? value, Func<NpgsqlParameter> parameter)
    {
        if (value is not null)
        {
            _conditions.Add(string.Format(CultureInfo.InvariantCulture, condition, Parameter(parameter())));
        }
    }

    private string Parameter(NpgsqlParameter parameter)
    {
        _parameters.Add(parameter);
        return string.Create(CultureInfo.InvariantCulture, $"${_parameters.Count}");
    }

    // Past the last millisecond comes what Npgsql sends as infinity.
    private static DateTimeOffset? Ceiling(DateTimeOffset? instant) => instant is not { } value || Instants.Of(value) == value ? instant
        : DateTimeOffset.MaxValue - Instants.Of(value) < TimeSpan.FromMilliseconds(1) ? DateTimeOffset.MaxValue
        : Instants.Of(value).AddMilliseconds(1);
}

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
    private string _select = "";

    private HeadListing(string schema, HeadQuery query)
    {
        _schema = schema;
        _query = query;
    }

    /// <summary>The statement for a page whose heads are all whole. It reads one head more than the page has.</summary>
    public string Sql => SqlFor(Filter.PageSize + 1);

    public IReadOnlyList<NpgsqlParameter> Parameters => _parameters;

    private ThreadQuery Filter => _query.Filter;

    private bool IsById => Filter.Order == ThreadOrder.Id;

    // The primary key has these columns as they are; the indexes in order of updates have them in another collation, of the same order.
    private string Tenant => IsById ? "tenant" : "tenant COLLATE \"POSIX\"";

    private string Id => IsById ? "thread_id" : "thread_id COLLATE \"POSIX\"";

    private string Order => (IsById ? "" : "period DESC, updated_at DESC, ") + (_query.Tenant is null ? $"{Tenant}, " : "") + Id;

    /// <summary>Makes the statement.</summary>
    /// <exception cref="ArgumentException">The query is out of its range, or its continuation is none.</exception>
    public static HeadListing For(HeadQuery query, string schema)
    {
        query.Filter.Validate();
        var listing = new HeadListing(schema, query);
        listing.AddConditions();
        listing.AddOrder(HeadCursor.Parse(query));
        return listing;
    }

    /// <summary>Reads the page, without the heads that are damaged.</summary>
    /// <exception cref="CorruptStateException">An index led to a thread that was not asked for.</exception>
    public async Task<ListedHeads> ReadAsync(Database database, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // A damaged head has no place from which one could go on, so where some are left out, more are read from the beginning of the page.
        for (var limit = Filter.PageSize + 1; ; limit *= 2)
        {
            var (heads, damaged) = await ReadAsync(database, connection, limit, cancellationToken).ConfigureAwait(false);
            if (heads.Count > Filter.PageSize)
            {
                heads.RemoveRange(Filter.PageSize, heads.Count - Filter.PageSize);
                return new(new(heads, HeadCursor.After(heads[^1]).ToContinuation(_query)), damaged);
            }

            if (heads.Count + damaged.Count < limit)
            {
                return new(new(heads, null), damaged);
            }
        }
    }

    private async Task<(List<ThreadHead> Heads, List<string> Damaged)> ReadAsync(Database database, NpgsqlConnection connection, int limit, CancellationToken cancellationToken)
    {
        // Parameters belong to one command, and this may run a second time.
        var command = await database.CommandAsync(connection, SqlFor(limit), _parameters.Select(parameter => parameter.Clone()), cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var (heads, damaged) = (new List<ThreadHead>(), new List<string>());
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    if (TryRead(reader) is { } head)
                    {
                        heads.Add(head);
                    }
                    else
                    {
                        damaged.Add(NameOf(reader));
                    }
                }

                return (heads, damaged);
            }
        }
    }

    /// <summary>Reads the head in the current row; null if it is damaged.</summary>
    private ThreadHead? TryRead(NpgsqlDataReader reader)
    {
        var (tenant, id) = (HeadColumns.Tenant(reader, 0), HeadColumns.Id(reader, 0));
        ThreadHead head;
        try
        {
            head = HeadColumns.Read(reader, 0, ThreadKey.Of(tenant, ThreadId.Parse(id)));
        }
        catch (Exception e) when (e is CorruptStateException or InvalidIdentifierException)
        {
            return IsAskedFor(tenant, id) ? null : throw OtherRow();
        }

        return IsAskedFor(tenant, id) && (Filter.UserId is null || Filter.UserId == head.UserId) ? head : throw OtherRow();
    }

    // As a key is written; what is damaged may have what no key has.
    private static string NameOf(NpgsqlDataReader reader)
    {
        var (tenant, id) = (HeadColumns.Tenant(reader, 0), HeadColumns.Id(reader, 0));
        return string.Concat((tenant.Length == 0 ? id : $"{tenant}:{id}").Select(c => char.IsControl(c) ? '\ufffd' : c));
    }

    // An index has found the row; the row knows of which thread it is.
    private bool IsAskedFor(string tenant, string id)
        => (_query.Tenant is null || _query.Tenant == tenant) && (Filter.IdPrefix is null || id.StartsWith(Filter.IdPrefix, StringComparison.Ordinal));

    private CorruptStateException OtherRow()
        => new($"An index of the table {_schema}.threads led to a thread that was not asked for, so that listings cannot be relied upon. REINDEX the tables of the schema.");

    private void AddConditions()
    {
        AddPrefix();
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
            _select = Select();
            return;
        }

        var id = _query.Tenant is null
            ? $"({Tenant}, {Id}) > ({Parameter(Rows.Parameters.Text(cursor.Key.Tenant))}, {Parameter(Rows.Parameters.Text(cursor.Key.Id.Value))})"
            : $"{Id} > {Parameter(Rows.Parameters.Text(cursor.Key.Id.Value))}";
        if (IsById)
        {
            _select = Select(id);
            return;
        }

        var at = Parameter(Rows.Parameters.Instant(Instants.Of(cursor.UpdatedAt)));
        var period = Parameter(Rows.Parameters.Number(Instants.Period(cursor.UpdatedAt)));
        _select = Select($"period <= {period}", $"(updated_at < {at} OR (updated_at = {at} AND {id}))");
    }

    // Ids compare as bytes do, so those that begin alike stand together.
    private void AddPrefix()
    {
        if (Filter.IdPrefix is not { } prefix)
        {
            return;
        }

        // By the key of the table, which the server takes in the other order too where few ids begin like that.
        Add("tenant = {0}", IsById ? null : _query.Tenant, () => Rows.Parameters.Text(_query.Tenant));
        Add("thread_id >= {0}", prefix, () => Rows.Parameters.Text(prefix));
        var end = PrefixRange.End(prefix);
        Add("thread_id < {0}", end, () => Rows.Parameters.Text(end));
    }

    private string SqlFor(int limit) => string.Create(CultureInfo.InvariantCulture, $"{_select} LIMIT {limit}");

    private string Select(params IEnumerable<string> further)
    {
        var conditions = _conditions.Concat(further).ToList();
        return $"SELECT {HeadColumns.Sql("t")} FROM {_schema}.threads t"
            + (conditions.Count > 0 ? $" WHERE {string.Join(" AND ", conditions)}" : "")
            + $" ORDER BY {Order}";
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

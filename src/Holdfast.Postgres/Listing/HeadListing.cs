using System.Globalization;
using Holdfast.Logs;
using Holdfast.Postgres.Connecting;
using Holdfast.Postgres.Rows;
using Npgsql;

namespace Holdfast.Postgres.Listing;

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

    private bool IsDue => _query.DueBefore is not null;

    private bool IsById => !IsDue && Filter.Order == ThreadOrder.Id;

    // The primary key has these columns as they are; the other indexes have them in another collation, of the same order.
    private string Tenant => IsById ? "tenant" : "tenant COLLATE \"POSIX\"";

    private string Id => IsById ? "thread_id" : "thread_id COLLATE \"POSIX\"";

    private string Order => (IsById ? "" : IsDue ? "due_period, due_at, " : "period DESC, updated_at DESC, ") + (_query.Tenant is null ? $"{Tenant}, " : "") + Id;

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
                return new(new(heads, HeadCursor.After(heads[^1], _query).ToContinuation(_query)), damaged);
            }

            if (heads.Count + damaged.Count < limit)
            {
                return new(new(heads, null), damaged);
            }
        }
    }

    private async Task<(List<ThreadHead> Heads, List<(string Name, AgentStateException Problem)> Damaged)> ReadAsync(Database database, NpgsqlConnection connection, int limit, CancellationToken cancellationToken)
    {
        // Parameters belong to one command, and this may run a second time.
        var command = await database.CommandAsync(connection, SqlFor(limit), _parameters.Select(parameter => parameter.Clone()), cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var (heads, damaged) = (new List<ThreadHead>(), new List<(string, AgentStateException)>());
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    if (TryRead(reader, out var problem) is { } head)
                    {
                        heads.Add(head);
                    }
                    else
                    {
                        damaged.Add((HeadColumns.Name(reader, 0), problem!));
                    }
                }

                return (heads, damaged);
            }
        }
    }

    /// <summary>Reads the head in the current row; null if it cannot be read.</summary>
    private ThreadHead? TryRead(NpgsqlDataReader reader, out AgentStateException? problem)
    {
        problem = null;
        var (space, tenant, id) = (HeadColumns.Space(reader, 0), HeadColumns.Tenant(reader, 0), HeadColumns.Id(reader, 0));
        if (!IsAskedFor(space, tenant, id))
        {
            throw OtherRow();
        }

        ThreadHead head;
        try
        {
            head = HeadColumns.Read(reader, 0, ThreadKey.Of(space, tenant, id));
        }
        catch (Exception e) when (e is CorruptStateException or UnknownFormatException or InvalidIdentifierException)
        {
            problem = e as CorruptStateException ?? (e as UnknownFormatException as AgentStateException) ?? new CorruptStateException($"The head of thread '{HeadColumns.Name(reader, 0)}' is damaged: {e.Message}", e);
            return null;
        }

        return Filter.UserId is null || Filter.UserId == head.UserId ? head : throw OtherRow();
    }

    // An index has found the row; the row knows of which thread it is.
    private bool IsAskedFor(ThreadSpace space, string tenant, string id)
        => _query.Space == space && (_query.Tenant is null || _query.Tenant == tenant) && (Filter.IdPrefix is null || id.StartsWith(Filter.IdPrefix, StringComparison.Ordinal));

    private CorruptStateException OtherRow()
        => new($"An index of the table {_schema}.threads led to a thread that was not asked for, so that listings cannot be relied upon. REINDEX the tables of the schema.");

    private void AddConditions()
    {
        Add("space = {0}", _query.Space, () => Rows.Parameters.Space(_query.Space));
        AddPrefix();
        Add($"{Tenant} = {{0}}", _query.Tenant, () => Rows.Parameters.Text(_query.Tenant));
        Add("user_id = {0}", Filter.UserId, () => Rows.Parameters.Text(Filter.UserId));
        Add("agent = {0}", Filter.Agent, () => Rows.Parameters.Text(Filter.Agent));
        Add("status = {0}", Filter.Status, () => Rows.Parameters.Text(Filter.Status!.Value.ToName()));
        // Stored instants have whole milliseconds, so a bound between two of them is the later one. The period says nothing new, but an index has it.
        var (since, before, due) = (Timestamps.Ceiling(Filter.UpdatedSince), Timestamps.Ceiling(Filter.UpdatedBefore), Timestamps.Ceiling(_query.DueBefore));
        Add("updated_at >= {0}", since, () => Rows.Parameters.Instant(since));
        Add("period >= {0}", since, () => Rows.Parameters.NumberOrNull(Timestamps.Period(since)));
        Add("updated_at < {0}", before, () => Rows.Parameters.Instant(before));
        Add("period <= {0}", before, () => Rows.Parameters.NumberOrNull(Timestamps.Period(before)));
        Add("due_at < {0}", due, () => Rows.Parameters.Instant(due));
        Add("due_period <= {0}", due, () => Rows.Parameters.NumberOrNull(Timestamps.Period(due)));
        var terms = HeadCodec.WriteTerms(_query.Terms);
        Add("terms @> {0}", terms, () => Rows.Parameters.Jsonb(terms));
        var metadata = MetadataColumns.Of(Filter.Metadata).Searchable;
        Add("metadata @> {0}", metadata, () => Rows.Parameters.Jsonb(metadata));
        if (Filter.Deleted != DeletedFilter.Include)
        {
            _conditions.Add(Filter.Deleted == DeletedFilter.Only ? "deleted_at IS NOT NULL" : "deleted_at IS NULL");
        }

        if (_query.Expired == ExpiredFilter.Exclude)
        {
            Add("(expires_at IS NULL OR expires_at > {0})", _query.AsOf, () => Rows.Parameters.Instant(Timestamps.Of(_query.AsOf)));
        }
        else if (_query.Expired == ExpiredFilter.Only)
        {
            Add("expires_at <= {0}", _query.AsOf, () => Rows.Parameters.Instant(Timestamps.Of(_query.AsOf)));
            Add("expiry_period <= {0}", _query.AsOf, () => Rows.Parameters.Number(Timestamps.Period(_query.AsOf)));
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

        var at = Parameter(Rows.Parameters.Instant(Timestamps.Of(cursor.At)));
        var period = Parameter(Rows.Parameters.Number(Timestamps.Period(cursor.At)));
        _select = IsDue
            ? Select($"due_period >= {period}", $"(due_at > {at} OR (due_at = {at} AND {id}))")
            : Select($"period <= {period}", $"(updated_at < {at} OR (updated_at = {at} AND {id}))");
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
}

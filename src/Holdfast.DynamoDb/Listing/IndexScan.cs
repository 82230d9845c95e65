using System.Globalization;
using System.Runtime.CompilerServices;
using Holdfast.DynamoDb.Connecting;
using Holdfast.DynamoDb.Rows;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Listing;

/// <summary>Reads what an index knows of the threads that a query may want, in the order of the index.</summary>
internal sealed class IndexScan
{
    private readonly HeadQuery _query;

    private IndexScan(HeadQuery query) => _query = query;

    public required string Index { get; init; }

    public required string Partition { get; init; }

    public required Func<string, string> PartitionOf { get; init; }

    public required string Sort { get; init; }

    public string? Lowest { get; init; }

    public string? Highest { get; init; }

    /// <summary>Threads in the order of their ids, from the continuation on.</summary>
    public static IndexScan ById(HeadQuery query, HeadCursor? after)
    {
        var (space, tenant, prefix) = (query.Space, query.Tenant, query.Filter.IdPrefix);
        return new(query)
        {
            Index = Attr.ById,
            Partition = Attr.Shard,
            PartitionOf = shard => shard,
            Sort = Attr.Partition,
            Lowest = Last(tenant is null ? Keys.Space(space) : Keys.Tenant(space, tenant) + prefix, after is { } at ? Keys.Thread(at.Key) : null),
            Highest = tenant is null ? Keys.AfterSpaceOf(space) : prefix is null ? Keys.AfterTenant(space, tenant) : Keys.AfterPrefix(space, tenant, prefix),
        };
    }

    /// <summary>Threads of one tenant, the one updated last first, from the continuation on.</summary>
    public static IndexScan ByUpdate(HeadQuery query, HeadCursor? after)
    {
        var (space, tenant, filter) = (query.Space, query.Tenant!, query.Filter);
        return new(query)
        {
            Index = filter.UserId is null ? Attr.ByUpdate : Attr.ByUser,
            Partition = filter.UserId is null ? Attr.InTenant : Attr.OfUser,
            PartitionOf = filter.UserId is { } user ? shard => Keys.OfUser(shard, space, tenant, user) : shard => Keys.InTenant(shard, space, tenant),
            Sort = Attr.Recent,
            Lowest = Last(filter.UpdatedBefore is { } before ? TimeKey.Updated(before) : null, after is { } at ? TimeKey.Write(at.At, at.Key) : null),
            Highest = filter.UpdatedSince is { } since ? TimeKey.Updated(since) + Keys.AfterSpaceOf(space) : null,
        };
    }

    /// <summary>Threads of a space that are due, the first one first, from the continuation on.</summary>
    public static IndexScan ByDue(HeadQuery query, HeadCursor? after) => new(query)
    {
        Index = Attr.ByDue,
        Partition = Attr.InSpace,
        PartitionOf = shard => Keys.InSpace(shard, query.Space),
        Sort = Attr.DueOrder,
        Lowest = after is { } at ? TimeKey.WriteDue(at.At, at.Key) : null,
        Highest = TimeKey.Due(Instants.Ceiling(query.DueBefore!.Value)),
    };

    /// <summary>The keys of one shard, as the index sorts them. The first request asks for <paramref name="portion"/> of them only.</summary>
    public async IAsyncEnumerable<string> ReadAsync(Table table, int shard, int? portion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Lowest is not null && Highest is not null && Utf8Order.Instance.Compare(Lowest, Highest) > 0)
        {
            yield break;
        }

        Item? next = null;
        do
        {
            var request = Request(shard.ToString(CultureInfo.InvariantCulture));
            (request.ExclusiveStartKey, request.Limit) = (next, next is null ? portion : null);
            var response = await table.QueryAsync("list threads", request, cancellationToken).ConfigureAwait(false);
            foreach (var item in response.Items ?? [])
            {
                yield return item[Sort].S;
            }

            next = response.LastEvaluatedKey is { Count: > 0 } more ? more : null;
        }
        while (next is not null);
    }

    private QueryRequest Request(string shard)
    {
        var expression = new Expression();
        var key = expression.Is(Partition, PartitionOf(shard)) + (Lowest, Highest) switch
        {
            ({ } lowest, { } highest) => $" AND {expression[Sort]} BETWEEN {expression.Value(lowest)} AND {expression.Value(highest)}",
            ({ } lowest, null) => $" AND {expression[Sort]} >= {expression.Value(lowest)}",
            (null, { } highest) => $" AND {expression[Sort]} <= {expression.Value(highest)}",
            _ => "",
        };
        var filter = string.Join(" AND ", Filters(expression));
        return new()
        {
            IndexName = Index,
            KeyConditionExpression = key,
            FilterExpression = filter.Length > 0 ? filter : null,
            ProjectionExpression = expression.Only(Sort),
            ExpressionAttributeNames = expression.Names,
            ExpressionAttributeValues = expression.Values,
        };
    }

    private IEnumerable<string> Filters(Expression expression)
    {
        var filter = _query.Filter;
        if (filter.UserId is { } user && Index != Attr.ByUser)
        {
            yield return expression.Is(Attr.User, user);
        }

        if (filter.Agent is { } agent)
        {
            yield return expression.Is(Attr.Agent, agent);
        }

        if (filter.Status is { } status)
        {
            yield return expression.Is(Attr.Status, status.ToName());
        }

        if (filter.Deleted != DeletedFilter.Include)
        {
            yield return filter.Deleted == DeletedFilter.Only ? expression.Exists(Attr.Deleted) : expression.Missing(Attr.Deleted);
        }

        if (_query.Expired != ExpiredFilter.Include)
        {
            // The index knows the day; the head decides.
            var today = expression.Value(Values.Day(_query.AsOf));
            yield return _query.Expired == ExpiredFilter.Only
                ? $"{expression[Attr.ExpiryDay]} <= {today}"
                : $"({expression.Missing(Attr.ExpiryDay)} OR {expression[Attr.ExpiryDay]} >= {today})";
        }

        // In the index by id it is the key, by which no filter can go.
        if (_query.Tenant is { } tenant && Sort != Attr.Partition && (filter.IdPrefix is not null || Index == Attr.ByDue))
        {
            yield return $"begins_with({expression[Attr.Partition]}, {expression.Value(Keys.Tenant(_query.Space, tenant) + filter.IdPrefix)})";
        }

        foreach (var (key, value) in filter.Metadata)
        {
            // What cannot be searched for is in no index, and never equal.
            yield return $"contains({expression[Attr.Tags]}, {expression.Value(Values.Of(Tags.Of(key, value)))})";
        }

        foreach (var term in _query.Terms)
        {
            yield return $"contains({expression[Attr.Tags]}, {expression.Value(Values.Of(Tags.Of(term)))})";
        }

        // The index by update is sorted by time; in the others the day leaves out most of what the head would.
        if (filter.UpdatedSince is { } since && Sort != Attr.Recent)
        {
            yield return $"{expression[Attr.Day]} >= {expression.Value(Values.Day(since))}";
        }

        if (filter.UpdatedBefore is { } before && Sort != Attr.Recent)
        {
            yield return $"{expression[Attr.Day]} <= {expression.Value(Values.Day(before))}";
        }
    }

    private static string? Last(string? one, string? other)
        => one is null || (other is not null && Utf8Order.Instance.Compare(other, one) > 0) ? other : one;
}

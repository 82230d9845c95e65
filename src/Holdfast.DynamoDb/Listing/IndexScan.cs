using System.Globalization;
using System.Runtime.CompilerServices;
using Holdfast.DynamoDb.Items;
using Holdfast.DynamoDb.Requests;
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
        var (tenant, prefix) = (query.Tenant, query.Filter.IdPrefix);
        return new(query)
        {
            Index = Attr.ById,
            Partition = Attr.Shard,
            PartitionOf = shard => shard,
            Sort = Attr.Partition,
            Lowest = Last(tenant is null ? null : Keys.Tenant(tenant) + prefix, after is { } at ? Keys.Thread(at.Key) : null),

            // The tab that ends a tenant's name sorts before everything that could follow it, and a line feed comes next after a tab.
            Highest = tenant is null ? null : prefix is null ? Keys.Tenant(tenant)[..^1] + '\n' : Keys.AfterPrefix(tenant, prefix),
        };
    }

    /// <summary>Threads of one tenant, the one updated last first, from the continuation on.</summary>
    public static IndexScan ByUpdate(HeadQuery query, HeadCursor? after)
    {
        var (tenant, filter) = (query.Tenant!, query.Filter);
        return new(query)
        {
            Index = filter.UserId is null ? Attr.ByUpdate : Attr.ByUser,
            Partition = filter.UserId is null ? Attr.InTenant : Attr.OfUser,
            PartitionOf = filter.UserId is { } user ? shard => Keys.OfUser(shard, tenant, user) : shard => Keys.InTenant(shard, tenant),
            Sort = Attr.Recent,
            Lowest = Last(filter.UpdatedBefore is { } before ? RecentKey.TimeOnly(before) : null, after is { } at ? RecentKey.Write(at) : null),

            // Behind the time every key goes on with 't'.
            Highest = filter.UpdatedSince is { } since ? RecentKey.TimeOnly(since) + 'u' : null,
        };
    }

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
            var now = expression.Value(Instants.Write(_query.AsOf));
            yield return _query.Expired == ExpiredFilter.Only
                ? $"{expression[Attr.Expires]} <= {now}"
                : $"({expression.Missing(Attr.Expires)} OR {expression[Attr.Expires]} > {now})";
        }

        // In the index by id it is the key, by which no filter can go.
        if (filter.IdPrefix is { } prefix && _query.Tenant is { } tenant && Sort != Attr.Partition)
        {
            yield return $"begins_with({expression[Attr.Partition]}, {expression.Value(Keys.Tenant(tenant) + prefix)})";
        }

        foreach (var (key, value) in filter.Metadata)
        {
            yield return $"contains({expression[Attr.Tags]}, {expression.Value(Values.Of(MetadataJson.Tag(key, value)))})";
        }

        // The index by update is sorted by time; in the others the day leaves out most of what the head would.
        if (filter.UpdatedSince is { } since && Sort != Attr.Recent)
        {
            yield return $"{expression[Attr.Day]} >= {expression.Value(Values.Of(Instants.Day(since)))}";
        }

        if (filter.UpdatedBefore is { } before && Sort != Attr.Recent)
        {
            yield return $"{expression[Attr.Day]} <= {expression.Value(Values.Of(Instants.Day(before)))}";
        }
    }

    private static string? Last(string? one, string? other)
        => one is null || (other is not null && Utf8Order.Instance.Compare(other, one) > 0) ? other : one;
}

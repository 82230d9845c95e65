using Holdfast.Logs;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Values;
using StackExchange.Redis;

namespace Holdfast.Redis.Listing;

/// <summary>A query as the index understands it. It lets through every thread that the query does, and a few more.</summary>
internal sealed class IndexConditions
{
    public IndexConditions(HeadQuery query)
    {
        var filter = query.Filter;
        IsById = filter.Order == ThreadOrder.Id;
        LowestScore = filter.UpdatedBefore is { } before ? (RedisValue)(1 - Instants.Ceiling(before)) : "-inf";
        HighestScore = filter.UpdatedSince is { } since ? (RedisValue)(-Instants.Ceiling(since)) : "+inf";

        // Those that have expired are hardly ever there; that they are not listed is decided by their heads.
        ExpiredBy = query.Expired == ExpiredFilter.Only ? (RedisValue)Instants.Floor(query.AsOf) : "";
        IdPrefix = filter.IdPrefix ?? "";
        Needed = [.. NeededTerms(filter)];
        Refused = filter.Deleted == DeletedFilter.Exclude ? [IndexTerms.Deleted] : [];
    }

    public bool IsById { get; }

    public RedisValue LowestScore { get; }

    public RedisValue HighestScore { get; }

    public RedisValue ExpiredBy { get; }

    /// <summary>What the ids begin with; empty for anything.</summary>
    public RedisValue IdPrefix { get; }

    public IReadOnlyList<string> Needed { get; }

    public IReadOnlyList<string> Refused { get; }

    /// <summary>The keys of the script.</summary>
    public RedisKey[] Keys(RedisKeys keys, string tenant)
    {
        var all = new List<RedisKey> { keys.Index(tenant), keys.Ids(tenant), keys.Updated(tenant) };
        all.AddRange(Needed.Concat(Refused).Select(term => keys.Term(tenant, term)));
        if (ExpiredBy != "")
        {
            all.Add(keys.Expires(tenant));
        }

        return [.. all];
    }

    /// <summary>The arguments of the script from the position on.</summary>
    public RedisValue[] Arguments(ScanPosition position, int want, int budget)
        => [IsById ? "i" : "u", position.Kind, position.Score, position.Id, want, budget, LowestScore, HighestScore, ExpiredBy, IdPrefix, Needed.Count, Refused.Count];

    private static IEnumerable<string> NeededTerms(ThreadQuery filter)
    {
        if (filter.UserId is { } user)
        {
            yield return IndexTerms.OfUser(user);
        }

        if (filter.Agent is { } agent)
        {
            yield return IndexTerms.OfAgent(agent);
        }

        if (filter.Status is { } status)
        {
            yield return IndexTerms.OfStatus(status);
        }

        if (filter.Deleted == DeletedFilter.Only)
        {
            yield return IndexTerms.Deleted;
        }

        foreach (var (key, value) in filter.Metadata)
        {
            yield return IndexTerms.OfMetadata(key, MetadataTerm.Of(value)!);
        }
    }
}

using Holdfast.Logs;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Rows;
using StackExchange.Redis;

namespace Holdfast.Redis.Listing;

/// <summary>A query as the index understands it. It lets through every thread that the query does, and a few more.</summary>
internal sealed class IndexConditions
{
    public IndexConditions(HeadQuery query)
    {
        var filter = query.Filter;
        Space = query.Space;
        Order = ScanOrders.Of(query);
        if (query.DueBefore is { } due)
        {
            HighestScore = Instants.Ceiling(due) - 1;
        }
        else
        {
            LowestScore = filter.UpdatedBefore is { } before ? 1 - Instants.Ceiling(before) : LowestScore;
            HighestScore = filter.UpdatedSince is { } since ? -Instants.Ceiling(since) : HighestScore;
        }

        // Those that have expired are hardly ever there; that they are not listed is decided by their heads.
        ExpiredBy = query.Expired == ExpiredFilter.Only ? (RedisValue)Instants.Floor(query.AsOf) : "";
        IdPrefix = filter.IdPrefix ?? "";
        Needed = [.. NeededTerms(query)];
        Refused = filter.Deleted == DeletedFilter.Exclude ? [IndexTerms.Deleted] : [];
    }

    public ThreadSpace Space { get; }

    public ScanOrder Order { get; }

    public RedisValue LowestScore { get; } = "-inf";

    public RedisValue HighestScore { get; } = "+inf";

    public RedisValue ExpiredBy { get; }

    /// <summary>What the ids begin with; empty for anything.</summary>
    public RedisValue IdPrefix { get; }

    public IReadOnlyList<string> Needed { get; }

    public IReadOnlyList<string> Refused { get; }

    /// <summary>The keys of the script.</summary>
    public RedisKey[] Keys(RedisKeys keys, IndexScope scope)
    {
        var all = new List<RedisKey> { keys.Index(scope), keys.Ids(scope), Order == ScanOrder.Due ? keys.Due(scope) : keys.Updated(scope) };
        all.AddRange(Needed.Concat(Refused).Select(term => keys.Term(scope, term)));
        if (ExpiredBy != "")
        {
            all.Add(keys.Expires(scope));
        }

        return [.. all];
    }

    /// <summary>The arguments of the script from the position on.</summary>
    public RedisValue[] Arguments(ScanPosition position, int want, int budget)
        => [Order switch { ScanOrder.Id => "i", ScanOrder.Due => "d", _ => "u" }, position.Kind, position.Score, position.Id, want, budget, LowestScore, HighestScore, ExpiredBy, IdPrefix, Needed.Count, Refused.Count];

    private static IEnumerable<string> NeededTerms(HeadQuery query)
    {
        var filter = query.Filter;
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

        foreach (var term in query.Terms)
        {
            yield return IndexTerms.OfTerm(term);
        }
    }
}

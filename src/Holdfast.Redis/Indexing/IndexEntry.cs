using Holdfast.Logs;
using Holdfast.Redis.Values;
using StackExchange.Redis;

namespace Holdfast.Redis.Indexing;

/// <summary>What the index says of a thread.</summary>
internal readonly record struct IndexEntry(ThreadKey Key, long Version, byte[] Terms, long Score, RedisValue Expiry)
{
    public static IndexEntry Of(ThreadHead head)
        => new(head.Key, head.Version, IndexTerms.Write(head), Instants.Score(head.UpdatedAt), Instants.ValueOrNone(head.ExpiresAt));
}

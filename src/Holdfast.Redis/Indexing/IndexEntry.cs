using Holdfast.Logs;
using Holdfast.Redis.Rows;
using StackExchange.Redis;

namespace Holdfast.Redis.Indexing;

/// <summary>What the index says of a thread.</summary>
internal readonly record struct IndexEntry(ThreadKey Key, CommitId Life, long Version, byte[] Terms, long Score, RedisValue Expiry, RedisValue Due)
{
    public static IndexEntry Of(ThreadHead head)
        => new(head.Key, head.Life, head.Version, IndexTerms.Write(head), Millis.Score(head.UpdatedAt), Millis.ValueOrNone(head.ExpiresAt), Millis.ValueOrNone(head.DueAt));
}

using Holdfast.Logs;
using StackExchange.Redis;

namespace Holdfast.Redis.Listing;

/// <summary>What the index says of a thread that may belong to a listing.</summary>
/// <param name="Key">The thread.</param>
/// <param name="Time">When it was updated or is due, in milliseconds.</param>
/// <param name="Score">The same as the index has it.</param>
/// <param name="Stamp">Which life and version of the thread the index tells of.</param>
internal readonly record struct Candidate(ThreadKey Key, long Time, RedisValue Score, RedisValue Stamp)
{
    public HeadCursor Position => new(DateTimeOffset.FromUnixTimeMilliseconds(Time), Key);
}

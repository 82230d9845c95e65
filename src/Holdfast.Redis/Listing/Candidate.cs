using StackExchange.Redis;

namespace Holdfast.Redis.Listing;

/// <summary>What the index says of a thread that may belong to a listing.</summary>
/// <param name="Key">The thread.</param>
/// <param name="UpdatedAt">When it was updated, in milliseconds.</param>
/// <param name="Score">The same as the index has it.</param>
/// <param name="Stamp">Which life and version of the thread the index tells of.</param>
internal readonly record struct Candidate(ThreadKey Key, long UpdatedAt, RedisValue Score, RedisValue Stamp);

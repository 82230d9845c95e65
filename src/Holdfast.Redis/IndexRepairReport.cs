namespace Holdfast.Redis;

/// <summary>What <see cref="RedisCommitLog.RepairIndexAsync"/> did.</summary>
/// <param name="Threads">How many threads there are; each is in the index now.</param>
/// <param name="Removed">How many threads the index still named though they are gone.</param>
public sealed record IndexRepairReport(long Threads, long Removed);

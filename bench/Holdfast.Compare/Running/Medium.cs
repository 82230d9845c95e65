namespace Holdfast.Compare.Running;

/// <summary>Where a contestant stores.</summary>
internal enum Medium
{
    Memory,
    Directory,
    RedisAlways,
    RedisEverySecond,
    Postgres,
}

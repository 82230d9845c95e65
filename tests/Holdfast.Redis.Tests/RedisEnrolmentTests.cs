using Holdfast.Testing;

namespace Holdfast.Redis.Tests;

public sealed class RedisEnrolmentTests
{
    [Fact]
    public void EveryLog_IsEnrolledWithEverySuite()
        => ConformanceGuard.Check(typeof(RedisConformance).Assembly, [.. ConformanceGuard.LogsIn(typeof(RedisCommitLog).Assembly)]);
}

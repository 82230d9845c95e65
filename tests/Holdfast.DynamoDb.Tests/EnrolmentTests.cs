using Holdfast.Testing;

namespace Holdfast.DynamoDb.Tests;

public sealed class EnrolmentTests
{
    [Fact]
    public void EveryLog_IsEnrolledWithEverySuite()
        => ConformanceGuard.Check(typeof(DynamoDbConformance).Assembly, [.. ConformanceGuard.LogsIn(typeof(DynamoDbCommitLog).Assembly)]);
}

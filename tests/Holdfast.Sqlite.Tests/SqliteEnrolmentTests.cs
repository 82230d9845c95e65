using Holdfast.Testing;

namespace Holdfast.Sqlite.Tests;

public sealed class SqliteEnrolmentTests
{
    [Fact]
    public void EveryLog_IsEnrolledWithEverySuite()
        => ConformanceGuard.Check(typeof(SqliteConformance).Assembly, [.. ConformanceGuard.LogsIn(typeof(SqliteCommitLog).Assembly)]);
}

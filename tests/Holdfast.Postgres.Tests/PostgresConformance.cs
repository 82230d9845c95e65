using Holdfast.Logs;
using Holdfast.Servers;
using Holdfast.Testing;

namespace Holdfast.Postgres.Tests;

public sealed class PostgresConformance : LogConformance<PostgresFixture>;

/// <summary>With prepared statements, which a pooler in between would have to know of.</summary>
public sealed class PreparedConformance : LogConformance<PreparedFixture>;

/// <summary>Through a pooler in transaction mode, whose clients share a few connections.</summary>
public sealed class PoolerConformance : LogConformance<PoolerFixture>;

public sealed class PostgresFixture() : SharedServerFixture(prepare: false);

public sealed class PreparedFixture() : SharedServerFixture(prepare: true);

public abstract class SharedServerFixture(bool prepare) : LogFixture
{
    public override Type LogType => typeof(PostgresCommitLog);

    public override LogCapabilities Capabilities => LogCapabilities.Durable | LogCapabilities.MultiProcess | LogCapabilities.Remote;

    public override ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken) => ReopenAsync(cancellationToken);

    public override async ValueTask<ICommitLog> ReopenAsync(CancellationToken cancellationToken)
        => await PostgresCommitLog.OpenAsync(
            new PostgresLogOptions { ConnectionString = await ConnectionStringAsync(), PrepareStatements = prepare, Schema = "conformance", CommandTimeout = Patience.Call }, cancellationToken);

    protected virtual async Task<string> ConnectionStringAsync() => (await SharedServer.GetAsync()).ConnectionString();
}

public sealed class PoolerFixture() : SharedServerFixture(prepare: false)
{
    protected override async Task<string> ConnectionStringAsync()
        => (await SharedServer.GetAsync()).ConnectionString((await SharedServer.GetPoolerAsync()).Port, "postgres", "");
}

public sealed class PostgresEnrolmentTests
{
    [Fact]
    public void EveryLog_IsEnrolledWithEverySuite()
        => ConformanceGuard.Check(typeof(PostgresConformance).Assembly, [.. ConformanceGuard.LogsIn(typeof(PostgresCommitLog).Assembly)]);
}

using System.Globalization;
using Holdfast.Logs;
using Holdfast.Servers;
using Holdfast.Testing;
using Npgsql;

namespace Holdfast.Postgres.Tests;

public sealed class PostgresConformance : LogConformance<PostgresFixture>;

/// <summary>With prepared statements, which a pooler in between would have to know of.</summary>
public sealed class PreparedConformance : LogConformance<PreparedFixture>;

/// <summary>Through a pooler in transaction mode, whose clients share a few connections.</summary>
public sealed class PoolerConformance : LogConformance<PoolerFixture>;

public sealed class PostgresFixture() : SharedServerFixture(SharedServer.DataSource, prepare: false);

public sealed class PreparedFixture() : SharedServerFixture(SharedServer.DataSource, prepare: true);

public sealed class PoolerFixture() : SharedServerFixture(SharedServer.PoolerDataSource, prepare: false)
{
    public override bool HearsOthers => false;
}

/// <summary>All cases share the connections: to make them, and the passwords for them, costs more than most cases do.</summary>
public abstract class SharedServerFixture(Lazy<Task<NpgsqlDataSource>> dataSource, bool prepare) : LogFixture
{
    public override Type LogType => typeof(PostgresCommitLog);

    public override LogCapabilities Capabilities => LogCapabilities.Durable | LogCapabilities.MultiProcess | LogCapabilities.Remote;

    public override ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken) => ReopenAsync(cancellationToken);

    public override async ValueTask<ICommitLog> ReopenAsync(CancellationToken cancellationToken)
        => await PostgresCommitLog.OpenAsync(
            new PostgresLogOptions { DataSource = await dataSource.Value, PrepareStatements = prepare, Schema = "conformance", CommandTimeout = Patience.Call }, cancellationToken);

    public override bool CanDamage => true;

    public override ValueTask DamageEntryAsync(ThreadKey key, long version, CancellationToken cancellationToken)
        => ChangeAsync(
            "UPDATE conformance.entries SET body = replace(body::text, ':', ': ')::json, sealed_body = set_byte(sealed_body, 0, 255 - get_byte(sealed_body, 0)) WHERE thread = {0} AND version = $4",
            key, cancellationToken, version);

    public override ValueTask ForgeEntryAsync(ThreadKey key, long version, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
        => ChangeAsync(
            "UPDATE conformance.entries SET body = convert_from($5, 'UTF8')::json, sealed_body = NULL, rewritten_hash = sha256($5) WHERE thread = {0} AND version = $4",
            key, cancellationToken, version, body.ToArray());

    public override ValueTask LoseEntryAsync(ThreadKey key, long version, CancellationToken cancellationToken)
        => ChangeAsync("DELETE FROM conformance.entries WHERE thread = {0} AND version = $4", key, cancellationToken, version);

    public override ValueTask DamageHeadAsync(ThreadKey key, CancellationToken cancellationToken)
        => ChangeAsync("UPDATE conformance.threads SET metadata = '7' WHERE number = {0}", key, cancellationToken);

    private static async ValueTask ChangeAsync(string sql, ThreadKey key, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = (await SharedServer.DataSource.Value).CreateCommand(
            string.Format(CultureInfo.InvariantCulture, sql, "(SELECT number FROM conformance.threads WHERE space = $1 AND tenant = $2 AND thread_id = $3)"));
        foreach (var value in (object[])[(short)key.Space, key.Tenant, key.Id.Value, .. values])
        {
            command.Parameters.Add(new() { Value = value });
        }

        (await command.ExecuteNonQueryAsync(cancellationToken)).ShouldBe(1);
    }
}

public sealed class PostgresEnrolmentTests
{
    [Fact]
    public void EveryLog_IsEnrolledWithEverySuite()
        => ConformanceGuard.Check(typeof(PostgresConformance).Assembly, [.. ConformanceGuard.LogsIn(typeof(PostgresCommitLog).Assembly)]);
}

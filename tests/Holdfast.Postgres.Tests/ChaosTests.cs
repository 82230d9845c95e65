using Holdfast.Logs;
using Holdfast.Servers;
using Holdfast.Testing;
using Npgsql;

namespace Holdfast.Postgres.Tests;

/// <summary>The server or its connections are cut again and again while writers work; nothing that was acknowledged is lost or doubled.</summary>
public sealed class ChaosTests
{
    private const int Rounds = 6;

    [Fact]
    public async Task Writers_WhileTheServerCrashesAndComesBack_LoseAndDoubleNothing()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var log = await PostgresCommitLog.OpenAsync(server.ConnectionString(further: "Timeout=60"));
        await using var other = await PostgresCommitLog.OpenAsync(server.ConnectionString(further: "Timeout=60;Application Name=other"));

        var report = await DisturbAsync(log, other, async () =>
        {
            await server.StopAsync("immediate");
            await server.StartAgainAsync();
        });

        report.Acknowledged.ShouldBeGreaterThan(Rounds);
    }

    [Fact]
    public async Task Writers_WhileBackendsAreEnded_LoseAndDoubleNothing()
    {
        var options = await SharedServer.NewSchemaAsync("Application Name=chaos");
        await using var log = await PostgresCommitLog.OpenAsync(options);
        await using var other = await PostgresCommitLog.OpenAsync(options);

        var report = await DisturbAsync(log, other, async () =>
        {
            for (var i = 0; i < 5; i++)
            {
                await SharedServer.RunAsync("SELECT count(pg_terminate_backend(pid, 300000)) FROM pg_stat_activity WHERE application_name = 'chaos'");
            }
        });

        report.Acknowledged.ShouldBeGreaterThan(Rounds);
    }

    [Fact]
    public async Task Writers_WhileThePoolerIsKilled_LoseAndDoubleNothing()
    {
        var server = await SharedServer.GetAsync();
        var options = await SharedServer.NewSchemaAsync();
        var pooler = await PgBouncerServer.StartAsync(server, serverConnections: 3);
        options.ConnectionString = server.ConnectionString(pooler.Port, "postgres", "Timeout=60");
        await using var log = await PostgresCommitLog.OpenAsync(options);
        await using var other = await PostgresCommitLog.OpenAsync(options);

        var report = await DisturbAsync(log, other, pooler.RestartAsync);

        report.Acknowledged.ShouldBeGreaterThan(Rounds);
        await pooler.DisposeAsync();
    }

    [Fact]
    public async Task Writers_WhileThePoolIsFullAgainAndAgain_LoseAndDoubleNothing()
    {
        const int Connections = 3;
        var options = await SharedServer.NewSchemaAsync();
        await using var dataSource = NpgsqlDataSource.Create($"{options.ConnectionString}Maximum Pool Size={Connections};Timeout=1");
        options = new() { DataSource = dataSource, Schema = options.Schema };
        await Waiting.UntilConnectedAsync(dataSource);
        await using var log = await PostgresCommitLog.OpenAsync(options);
        await using var other = await PostgresCommitLog.OpenAsync(options);

        var report = await DisturbAsync(log, other, async () =>
        {
            var taken = new List<NpgsqlConnection>();
            while (taken.Count < Connections)
            {
                try
                {
                    taken.Add(await dataSource.OpenConnectionAsync());
                }
                catch (NpgsqlException)
                {
                    // The writers were quicker.
                }
            }

            await Should.ThrowAsync<StoreUnavailableException>(async () => await log.GetHeadAsync(ThreadKey.Of("own-0")));
            await Task.WhenAll(taken.Select(connection => connection.DisposeAsync().AsTask()));
        });

        report.Acknowledged.ShouldBeGreaterThan(Rounds);
    }

    private static async Task<HistoryReport> DisturbAsync(PostgresCommitLog log, PostgresCommitLog other, Func<Task> disturb)
    {
        using var stop = new CancellationTokenSource();

        // Six have threads of their own, and six meet on two threads, through two logs.
        var writers = Enumerable.Range(0, 12)
            .Select(i => Task.Run(() => Writers.AppendUntilAsync(i % 2 == 0 ? log : other, ThreadKey.Of(i < 6 ? $"own-{i}" : $"shared-{i % 3 % 2}"), stop.Token)))
            .ToList();
        for (var round = 0; round < Rounds; round++)
        {
            await UntilWrittenAsync(log, 3 * (round + 1));
            await disturb();
        }

        await UntilWrittenAsync(log, 3 * (Rounds + 1));
        await stop.CancelAsync();
        var acknowledged = (await Task.WhenAll(writers)).SelectMany(commits => commits).ToList();
        var report = await HistoryChecker.CheckAsync(log, acknowledged);

        // Every outcome was settled in the end, so nothing stands that nobody was told of.
        report.Unacknowledged.ShouldBe(0);
        return report;
    }

    private static Task UntilWrittenAsync(PostgresCommitLog log, long version)
        => Patience.UntilAsync($"version {version}", async () =>
        {
            try
            {
                return await log.GetHeadAsync(ThreadKey.Of("own-0")) is { } head && head.Version >= version;
            }
            catch (StoreUnavailableException)
            {
                // The next look will tell.
                return false;
            }
        });
}

using System.Diagnostics.CodeAnalysis;
using Holdfast.Logs;
using Holdfast.Testing;
using Npgsql;

namespace Holdfast.Postgres.Tests;

/// <summary>What goes wrong with connections is told as it is, and is over when its cause is.</summary>
public sealed class AvailabilityTests
{
    [Fact]
    public async Task Calls_WithoutAFreeConnection_FailTypedAndLeaveNothingBehind()
    {
        var options = await SharedServer.NewSchemaAsync();
        await (await PostgresCommitLog.OpenAsync(options)).DisposeAsync();
        await using var dataSource = NpgsqlDataSource.Create(options.ConnectionString + "Maximum Pool Size=1;Timeout=1");
        await Waiting.UntilConnectedAsync(dataSource);
        await using var log = await PostgresCommitLog.OpenAsync(new PostgresLogOptions { DataSource = dataSource, Schema = options.Schema });
        var (thread, others) = (new ThreadWriter(ThreadKey.Of("a")), Enumerable.Range(0, 10).Select(i => new ThreadWriter(ThreadKey.Of($"other-{i}"))).ToList());
        await using (await dataSource.OpenConnectionAsync())
        {
            var errors = new List<StoreUnavailableException> { await Should.ThrowAsync<StoreUnavailableException>(() => thread.AppendAsync(log)) };
            errors.Add(await Should.ThrowAsync<StoreUnavailableException>(async () => await log.GetHeadAsync(thread.Key)));
            errors.Add(await Should.ThrowAsync<StoreUnavailableException>(async () => await log.EraseAsync(thread.Key)));
            foreach (var append in others.ConvertAll(other => other.AppendAsync(log)))
            {
                errors.Add(await Should.ThrowAsync<StoreUnavailableException>(append));
            }

            errors.ShouldAllBe(error => error.Message.Contains("Maximum Pool Size") && !error.OutcomeUnknown);
        }

        // One second may again be too short for those who wait for others; then they, too, are told so and try again.
        await Task.WhenAll(others.Append(thread).Select(writer => Writers.InsistAsync(() => writer.AppendAsync(log))));
        others.Append(thread).ShouldAllBe(writer => writer.Version == 1);
    }

    [Fact]
    public async Task Append_WhileOneConnectionServesAll_IsWrittenByWhoeverHasIt()
    {
        var options = await SharedServer.NewSchemaAsync("Maximum Pool Size=1");
        await using var log = await PostgresCommitLog.OpenAsync(options);
        var threads = Enumerable.Range(0, 32).Select(i => new ThreadWriter(ThreadKey.Of($"thread-{i}"))).ToList();

        await Task.WhenAll(threads.Select(thread => Task.Run(() => thread.AppendManyAsync(log, 10))));

        threads.ShouldAllBe(thread => thread.Version == 10);
    }

    [Fact]
    public async Task Read_WhileTheCallerTakesItsTime_HoldsNoConnection()
    {
        await using var log = await PostgresCommitLog.OpenAsync(await SharedServer.NewSchemaAsync("Maximum Pool Size=1"));
        var thread = new ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendManyAsync(log, 100);
        var read = 0;

        await foreach (var entry in log.ReadAsync(thread.Key))
        {
            (await log.GetHeadAsync(thread.Key))!.Version.ShouldBe(100);
            read++;
        }

        read.ShouldBe(100);
    }

    [Fact]
    public async Task Read_OfLargeEntries_FetchesAFewMebibytesAtATime()
    {
        var options = await SharedServer.NewSchemaAsync();
        await using var log = await PostgresCommitLog.OpenAsync(options);
        var thread = new ThreadWriter(ThreadKey.Of("a"));
        var body = new byte[1024 * 1024];
        new Random(1).NextBytes(body);
        for (var i = 0; i < 24; i++)
        {
            await thread.AppendAsync(log, new() { Body = body });
        }

        // A chunk that is in memory outlives the entries behind it in the database: what is read after they are gone was fetched before.
        var read = 0;
        await foreach (var entry in log.ReadAsync(thread.Key))
        {
            if (read++ == 0)
            {
                await log.EraseAsync(thread.Key);
            }
        }

        read.ShouldBeLessThan(6);
    }

    [Fact]
    public async Task Calls_OverConnectionsThatTheServerHasEnded_GoOnOverNewOnes()
    {
        var options = await SharedServer.NewSchemaAsync();
        options.ConnectionString += $"Application Name=ended-{options.Schema}";
        await using var log = await PostgresCommitLog.OpenAsync(options);
        var threads = Enumerable.Range(0, 6).Select(i => new ThreadWriter(ThreadKey.Of($"thread-{i}"))).ToList();
        for (var round = 0; round < 5; round++)
        {
            await Task.WhenAll(threads.Select(thread => Task.Run(() => thread.AppendAsync(log))));
            await SharedServer.RunAsync($"SELECT count(pg_terminate_backend(pid, 300000)) FROM pg_stat_activity WHERE application_name = 'ended-{options.Schema}'");

            switch (round)
            {
                case 0: (await log.GetHeadAsync(threads[0].Key)).ShouldNotBeNull(); break;
                case 1: (await log.ReadTailAsync(threads[0].Key)).ShouldNotBeNull(); break;
                case 2: (await log.SetExpiryAsync(threads[0].Key, null)).ShouldBeTrue(); break;
                case 3: (await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default })).Heads.Count.ShouldBe(6); break;
                default: await threads[0].AppendAsync(log); break;
            }
        }
    }

    [Fact]
    public async Task Reads_AfterTheServerHasEndedEveryConnectionOfThePool_AllSucceed()
    {
        const int Connections = 12;
        var options = await SharedServer.NewSchemaAsync();
        await using var dataSource = NpgsqlDataSource.Create($"{options.ConnectionString}Application Name=many-{options.Schema}");
        await using var log = await PostgresCommitLog.OpenAsync(new PostgresLogOptions { DataSource = dataSource, Schema = options.Schema });
        var thread = new ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendAsync(log);
        var connections = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => dataSource.OpenConnectionAsync().AsTask()));
        await Task.WhenAll(connections.Select(connection => connection.DisposeAsync().AsTask()));
        await SharedServer.RunAsync($"SELECT count(pg_terminate_backend(pid, 300000)) FROM pg_stat_activity WHERE application_name = 'many-{options.Schema}'");

        var heads = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => log.GetHeadAsync(thread.Key).AsTask()));

        heads.ShouldAllBe(head => head!.Version == 1);
    }

    [Fact]
    public async Task Append_WhoseBackendIsEndedOnItsWay_IsWrittenOnce()
    {
        var options = await SharedServer.NewSchemaAsync();
        await using var log = await PostgresCommitLog.OpenAsync(options);
        var thread = new ThreadWriter(ThreadKey.Of("a"));
        Task append;
        await using (await LockEntriesAsync(options))
        {
            append = thread.AppendAsync(log);
            await Waiting.UntilBlockedAsync(options.Schema);
            await SharedServer.RunAsync($"SELECT count(pg_terminate_backend(pid, 300000)) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%\"{options.Schema}\"%'");
        }

        await append;

        (await HistoryChecker.CheckAsync(log, [new(thread.Key, 1, thread.Entries[0].CommitId)])).Unacknowledged.ShouldBe(0);
    }

    [Fact]
    public async Task Append_ThatGetsNoAnswerInTime_HasAnUnknownOutcomeThatRepeatingSettles()
    {
        var options = await SharedServer.NewSchemaAsync();
        await using var log = await PostgresCommitLog.OpenAsync(options);
        options.CommandTimeout = TimeSpan.FromSeconds(1);
        await using var impatient = await PostgresCommitLog.OpenAsync(options);
        var thread = new ThreadWriter(ThreadKey.Of("a"));
        var request = thread.Next();
        await using (await LockEntriesAsync(options))
        {
            var error = await Should.ThrowAsync<StoreUnavailableException>(async () => await impatient.AppendAsync(request));

            error.OutcomeUnknown.ShouldBeTrue();
            error.Message.ShouldContain("version 1 to thread 'a'");
        }

        (await log.AppendAsync(request)).CurrentVersion.ShouldBe(1);
        (await HistoryChecker.CheckAsync(log, [new(thread.Key, 1, request.Entry.CommitId)])).Unacknowledged.ShouldBe(0);
    }

    [Fact]
    public async Task Calls_OfARoleWithTooManyConnections_SayWhatTheServerAnswered()
    {
        var options = await SharedServer.NewSchemaAsync();
        await (await PostgresCommitLog.OpenAsync(options)).DisposeAsync();
        var role = $"single_{options.Schema}";
        await SharedServer.RunAsync($"CREATE ROLE {role} LOGIN PASSWORD 'single' CONNECTION LIMIT 1; GRANT USAGE ON SCHEMA {options.Schema} TO {role}; GRANT ALL ON ALL TABLES IN SCHEMA {options.Schema} TO {role}");
        options.ConnectionString += $"Username={role};Password=single";
        await using (var occupying = new NpgsqlConnection(options.ConnectionString + ";Pooling=false"))
        {
            await occupying.OpenAsync();
            await using var log = new PostgresCommitLog(options);

            var error = await Should.ThrowAsync<StoreUnavailableException>(async () => await log.GetHeadAsync(ThreadKey.Of("a")));

            error.Message.ShouldContain("53300");
            error.OutcomeUnknown.ShouldBeFalse();
        }
    }

    [Fact]
    public async Task Calls_WhenTheTablesAreGone_FailInsteadOfAnsweringThatNothingIsThere()
    {
        var options = await SharedServer.NewSchemaAsync();
        await using var log = await PostgresCommitLog.OpenAsync(options);
        await SharedServer.RunAsync($"DROP SCHEMA {options.Schema} CASCADE");

        await Should.ThrowAsync<StoreUnavailableException>(async () => await log.GetHeadAsync(ThreadKey.Of("a")));
        await Should.ThrowAsync<StoreUnavailableException>(() => new ThreadWriter(ThreadKey.Of("a")).AppendAsync(log));
    }

    [Fact]
    public async Task DataSource_OfTheCaller_OutlivesTheLog()
    {
        var options = await SharedServer.NewSchemaAsync();
        await using var dataSource = NpgsqlDataSource.Create(options.ConnectionString!);
        await (await PostgresCommitLog.OpenAsync(new PostgresLogOptions { DataSource = dataSource, Schema = options.Schema })).DisposeAsync();

        await using var connection = await dataSource.OpenConnectionAsync();
        connection.State.ShouldBe(System.Data.ConnectionState.Open);
    }

    [SuppressMessage("Security", "CA2100", Justification = "The name of the schema is the test's own.")]
    private static async Task<NpgsqlConnection> LockEntriesAsync(PostgresLogOptions options)
    {
        var connection = new NpgsqlConnection(options.ConnectionString + "Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"BEGIN; LOCK TABLE {options.Schema}.entries IN EXCLUSIVE MODE", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }
}

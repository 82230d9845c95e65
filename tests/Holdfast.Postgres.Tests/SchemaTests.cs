using Holdfast.Logs;
using Holdfast.Servers;
using Holdfast.Testing;
using Holdfast.Worker;
using Npgsql;

namespace Holdfast.Postgres.Tests;

/// <summary>The schema is made once, by whoever comes first, and never by one who does not know it.</summary>
public sealed class SchemaTests
{
    [Fact]
    public async Task Open_ByTwelveProcessesAtOnce_MakesTheSchemaOnce()
    {
        var options = await SharedServer.NewSchemaAsync();
        var url = (await SharedServer.GetAsync()).Url(query: $"?schema={options.Schema}");
        var workers = Enumerable.Range(0, 12).Select(i => WorkerProcess.Start(url, "wait", "append", $"thread-{i}", "1")).ToList();
        await Task.WhenAll(workers.Select(worker => worker.UntilReadyAsync()));

        await Task.WhenAll(workers.Select(worker => worker.GoAsync()));
        await Task.WhenAll(workers.Select(worker => worker.UntilDoneAsync()));

        await using var log = await PostgresCommitLog.OpenAsync(options);
        (await HistoryChecker.CheckAsync(log, workers.SelectMany(worker => worker.Acknowledged))).Acknowledged.ShouldBe(12);
        (await SharedServer.RunAsync($"SELECT count(*) FROM {options.Schema}.migrations")).ShouldBe((long)PostgresSchema.Version);
        workers.ForEach(worker => worker.Dispose());
    }

    [Fact]
    public async Task Open_ByManyThroughAPooler_MakesTheSchemaOnce()
    {
        var options = await SharedServer.NewSchemaAsync();
        options.ConnectionString = (await SharedServer.GetAsync()).ConnectionString((await SharedServer.GetPoolerAsync()).Port, "postgres", "");

        var logs = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => Task.Run(() => PostgresCommitLog.OpenAsync(options))));

        (await SharedServer.RunAsync($"SELECT count(*) FROM {options.Schema}.migrations")).ShouldBe((long)PostgresSchema.Version);
        foreach (var log in logs)
        {
            await log.DisposeAsync();
        }
    }

    [Fact]
    public async Task Open_OfANewerSchema_IsRefusedWithBothVersions()
    {
        var options = await SharedServer.NewSchemaAsync();
        await (await PostgresCommitLog.OpenAsync(options)).DisposeAsync();
        await SharedServer.RunAsync($"INSERT INTO {options.Schema}.migrations (version, name) VALUES (99, 'from the future')");

        foreach (var mode in Enum.GetValues<PostgresSchemaMode>())
        {
            options.SchemaMode = mode;
            var error = await Should.ThrowAsync<UnknownFormatException>(() => PostgresCommitLog.OpenAsync(options));

            error.Found.ShouldBe(99);
            error.Known.ShouldBe(PostgresSchema.Version);
        }

        await using var log = new PostgresCommitLog(options);
        await Should.ThrowAsync<UnknownFormatException>(async () => await new ThreadWriter(ThreadKey.Of("a")).AppendAsync(log));
    }

    [Fact]
    public async Task Open_ThatOnlyAsserts_RefusesAMissingSchemaAndMakesNothing()
    {
        var options = await SharedServer.NewSchemaAsync();
        options.SchemaMode = PostgresSchemaMode.Assert;

        var error = await Should.ThrowAsync<StateConfigurationException>(() => PostgresCommitLog.OpenAsync(options));

        error.Message.ShouldContain("is not there");
        (await SharedServer.RunAsync($"SELECT to_regnamespace('{options.Schema}') IS NULL")).ShouldBe(true);
    }

    [Fact]
    public async Task Script_RunByHand_MakesWhatAsserts()
    {
        var options = await SharedServer.NewSchemaAsync();
        options.SchemaMode = PostgresSchemaMode.Assert;

        await SharedServer.RunAsync(PostgresSchema.GetScript(options.Schema));

        await using var log = await PostgresCommitLog.OpenAsync(options);
        await new ThreadWriter(ThreadKey.Of("a")).AppendAsync(log);
    }

    [Fact]
    public async Task Script_FromTheCurrentVersion_ChangesNothing()
        => await SharedServer.RunAsync(PostgresSchema.GetScript("missing", PostgresSchema.Version));

    [Fact]
    public async Task Open_WithARoleThatMayOnlyReadAndWriteRows_Works()
    {
        var options = await SharedServer.NewSchemaAsync();
        await (await PostgresCommitLog.OpenAsync(options)).DisposeAsync();
        var role = $"limited_{options.Schema}";
        await SharedServer.RunAsync(
            $"""
            CREATE ROLE {role} LOGIN PASSWORD 'limited';
            GRANT USAGE ON SCHEMA {options.Schema} TO {role};
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {options.Schema} TO {role};
            """);
        options.ConnectionString = (await SharedServer.GetAsync()).ConnectionString(further: $"Username={role};Password=limited");

        await using var log = await PostgresCommitLog.OpenAsync(options);

        var thread = new ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendManyAsync(log, 3, keyframes: [2]);
        (await log.ReadTailAsync(thread.Key))!.Entries.Count.ShouldBe(2);
        (await log.RewriteAsync(thread.Key, new Dictionary<long, ReadOnlyMemory<byte>> { [1] = "{}"u8.ToArray() })).ShouldBeTrue();
        (await log.EraseAsync(thread.Key)).ShouldBeTrue();
    }

    [Fact]
    public async Task Open_WithARoleThatMayNotCreate_SaysWhatTheServerRefused()
    {
        var options = await SharedServer.NewSchemaAsync();
        var role = $"powerless_{options.Schema}";
        await SharedServer.RunAsync($"CREATE ROLE {role} LOGIN PASSWORD 'powerless'");
        options.ConnectionString = (await SharedServer.GetAsync()).ConnectionString(further: $"Username={role};Password=powerless");

        var error = await Should.ThrowAsync<StoreUnavailableException>(() => PostgresCommitLog.OpenAsync(options));

        error.Message.ShouldContain("42501");
        error.OutcomeUnknown.ShouldBeFalse();
    }

    [Fact]
    public async Task Open_OfADatabaseThatCannotHoldAllText_IsRefused()
    {
        await SharedServer.RunAsync("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1'");

        var error = await Should.ThrowAsync<StateConfigurationException>(
            async () => await PostgresCommitLog.OpenAsync((await SharedServer.GetAsync()).ConnectionString("latin")));

        error.Message.ShouldContain("UTF8");
        error.Message.ShouldContain("LATIN1");
    }

    [Fact]
    public async Task Open_ThatFailed_IsTriedAgainByTheNextCall()
    {
        await using var server = await PostgresServer.StartAsync();
        await server.StopAsync();
        await using var log = new PostgresCommitLog(new() { ConnectionString = server.ConnectionString(further: "Timeout=5") });
        var thread = new ThreadWriter(ThreadKey.Of("a"));
        await Should.ThrowAsync<StoreUnavailableException>(() => thread.AppendAsync(log));
        await Should.ThrowAsync<StoreUnavailableException>(async () => await log.GetHeadAsync(thread.Key));

        await server.StartAgainAsync();

        await thread.AppendAsync(log);
        (await log.GetHeadAsync(thread.Key))!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task TwoSchemas_InOneDatabase_KeepTheirThreadsApart()
    {
        await using var one = await PostgresCommitLog.OpenAsync(await SharedServer.NewSchemaAsync());
        await using var two = await PostgresCommitLog.OpenAsync(await SharedServer.NewSchemaAsync());

        await new ThreadWriter(ThreadKey.Of("a")).AppendAsync(one);

        (await two.GetHeadAsync(ThreadKey.Of("a"))).ShouldBeNull();
        await new ThreadWriter(ThreadKey.Of("a")).AppendAsync(two);
    }
}

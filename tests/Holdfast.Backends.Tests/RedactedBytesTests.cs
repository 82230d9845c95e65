using System.Text;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Holdfast.DynamoDb;
using Holdfast.Logs;
using Holdfast.Postgres;
using Holdfast.Redis;
using Holdfast.Servers;
using Holdfast.Testing.Shared;
using Npgsql;

namespace Holdfast.Backends.Tests;

/// <summary>What is redacted is in no byte that the servers keep, once the operator has done what docs/time-machine.md says. (Files and SQLite: in their own tests.)</summary>
public sealed class RedactedBytesTests
{
    [Fact]
    public async Task Redis_HasItInNoFile_AfterARewriteAndASnapshot()
    {
        await using var server = await RedisServer.StartAsync("--rdbcompression", "no");
        await using var log = new RedisCommitLog(new() { Configuration = server.Address });
        await using var store = new AgentStateStore(log);
        await SecretThread.FillAsync(store);
        (await server.SendAsync("SAVE")).ShouldBe("+OK");
        SecretThread.FoundIn(server.Directory).Count.ShouldBe(2, "the append-only file and the snapshot");

        await SecretThread.RedactAsync(store);
        SecretThread.FoundIn(server.Directory).ShouldNotBeEmpty();
        await server.SendAsync("BGREWRITEAOF");
        await UntilAsync(async () => (await server.SendAsync("INFO", "persistence")).Contains("aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0", StringComparison.Ordinal));
        (await server.SendAsync("SAVE")).ShouldBe("+OK");

        // The old file is removed by a thread of the server.
        await UntilAsync(() => Task.FromResult(SecretThread.FoundIn(server.Directory).Count == 0));
    }

    [Fact]
    public async Task Postgres_HasItInNoTable_AfterAFullVacuum()
    {
        var database = Servers.NewStoreName();
        var server = await Servers.PostgresAsync();
        await RunAsync(server.ConnectionString(), $"CREATE DATABASE {database}");
        var connection = server.ConnectionString(database);
        await using var log = new PostgresCommitLog(new() { ConnectionString = connection });
        await using var store = new AgentStateStore(log);
        await SecretThread.FillAsync(store);
        await using var source = NpgsqlDataSource.Create(connection);
        var files = Path.Combine(server.DataDirectory, "base", $"{await source.CreateCommand($"SELECT oid FROM pg_database WHERE datname = '{database}'").ExecuteScalarAsync()}");
        await RunAsync(connection, "ANALYZE");
        await RunAsync(connection, "CHECKPOINT");
        SecretThread.FoundIn(files).ShouldNotBeEmpty();

        await SecretThread.RedactAsync(store);
        await RunAsync(connection, "VACUUM (FULL, ANALYZE)");
        await RunAsync(connection, "CHECKPOINT");

        SecretThread.FoundIn(files).ShouldBeEmpty();
    }

    [Fact]
    public async Task DynamoDb_HasItInNoItem()
    {
        var (url, table) = (await Servers.DynamoDbUrlAsync(), Servers.NewStoreName());
        var credentials = new BasicAWSCredentials("local", "local");
        await using var log = new DynamoDbCommitLog(new() { ServiceUrl = url, Region = "us-east-1", Credentials = credentials, TableName = table, CreateTable = true });
        await using var store = new AgentStateStore(log);
        using var client = new AmazonDynamoDBClient(credentials, new AmazonDynamoDBConfig { ServiceURL = url, AuthenticationRegion = "us-east-1" });
        await SecretThread.FillAsync(store);
        (await ItemsAsync()).ShouldContain(text => text.Contains(SecretThread.Secret, StringComparison.Ordinal));

        await SecretThread.RedactAsync(store);

        (await ItemsAsync()).ShouldAllBe(text => !text.Contains(SecretThread.Secret, StringComparison.Ordinal));

        async Task<List<string>> ItemsAsync()
            => [.. (await client.ScanAsync(new() { TableName = table })).Items.SelectMany(item => item.Values).Select(value => value.B is { } bytes ? Encoding.UTF8.GetString(bytes.ToArray()) : $"{value.S}{value.N}{string.Join(',', value.SS ?? [])}")];
    }

    private static async Task RunAsync(string connection, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(Patience.Limit);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}

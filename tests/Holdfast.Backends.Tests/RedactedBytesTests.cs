using System.Text;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Holdfast.DynamoDb;
using Holdfast.Logs;
using Holdfast.Postgres;
using Holdfast.Redis;
using Holdfast.Servers;
using Microsoft.Extensions.AI;
using Npgsql;

namespace Holdfast.Backends.Tests;

/// <summary>What is redacted is in no byte that the servers keep, once the operator has done what docs/time-machine.md says. (Files and SQLite: in their own tests.)</summary>
public sealed class RedactedBytesTests
{
    private const string Secret = "secret-4711-qwxz";

    [Fact]
    public async Task Redis_HasItInNoFile_AfterARewriteAndASnapshot()
    {
        await using var server = await RedisServer.StartAsync("--rdbcompression", "no");
        await using var log = new RedisCommitLog(new() { Configuration = server.Address });
        await using var store = new AgentStateStore(log);
        await FillAsync(store);
        (await server.SendAsync("SAVE")).ShouldBe("+OK");
        Found(server.Directory).Count.ShouldBe(2, "the append-only file and the snapshot");

        await RedactAsync(store);
        Found(server.Directory).ShouldNotBeEmpty();
        await server.SendAsync("BGREWRITEAOF");
        await UntilAsync(async () => (await server.SendAsync("INFO", "persistence")).Contains("aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0", StringComparison.Ordinal));
        (await server.SendAsync("SAVE")).ShouldBe("+OK");

        // The old file is removed by a thread of the server.
        await UntilAsync(() => Task.FromResult(Found(server.Directory).Count == 0));
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
        await FillAsync(store);
        await using var source = NpgsqlDataSource.Create(connection);
        var files = Path.Combine(server.DataDirectory, "base", $"{await source.CreateCommand($"SELECT oid FROM pg_database WHERE datname = '{database}'").ExecuteScalarAsync()}");
        await RunAsync(connection, "ANALYZE");
        await RunAsync(connection, "CHECKPOINT");
        Found(files).ShouldNotBeEmpty();

        await RedactAsync(store);
        await RunAsync(connection, "VACUUM (FULL, ANALYZE)");
        await RunAsync(connection, "CHECKPOINT");

        Found(files).ShouldBeEmpty();
        (await store.Thread("t").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task DynamoDb_HasItInNoItem()
    {
        var (url, table) = (await Servers.DynamoDbUrlAsync(), Servers.NewStoreName());
        var credentials = new BasicAWSCredentials("local", "local");
        await using var log = new DynamoDbCommitLog(new() { ServiceUrl = url, Region = "us-east-1", Credentials = credentials, TableName = table, CreateTable = true });
        await using var store = new AgentStateStore(log);
        using var client = new AmazonDynamoDBClient(credentials, new AmazonDynamoDBConfig { ServiceURL = url, AuthenticationRegion = "us-east-1" });
        await FillAsync(store);
        (await ItemsAsync()).ShouldContain(text => text.Contains(Secret, StringComparison.Ordinal));

        await RedactAsync(store);

        (await ItemsAsync()).ShouldAllBe(text => !text.Contains(Secret, StringComparison.Ordinal));

        async Task<List<string>> ItemsAsync()
            => [.. (await client.ScanAsync(new() { TableName = table })).Items.SelectMany(item => item.Values).Select(value => value.B is { } bytes ? Encoding.UTF8.GetString(bytes.ToArray()) : $"{value.S}{value.N}{string.Join(',', value.SS ?? [])}")];
    }

    private static async Task FillAsync(AgentStateStore store)
    {
        await store.UpdateAsync("t", session =>
        {
            session.History.Add(ChatRole.User, $"card {Secret}");
            session.Variables.Set("card", Secret);
            session.Metadata.Set("note", Secret);
        });
        for (var i = 0; i < 5; i++)
        {
            var session = await store.OpenAsync("t");
            session.Variables.Set("i", i);
            await session.CommitAsync(i == 2 ? Secret : "step");
        }

        await store.Thread("t").ForkAsync("f");
    }

    private static async Task RedactAsync(AgentStateStore store)
    {
        await store.Thread("t").RedactAsync(new() { Pattern = Secret });
        (await store.LoadAsync("t"))!.Variables["card"].GetString().ShouldBe("[redacted]");
        (await store.LoadAsync("f"))!.Variables["card"].GetString().ShouldBe("[redacted]");
    }

    private static List<string> Found(string directory) => [.. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Where(Has)];

    private static bool Has(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = new MemoryStream();
            file.CopyTo(copy);
            return copy.GetBuffer().AsSpan(0, (int)copy.Length).IndexOf(Encoding.UTF8.GetBytes(Secret)) >= 0;
        }
        catch (FileNotFoundException)
        {
            // The server has removed it meanwhile.
            return false;
        }
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

using Amazon.Runtime;
using Holdfast.Backends.Tests;
using Holdfast.DynamoDb;
using Holdfast.Logs;
using Holdfast.Postgres;
using Holdfast.Redis;
using Holdfast.Servers;
using Holdfast.Sqlite;

[assembly: AssemblyFixture(typeof(Servers))]

namespace Holdfast.Backends.Tests;

/// <summary>One server of each kind, started by the first test that asks and ended with the last, and empty stores on them.</summary>
public sealed class Servers : IAsyncDisposable
{
    private static readonly Lazy<Task<RedisServer>> LazyRedis = new(() => RedisServer.StartAsync());
    private static readonly Lazy<Task<RedisCluster>> LazyCluster = new(RedisCluster.StartAsync);
    private static readonly Lazy<Task<PostgresServer>> LazyPostgres = new(() => PostgresServer.StartAsync("max_connections = 300"));
    private static readonly Lazy<Task<DynamoDbServer>> LazyDynamoDb = new(() => DynamoDbServer.StartAsync());
    private static readonly DirectoryInfo Directory = System.IO.Directory.CreateTempSubdirectory("holdfast-backends-");
    private static int _stores;

    // A URL has no credentials: whoever opens it finds them in the environment.
    static Servers()
    {
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", "local");
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", "local");
    }

    /// <summary>An empty log.</summary>
    public static async Task<ICommitLog> NewLogAsync(Backend backend) => backend switch
    {
        Backend.Memory => new InMemoryCommitLog(),
        Backend.Files => new FileCommitLog(new() { Directory = NewPath() }),
        Backend.Sqlite => new SqliteCommitLog(new() { DataSource = NewPath() }),
        Backend.Redis => new RedisCommitLog(new() { Configuration = (await LazyRedis.Value).Address, KeyPrefix = $"{NewName()}:", CommandTimeout = Patience.Call }),
        Backend.RedisCluster => new RedisCommitLog(new() { Configuration = (await LazyCluster.Value).Addresses, KeyPrefix = $"{NewName()}:", CommandTimeout = Patience.Call }),
        Backend.Postgres => new PostgresCommitLog(new() { ConnectionString = (await LazyPostgres.Value).ConnectionString(), Schema = NewName(), CommandTimeout = Patience.Call }),
        _ => new DynamoDbCommitLog(new()
        {
            ServiceUrl = (await LazyDynamoDb.Value).Url,
            Region = "us-east-1",
            Credentials = new BasicAWSCredentials("local", "local"),
            TableName = NewName(),
            CreateTable = true,
            RequestTimeout = Patience.Call,
            Timeout = Patience.Call,
        }),
    };

    /// <summary>The URL of an empty store that other processes can open.</summary>
    public static async Task<string> NewUrlAsync(Backend backend) => backend switch
    {
        Backend.Files => $"file:{NewPath()}",
        Backend.Sqlite => $"sqlite:{NewPath()}",
        Backend.Redis => $"redis://{(await LazyRedis.Value).Address}/1?prefix={NewName()}:&timeout={Patience.Call.TotalSeconds}",
        Backend.RedisCluster => $"redis://{(await LazyCluster.Value).Addresses}?prefix={NewName()}:&timeout={Patience.Call.TotalSeconds}",
        Backend.Postgres => (await LazyPostgres.Value).Url("postgres", $"?schema={NewName()}"),
        Backend.DynamoDb => $"dynamodb://us-east-1/{NewName()}?endpoint={(await LazyDynamoDb.Value).Url}&create=true",
        _ => throw new ArgumentOutOfRangeException(nameof(backend), backend, "It is in this process only."),
    };

    /// <summary>The servers themselves, for tests that change what is stored.</summary>
    public static async Task<string> RedisAddressAsync() => (await LazyRedis.Value).Address;

    /// <inheritdoc cref="RedisAddressAsync"/>
    public static async Task<string> PostgresConnectionAsync() => (await LazyPostgres.Value).ConnectionString();

    /// <inheritdoc cref="RedisAddressAsync"/>
    public static Task<PostgresServer> PostgresAsync() => LazyPostgres.Value;

    /// <inheritdoc cref="RedisAddressAsync"/>
    public static async Task<string> DynamoDbUrlAsync() => (await LazyDynamoDb.Value).Url;

    /// <summary>A name that no other store has.</summary>
    public static string NewStoreName() => NewName();

    /// <summary>A path that nothing has yet.</summary>
    public static string NewStorePath() => NewPath();

    public async ValueTask DisposeAsync()
    {
        await EndAsync(LazyRedis);
        await EndAsync(LazyCluster);
        await EndAsync(LazyPostgres);
        await EndAsync(LazyDynamoDb);
        Directory.Delete(recursive: true);
    }

    private static async Task EndAsync<T>(Lazy<Task<T>> server)
        where T : IAsyncDisposable
    {
        if (server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await server.Value).DisposeAsync();
        }
    }

    private static string NewName() => $"store{Interlocked.Increment(ref _stores)}";

    private static string NewPath() => Path.Combine(Directory.FullName, NewName());
}

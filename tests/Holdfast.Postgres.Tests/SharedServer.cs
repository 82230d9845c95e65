using Holdfast.Postgres.Connecting;
using Holdfast.Postgres.Tests;
using Holdfast.Servers;
using Npgsql;

[assembly: AssemblyFixture(typeof(SharedServer))]

namespace Holdfast.Postgres.Tests;

/// <summary>The server, and the pooler before it, that all tests share which do not end theirs. Started by the first that asks, ended with the last test.</summary>
public sealed class SharedServer : IAsyncDisposable
{
    private static readonly Lazy<Task<PostgresServer>> LazyServer = new(() => PostgresServer.StartAsync("max_connections = 300", "track_activity_query_size = 16384", "log_statement = 'none'"));
    private static readonly Lazy<Task<PgBouncerServer>> LazyPooler = new(async () => await PgBouncerServer.StartAsync(await LazyServer.Value, serverConnections: 4));
    private static readonly Lazy<Task<PostgresServer>> LazyCrashing = new(() => PostgresServer.StartAsync());
    private static int _schemas;

    /// <summary>Connections to the server, as a log makes them.</summary>
    public static Lazy<Task<NpgsqlDataSource>> DataSource { get; } = new(async () => Connect((await GetAsync()).ConnectionString()));

    /// <summary>Connections through the pooler, as a log makes them.</summary>
    public static Lazy<Task<NpgsqlDataSource>> PoolerDataSource { get; } = new(async () => Connect((await GetAsync()).ConnectionString((await GetPoolerAsync()).Port, "postgres", "")));

    /// <summary>The server.</summary>
    public static Task<PostgresServer> GetAsync() => LazyServer.Value;

    /// <summary>A pooler in transaction mode before the server.</summary>
    public static Task<PgBouncerServer> GetPoolerAsync() => LazyPooler.Value;

    /// <summary>A server that its one user may crash.</summary>
    public static Task<PostgresServer> GetCrashingAsync() => LazyCrashing.Value;

    /// <summary>Options for a schema that no other test uses.</summary>
    public static async Task<PostgresLogOptions> NewSchemaAsync(string further = "")
        => new() { ConnectionString = (await GetAsync()).ConnectionString(further: further), Schema = $"s{Interlocked.Increment(ref _schemas)}", CommandTimeout = Patience.Call };

    /// <summary>Runs SQL, and returns the first value of its result.</summary>
    public static async Task<object?> RunAsync(string sql, string further = "")
    {
        await using var dataSource = NpgsqlDataSource.Create((await GetAsync()).ConnectionString(further: "Pooling=false;" + further));
        await using var command = dataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var dataSource in new[] { DataSource, PoolerDataSource }.Where(dataSource => dataSource.IsValueCreated))
        {
            await (await dataSource.Value).DisposeAsync();
        }

        if (LazyPooler.IsValueCreated)
        {
            await (await LazyPooler.Value).DisposeAsync();
        }

        foreach (var server in new[] { LazyServer, LazyCrashing }.Where(server => server.IsValueCreated))
        {
            await (await server.Value).DisposeAsync();
        }
    }

    private static NpgsqlDataSource Connect(string connectionString) => PostgresTarget.Of(new() { ConnectionString = connectionString }).CreateDataSource();
}

using Holdfast.Logs;
using Holdfast.Postgres;
using Holdfast.Redis;
using Holdfast.Sqlite;
using Npgsql;
using StackExchange.Redis;

namespace Holdfast.Compare.Contestants;

/// <summary>Makes the contestants that are written in .NET.</summary>
internal static class DotNetContestants
{
    /// <param name="name">Store, place and durability, as in <c>holdfast-sqlite-full</c>.</param>
    /// <param name="target">A directory, the address of a Redis server, or a connection string of PostgreSQL.</param>
    public static async Task<Contestant> OpenAsync(string name, string target) => name switch
    {
        "holdfast-sqlite-full" => Sqlite(target, SqliteDurability.Full, keepSessions: true),
        "holdfast-sqlite-open" => Sqlite(target, SqliteDurability.Full, keepSessions: false),
        "holdfast-sqlite-normal" => Sqlite(target, SqliteDurability.Normal, keepSessions: true),
        "holdfast-files" => Holdfast("files", () => Task.FromResult<ICommitLog>(new FileCommitLog(new() { Directory = target })), embedded: true),
        "holdfast-memory" => Memory(),
        "holdfast-redis" => await RedisAsync(target),
        "holdfast-postgres" => Postgres(target),
        "blob-files" => new BlobContestant(new BlobFiles(target)),
        "blob-sqlite-full" => new BlobContestant(new BlobSqlite(target, fsync: true)),
        "blob-sqlite-normal" => new BlobContestant(new BlobSqlite(target, fsync: false)),
        "blob-redis" => new BlobContestant(await BlobRedis.ConnectAsync(target)),
        "blob-postgres" => new BlobContestant(await BlobPostgres.ConnectAsync(target)),
        "floor-sqlite-full" => new FloorSqlite(target, fsync: true),
        "floor-sqlite-normal" => new FloorSqlite(target, fsync: false),
        "floor-redis" => await FloorRedis.ConnectAsync(target),
        "floor-postgres" => await FloorPostgres.ConnectAsync(target),
        "agentframework-files" => new AgentFrameworkContestant(new BlobFiles(target)),
        "agentframework-sqlite-full" => new AgentFrameworkContestant(new BlobSqlite(target, fsync: true)),
        "marten-live" => new MartenContestant(target, inline: false),
        "marten-inline" => new MartenContestant(target, inline: true),
        "orleans-redis" => await OrleansContestant.StartAsync(target),
        _ => throw new ArgumentException($"There is no contestant '{name}'."),
    };

    private static HoldfastContestant Holdfast(string place, Func<Task<ICommitLog>> open, bool embedded, bool keepSessions = true)
        => new($"Holdfast {typeof(AgentStateStore).Assembly.GetName().Version?.ToString(3)}, {place}", open, embedded, keepSessions);

    private static HoldfastContestant Sqlite(string directory, SqliteDurability durability, bool keepSessions) => Holdfast(
        $"SQLite {SqliteCommitLog.NativeVersion}",
        async () => await SqliteCommitLog.OpenAsync(new SqliteLogOptions { DataSource = Path.Combine(directory, "holdfast.db"), Durability = durability }),
        embedded: true,
        keepSessions);

    private static HoldfastContestant Memory()
    {
        var log = new InMemoryCommitLog();
        return Holdfast("in memory", () => Task.FromResult<ICommitLog>(log), embedded: false);
    }

    private static async Task<HoldfastContestant> RedisAsync(string address)
    {
        var connection = await ConnectionMultiplexer.ConnectAsync(address + ",allowAdmin=true");
        return Holdfast(PackageVersion.Of<IConnectionMultiplexer>("StackExchange.Redis"), () => Task.FromResult<ICommitLog>(new RedisCommitLog(new() { Connection = connection })), embedded: false);
    }

    private static HoldfastContestant Postgres(string connectionString)
    {
        var connections = NpgsqlDataSource.Create(connectionString);
        return Holdfast(
            PackageVersion.Of<NpgsqlDataSource>("Npgsql"), async () => await PostgresCommitLog.OpenAsync(new PostgresLogOptions { DataSource = connections, PrepareStatements = true }), embedded: false);
    }
}

using System.Globalization;
using Holdfast.Servers;
using Npgsql;

namespace Holdfast.Compare.Running;

/// <summary>Fresh servers and folders for one part of a run, and what was written to them.</summary>
internal sealed class Servers : IAsyncDisposable
{
    // Nothing is rewritten in the background while somebody is measured.
    private static readonly string[] RedisSettings = ["--auto-aof-rewrite-percentage", "0", "--appendfsync"];

    private readonly Dictionary<Medium, RedisServer> _redis = [];
    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-compare-").FullName;
    private PostgresServer? _postgres;
    private NpgsqlDataSource? _connections;

    public static async Task<Servers> StartAsync(IReadOnlyList<Entrant> entrants)
    {
        var servers = new Servers();
        foreach (var (medium, fsync) in new[] { (Medium.RedisAlways, "always"), (Medium.RedisEverySecond, "everysec") })
        {
            if (entrants.Any(entrant => entrant.Medium == medium))
            {
                servers._redis[medium] = await RedisServer.StartAsync([.. RedisSettings, fsync]);
            }
        }

        if (entrants.Any(entrant => entrant.Medium == Medium.Postgres))
        {
            servers._postgres = await PostgresServer.StartAsync("max_connections = 300", "max_wal_size = '4GB'", "checkpoint_timeout = '30min'", "autovacuum_naptime = '10min'");
            servers._connections = NpgsqlDataSource.Create(servers._postgres.ConnectionString(further: "Maximum Pool Size=2"));
        }

        return servers;
    }

    /// <summary>Makes an empty place for a contestant, and returns what it is started with.</summary>
    public async Task<string> MakeTargetAsync(Entrant entrant, string place)
    {
        switch (entrant.Medium)
        {
            case Medium.Directory:
                return Directory.CreateDirectory(PathOf(entrant, place)).FullName;
            case Medium.Postgres:
                await using (var create = _connections!.CreateCommand($"create database \"{DatabaseOf(entrant, place)}\""))
                {
                    await create.ExecuteNonQueryAsync();
                }

                return entrant.IsNode ? _postgres!.Url(DatabaseOf(entrant, place)) : _postgres!.ConnectionString(DatabaseOf(entrant, place));
            case Medium.RedisAlways or Medium.RedisEverySecond:
                return entrant.IsNode ? $"redis://{_redis[entrant.Medium].Address}" : _redis[entrant.Medium].Address;
            default:
                return "-";
        }
    }

    /// <summary>How many bytes have been written for an entrant: by the process to files, to the write-ahead log of PostgreSQL, to the append-only file of Redis.</summary>
    public async Task<long> WrittenAsync(Entrant entrant, int processId) => entrant.Medium switch
    {
        Medium.Directory => long.Parse(ValueOf(await File.ReadAllTextAsync($"/proc/{processId}/io"), "wchar:"), CultureInfo.InvariantCulture),
        Medium.Postgres => await QueryAsync("select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"),
        Medium.RedisAlways or Medium.RedisEverySecond => await RedisAsync(entrant.Medium, "persistence", "aof_current_size:"),
        _ => 0,
    };

    /// <summary>How many bytes an entrant takes: of files, of its database, of Redis' memory.</summary>
    public async Task<long> StoredAsync(Entrant entrant, string place) => entrant.Medium switch
    {
        Medium.Directory => new DirectoryInfo(PathOf(entrant, place)).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length),
        Medium.Postgres => await QueryAsync($"select pg_database_size('{DatabaseOf(entrant, place)}')"),
        Medium.RedisAlways or Medium.RedisEverySecond => await RedisMemoryAsync(entrant.Medium),
        _ => 0,
    };

    public async Task<string> VersionsAsync()
    {
        var versions = new List<string>();
        if (_redis.Values.FirstOrDefault() is { } redis)
        {
            versions.Add("Redis " + ValueOf(await redis.SendAsync("INFO", "server"), "redis_version:"));
        }

        if (_connections is not null)
        {
            await using var version = _connections.CreateCommand("show server_version");
            versions.Add($"PostgreSQL {await version.ExecuteScalarAsync()}");
        }

        return string.Join(", ", versions);
    }

    public async ValueTask DisposeAsync()
    {
        if (_connections is not null)
        {
            await _connections.DisposeAsync();
            await _postgres!.DisposeAsync();
        }

        foreach (var server in _redis.Values)
        {
            await server.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private async Task<long> QueryAsync(string query)
    {
        await using var command = _connections!.CreateCommand(query);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task<long> RedisMemoryAsync(Medium medium)
    {
        // The server keeps some 35 KB of statistics for each kind of command that it has ever been asked, which has nothing to do with what is stored.
        await _redis[medium].SendAsync("CONFIG", "RESETSTAT");
        return await RedisAsync(medium, "memory", "used_memory:");
    }

    private async Task<long> RedisAsync(Medium medium, string section, string name)
        => long.Parse(ValueOf(await _redis[medium].SendAsync("INFO", section), name), CultureInfo.InvariantCulture);

    private string PathOf(Entrant entrant, string place) => Path.Combine(_directory, place, entrant.Name);

    private static string DatabaseOf(Entrant entrant, string place) => $"{place}_{entrant.Name}".Replace('-', '_');

    private static string ValueOf(string text, string name)
        => text.Split('\n').First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Trim();
}

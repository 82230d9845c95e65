using Holdfast.Logs;
using Holdfast.Postgres;
using Holdfast.Servers;
using Npgsql;

namespace Holdfast.Benchmarks.Backends;

internal sealed class PostgresBackend(PostgresServer server) : Backend
{
    private readonly NpgsqlDataSource _connections = NpgsqlDataSource.Create(server.ConnectionString(further: "Maximum Pool Size=64;No Reset On Close=true"));

    public override string Raw => "INSERT of one row through Npgsql, a prepared command on an open connection, fsync and synchronous_commit on";

    public override string Version => $"PostgreSQL {_connections.OpenConnection().PostgreSqlVersion}";

    public override string ManyCallersBudget => "≥ 1.2";

    public static async Task<PostgresBackend> StartAsync() => new(await PostgresServer.StartAsync("max_connections = 200"));

    public override Func<string, Task<ICommitLog>> Silent => name => OpenAsync(name, hints: false);

    public override Task<ICommitLog> OpenAsync(string name) => OpenAsync(name, hints: true);

    private async Task<ICommitLog> OpenAsync(string name, bool hints)
        => await PostgresCommitLog.OpenAsync(new PostgresLogOptions { ConnectionString = server.ConnectionString(), Schema = name.Replace('-', '_'), PrepareStatements = true, CommitHints = hints });

    public override async Task<IRawDriver> OpenRawAsync(string name)
    {
        var connection = await _connections.OpenConnectionAsync();
        await using (var create = new NpgsqlCommand("CREATE TABLE IF NOT EXISTS raw (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body json NOT NULL)", connection))
        {
            await create.ExecuteNonQueryAsync();
        }

        var insert = new NpgsqlCommand("INSERT INTO raw (body) VALUES ($1)", connection) { Parameters = { new() { NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Json } } };
        await insert.PrepareAsync();
        return new RawPostgres(connection, insert);
    }

    public override async Task<IReadOnlyList<(string Way, IReadOnlyList<IRawDriver> Drivers)>> OpenRawForManyAsync(string name, int callers)
        => [("a connection for each", await EachAsync(callers, _ => OpenRawAsync(name)))];

    public override async Task<IRawAgent?> OpenRawAgentAsync(string name) => await RawPostgresAgent.OpenAsync(_connections);

    public override async Task<IRawHistory?> OpenRawHistoryAsync(string name) => await RawPostgresHistory.OpenAsync(_connections);

    public override async ValueTask DisposeAsync()
    {
        await _connections.DisposeAsync();
        await server.DisposeAsync();
    }

    private sealed class RawPostgres(NpgsqlConnection connection, NpgsqlCommand insert) : IRawDriver
    {
        public Task InsertAsync(byte[] body)
        {
            insert.Parameters[0].Value = body;
            return insert.ExecuteNonQueryAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await insert.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
